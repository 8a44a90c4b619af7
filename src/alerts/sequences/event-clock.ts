import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";

// A step of the clock is noticed at the latest then.
const MAX_WAIT_MILLIS = 60_000;

/** The time of events, and a timer that does not keep the process alive. */
export class EventClock {
  readonly #now: () => number;
  readonly #onDue: () => void;
  #lastWallMillis: number;
  // Grows when the clock is set back, so that the time of events never does.
  #skewMillis = 0;
  #timer: NodeJS.Timeout | undefined;
  #wakeMillis = Infinity;
  #isClosed = false;

  /** @param now returns milliseconds since the epoch. */
  constructor(now: () => number, onDue: () => void) {
    this.#now = now;
    this.#onDue = onDue;
    this.#lastWallMillis = now();
  }

  /** Milliseconds by which the clock was set back. The time of events is that of the clock plus this. */
  get skewMillis(): number {
    return this.#skewMillis;
  }

  /** The time of events now. It stands still while the clock is behind a time that it had before. */
  millis(): number {
    const wallMillis = this.#now();
    if (wallMillis < this.#lastWallMillis) this.#skewMillis += this.#lastWallMillis - wallMillis;
    this.#lastWallMillis = wallMillis;
    return wallMillis + this.#skewMillis;
  }

  /** Continues the time of a previous process. The clock may have been set back between the two. */
  continueFrom(timeMillis: number, skewMillis: number): void {
    this.#skewMillis = skewMillis;
    this.#lastWallMillis = timeMillis - skewMillis;
  }

  /** Sets the timer to a time of events, if that is before the one to which it is set. */
  wakeAt(millis: number): void {
    if (millis >= this.#wakeMillis || this.#isClosed) return;
    this.#wakeMillis = millis;
    realClearTimeout(this.#timer);
    const delayMillis = Math.min(Math.max(0, millis - this.millis()), MAX_WAIT_MILLIS);
    this.#timer = realSetTimeout(() => {
      this.#wakeMillis = Infinity;
      try {
        this.#onDue();
      } catch (error) {
        warnOnceAMinute(`sequences: could not report what is due: ${errorMessage(error)}`);
      }
    }, delayMillis).unref();
  }

  /** Ends the timer. */
  close(): void {
    this.#isClosed = true;
    realClearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
