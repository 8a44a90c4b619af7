import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";

/** Calls of callbacks that wait until the partial matches are consistent. */
export class Outcomes {
  readonly #waiting: (() => void)[] = [];
  #isDelivering = false;

  add(outcome: () => void): void {
    this.#waiting.push(outcome);
  }

  /** Makes all calls in order. A callback may record events: the results of these come after those before. */
  deliver(): void {
    if (this.#isDelivering || this.#waiting.length === 0) return;
    this.#isDelivering = true;
    for (let outcome = this.#waiting.shift(); outcome !== undefined; outcome = this.#waiting.shift()) {
      try {
        outcome();
      } catch (error) {
        warnOnceAMinute(`sequences: a callback failed: ${errorMessage(error)}`);
      }
    }
    this.#isDelivering = false;
  }
}
