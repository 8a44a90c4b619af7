import { types } from "node:util";
import type { Change } from "./settings-in-use.ts";

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

/** The functions that end a part, and that apply other settings to it. */
export interface RunningPart {
  readonly stop?: () => unknown;
  readonly changed?: (change: Change) => unknown;
}

/** The parts of a running SDK, in order of their start: each is made of those that it needs. */
export class RunningParts extends Teardown {
  readonly #changes: ((change: Change) => unknown)[] = [];

  /** Adds a part that has started. */
  started({ stop, changed }: RunningPart): void {
    if (stop !== undefined) this.add(stop);
    if (changed !== undefined) this.#changes.push(changed);
  }

  /**
   * Applies other settings to each part, after those that it needs, in one turn up to the first promise.
   *
   * @throws the first error; later parts do not change.
   */
  async change(change: Change): Promise<void> {
    for (const changed of this.#changes) {
      const applied = changed(change);
      if (types.isPromise(applied)) await applied;
    }
  }
}
