// Long work in slices, between which the event loop goes on.

// As it was when this package was loaded: work goes on while a test fakes the global one.
const realSetImmediate = setImmediate;
// A slice may take a millisecond. Most of that is left to the piece of work after a look at the clock: while the code is
// new to V8, one takes 0.8 ms.
const PIECES_MILLIS = 0.25;

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void realSetImmediate(resolve));
}

/**
 * Runs all steps and returns their result. Every slice has a turn of the event loop to itself. Rejects with the signal's
 * reason if that aborts first.
 */
export async function inSlices<Result>(
  steps: Iterator<unknown, Result>,
  {
    sliceMillis = 0.5,
    signal,
  }: { readonly sliceMillis?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<Result> {
  for (;;) {
    // The work before, such as a collection, has had its slice.
    await nextTurn();
    signal?.throwIfAborted();
    const end = performance.now() + sliceMillis;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
  }
}

/** Slices of work that is not made of steps: await {@link Slices.next} between two pieces of it. */
export class Slices {
  #startedMillis: number = performance.now();

  /** Goes on at once, or in the next turn if this slice is over. */
  async next(): Promise<void> {
    if (performance.now() - this.#startedMillis < PIECES_MILLIS) return;
    await nextTurn();
    this.#startedMillis = performance.now();
  }
}
