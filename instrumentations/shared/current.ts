import type { Recording } from "./recording.ts";

/**
 * Receiver of what the latest recording of an instrumentation records. For functions of the application that stay replaced
 * while the instrumentation is disabled, and when it is enabled again.
 */
export class Current<Receiver extends object> {
  #value: Receiver | undefined;

  /** `undefined` while nothing is recorded. */
  get value(): Receiver | undefined {
    return this.#value;
  }

  /** Sets the receiver until the end of `recording`. */
  set(recording: Recording<unknown>, value: Receiver): void {
    this.#value = value;
    recording.onEnd(() => {
      if (this.#value === value) this.#value = undefined;
    });
  }
}
