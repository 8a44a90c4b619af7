// Begin and end of an anomaly.

/** Result of a detector for one value. */
export interface Alarm {
  /** From 0 to 1. */
  readonly score: number;
  /** True at the value at which an alarm begins. */
  readonly anomalous: boolean;
}

/** From this score on, an anomaly lasts: at two fifths of the evidence of an alarm, since the values of an anomaly vary. */
const LASTING_SCORE = 0.28;
// Usual values in a row that end an anomaly.
const QUIET_VALUES = 10;
// A detector learns a lasting change within hours, or within days if it is large. After a day it is old.
const MOST_SECONDS = 86_400;

/**
 * An anomaly, from its alarm until ten values in a row are usual, at most a day. After a day the next one begins only once
 * ten values in a row were usual, so that a lasting change is one anomaly.
 */
export class Activity {
  #quiet = QUIET_VALUES;
  #since = Number.NaN;
  #isOver = false;

  /** Whether there is an anomaly at the value pushed last. */
  get isActive(): boolean {
    return this.#quiet < QUIET_VALUES && !this.#isOver;
  }

  /** Whether the value pushed last is part of the anomaly. */
  get isUnusual(): boolean {
    return this.#quiet === 0 && !this.#isOver;
  }

  /** Begin of the last anomaly; NaN before it. */
  get since(): number {
    return this.#since;
  }

  /** Adds the result for a value; `undefined` during a warm-up. Returns whether an anomaly begins. */
  push(seconds: number, result: Alarm | undefined): boolean {
    const wasUnusual = this.#quiet < QUIET_VALUES;
    const isAlarm = result?.anomalous === true;
    if (isAlarm || (wasUnusual && (result?.score ?? 0) >= LASTING_SCORE)) this.#quiet = 0;
    else this.#quiet++;
    if (isAlarm && !wasUnusual) {
      this.#since = seconds;
      this.#isOver = false;
      return true;
    }
    if (seconds - this.#since > MOST_SECONDS) this.#isOver = true;
    return false;
  }

  /** Ends the anomaly, since the series has ended. */
  end(): void {
    this.#quiet = QUIET_VALUES;
  }
}
