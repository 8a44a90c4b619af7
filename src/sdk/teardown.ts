// The way back from what was begun.
import { types } from "node:util";

/** Ends what was begun: the latest part first, and all of them, whatever fails. */
export class Begun {
  readonly #ends: (() => unknown)[] = [];

  /** Notes how a part that begins ends. */
  endBy(end: () => unknown): void {
    this.#ends.push(end);
  }

  /**
   * Ends all parts, each once. A part that gives a promise is waited for; those begun after the latest of these have
   * ended when the call returns.
   *
   * @throws what failed, by the promise, once all parts have ended.
   */
  async end(): Promise<void> {
    const errors: unknown[] = [];
    for (const end of this.#ends.splice(0).toReversed()) {
      try {
        const ended = end();
        if (types.isPromise(ended)) await ended;
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1)
      throw new AggregateError(errors, `${errors.length} parts failed to end; see errors`);
  }
}
