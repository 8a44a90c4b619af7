// Time, as delivery sees it: a test turns it by hand.

/** Where delivery has its time from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  unixMillis(): number;
  /** Milliseconds since some moment; never runs backwards. */
  monotonicMillis(): number;
  /** Resolves after so many milliseconds, or as soon as the signal aborts. Keeps no process alive. */
  sleep(millis: number, signal: AbortSignal): Promise<void>;
}

// Longer delays make a timer of Node.js fire at once.
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** The machine's time. */
export const systemClock: Clock = {
  unixMillis: () => Date.now(),
  monotonicMillis: () => performance.now(),
  sleep: (millis, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(millis, MAX_TIMER_MILLIS)).unref();
      signal.addEventListener("abort", end, { once: true });
    }),
};
