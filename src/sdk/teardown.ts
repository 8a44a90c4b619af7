import { types } from "node:util";

/** Teardown functions, run in reverse order, each once, whatever fails. */
export class Teardown {
  readonly #steps: (() => unknown)[] = [];

  /** Adds the function that ends a part. */
  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /**
   * Runs all functions. A promise that one returns is awaited; the functions added after the last of these have run when
   * the call returns.
   *
   * @throws what failed, by the promise, after all have run.
   */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.splice(0).toReversed()) {
      try {
        const ended = step();
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
