// The parts of a running SDK, in order of their start: each is made of those that it needs.
import { types } from "node:util";
import type { Change } from "./settings-in-use.ts";
import { Teardown } from "./teardown.ts";

/** The functions that end a part, and that apply other settings to it. */
export interface RunningPart {
  readonly stop?: () => unknown;
  readonly changed?: (change: Change) => unknown;
}

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
