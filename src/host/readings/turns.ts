// Work that lets the event loop go on now and then.
import { setImmediate } from "node:timers/promises";

// Half of what one turn may take at most, so that what comes after a look at the clock has the other half.
const TURN_MILLIS = 0.5;

/** Splits work into turns of the event loop of about half a millisecond: ask it between two pieces of the work. */
export class Turns {
  #startedMillis: number = performance.now();

  /** Goes on at once, or in the next turn where this one has taken long enough. */
  async next(): Promise<void> {
    if (performance.now() - this.#startedMillis < TURN_MILLIS) return;
    await setImmediate();
    this.#startedMillis = performance.now();
  }
}
