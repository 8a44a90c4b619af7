// Runs long work in slices, with turns of the event loop in between.
import { onAbort } from "./abort.ts";

// Kept from the time this package was loaded: work continues even while a test fakes the global function.
const realSetImmediate = setImmediate;
// The last piece starts within this time, and takes up to 0.8 ms while V8 has not optimized the code yet. A turn costs some
// microseconds: shorter slices would take longer (bench: scrape over HTTP).
const SLICE_MILLIS = 0.2;
// In a busy application a turn may take seconds. Then a slice is longer, up to this part of the turn before it, since work
// in short slices would take minutes.
const TURN_PART = 1 / 20;
const MOST_SLICE_MILLIS = 5;

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void realSetImmediate(resolve));
}

/** Length of the slice that follows a turn of the application. */
function sliceAfter(turnMillis: number, usualMillis: number): number {
  return Math.max(usualMillis, Math.min(turnMillis * TURN_PART, MOST_SLICE_MILLIS));
}

/** Runs all steps at once and returns their result. */
export function allSteps<Result>(steps: Iterator<unknown, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

interface SliceOptions {
  readonly sliceMillis?: number;
  readonly signal?: AbortSignal | undefined;
  /** A promise that is waited for before the first step. */
  readonly first?: Promise<unknown> | undefined;
}

/**
 * Runs all steps and resolves to their result. Each slice runs in its own turn of the event loop. A step that is a promise
 * is waited for. Rejects with the signal's reason if it aborts, and ends the steps.
 */
export async function inSlices<Result>(
  steps: Iterator<unknown, Result>,
  { sliceMillis = SLICE_MILLIS, signal, first }: SliceOptions = {},
): Promise<Result> {
  try {
    if (first !== undefined) await settledOrAborted(first, signal);
    for (;;) {
      // The work before this, such as a collection, used this turn already.
      const pausedMillis = performance.now();
      await nextTurn();
      signal?.throwIfAborted();
      const startMillis = performance.now();
      const end = startMillis + sliceAfter(startMillis - pausedMillis, sliceMillis);
      do {
        const step = steps.next();
        if (step.done === true) return step.value;
        if (step.value instanceof Promise) await settledOrAborted(step.value, signal);
      } while (performance.now() < end);
    }
  } catch (error) {
    steps.return?.();
    throw error;
  }
}

/** Settles as the promise, or rejects with the signal's reason once it aborts, even if the promise never settles. */
export async function settledOrAborted<Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return await promise;
  if (signal.aborted) {
    promise.catch(() => {});
    throw signal.reason;
  }
  return await new Promise<Result>((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(stop);
  });
}

/**
 * Runs the steps of short work in this turn, for at most a slice and up to the first promise. Returns their result, or that
 * of `later`, which runs the rest in slices.
 */
export function nowOrInSlices<Result>(
  steps: Iterator<unknown, Result>,
  later: (steps: Iterator<unknown, Result>, options: Pick<SliceOptions, "first">) => Promise<Result>,
): Result | Promise<Result> {
  const end = performance.now() + SLICE_MILLIS;
  do {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (step.value instanceof Promise) return later(steps, { first: step.value });
  } while (performance.now() < end);
  return later(steps, {});
}

/** Slices for work without steps: await {@link Slices.next} between two pieces of it. */
export class Slices {
  #endMillis: number = performance.now() + SLICE_MILLIS;

  /** Resolves at once, or in the next turn if this slice is over. */
  async next(): Promise<void> {
    const nowMillis = performance.now();
    if (nowMillis < this.#endMillis) return;
    await nextTurn();
    const startMillis = performance.now();
    this.#endMillis = startMillis + sliceAfter(startMillis - nowMillis, SLICE_MILLIS);
  }
}
