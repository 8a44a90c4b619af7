// Time-outs and pauses.
import { onAbort } from "./abort.ts";

/** Node's timers at the time this package was loaded: scrapes work even while a test fakes the global timers. */
export const realSetTimeout: typeof setTimeout = setTimeout;
export const realClearTimeout: typeof clearTimeout = clearTimeout;

/** Monotonic time and timers, replaceable by tests. */
export interface Timers {
  /** Milliseconds since an arbitrary moment; never runs backwards. */
  monotonicMillis(): number;
  /** Calls `run` after `millis`, unless the returned function is called before. Does not keep the process alive. */
  setTimer(run: () => void, millis: number): () => void;
}

// A Node.js timer with a longer delay fires at once.
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  monotonicMillis: () => performance.now(),
  setTimer(run, millis) {
    const timer = realSetTimeout(run, Math.min(Math.max(millis, 0), MAX_TIMER_MILLIS)).unref();
    return () => realClearTimeout(timer);
  },
};

/** Calls `run` at a time of `performance.now()`, or soon if it is over. Does not keep the process alive. */
export function timerAt(dueMillis: number, run: () => void): NodeJS.Timeout {
  return setTimeout(run, Math.max(dueMillis - performance.now(), 0)).unref();
}

/** The next due time, counted from `dueMillis`, which keeps the phase. A suspended machine misses some. */
export function dueAfter(dueMillis: number, intervalMillis: number): number {
  const missed = Math.max(Math.floor((performance.now() - dueMillis) / intervalMillis), 0);
  return dueMillis + (missed + 1) * intervalMillis;
}

/**
 * Settles like `work`. After `millis` it resolves to the result of `late` instead, or rejects with the error that
 * `late` throws. By default the timer does not keep the process alive; with `keepsAlive` it does.
 */
export function withTimeout<Result, Late>(
  work: Promise<Result>,
  millis: number,
  late: () => Late | PromiseLike<Late>,
  { keepsAlive = false }: { readonly keepsAlive?: boolean } = {},
): Promise<Result | Late> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(end, Math.max(millis, 0));
    if (!keepsAlive) timer.unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Resolves after `millis`, or once `signal` is aborted. Does not keep the process alive. */
export function sleep(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(end, millis).unref();
    const stop = onAbort(signal, end);
  });
}
