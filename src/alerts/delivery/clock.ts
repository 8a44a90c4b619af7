import { systemTimers, type Timers } from "../../io/timeout.ts";

/** Time source of the delivery, replaceable by tests. */
export interface DeliveryClock extends Timers {
  /** Milliseconds since the epoch. */
  unixMillis(): number;
}

export const systemClock: DeliveryClock = { ...systemTimers, unixMillis: () => Date.now() };
