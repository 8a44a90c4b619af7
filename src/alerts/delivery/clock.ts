import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";

/** Time source of the delivery, replaceable by tests. */
export interface DeliveryClock {
  /** Milliseconds since the epoch. */
  unixMillis(): number;
  /** Milliseconds since an arbitrary moment; never runs backwards. */
  monotonicMillis(): number;
  /** Calls `run` after `millis`, unless the returned function is called before. Does not keep the process alive. */
  setTimer(run: () => void, millis: number): () => void;
}

// A Node.js timer with a longer delay fires at once.
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

export const systemClock: DeliveryClock = {
  unixMillis: () => Date.now(),
  monotonicMillis: () => performance.now(),
  setTimer(run, millis) {
    const timer = realSetTimeout(run, Math.min(Math.max(millis, 0), MAX_TIMER_MILLIS)).unref();
    return () => realClearTimeout(timer);
  },
};
