import { types } from "node:util";

/** Teardown functions, run in reverse order, each once, even if others fail. */
export class Teardown {
  readonly #steps: (() => unknown)[] = [];

  /** Adds the function that ends a part. */
  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /**
   * Runs all functions, and awaits the promises that they return. Functions before the first such promise run
   * synchronously.
   *
   * @throws after all have run: the error, or an AggregateError of several.
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
      throw new AggregateError(errors, `${errors.length} parts failed to shut down; see errors`);
  }
}
