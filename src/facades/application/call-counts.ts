// How often each function was called.
import { boundedName } from "../../recording/bounded-names.ts";

/** How often one name was called; counted up by whoever holds it. */
export interface CallCount {
  calls: number;
}

const MAX_NAMES = 1_000;

/** Keeps a count for each of the first 1,000 names, and one as `_other` for all further ones. */
export class CallCounts {
  readonly #counts = new Map<string, CallCount>();

  /** The count of a name: the same object each time. */
  of(name: string): CallCount {
    const key = boundedName(this.#counts, name, MAX_NAMES);
    let count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, (count = { calls: 0 }));
    return count;
  }

  /** All counts above zero, by name. */
  toRecord(): Record<string, number> {
    const called = [...this.#counts].filter(([, { calls }]) => calls > 0);
    return Object.fromEntries(called.map(([name, { calls }]) => [name, calls]));
  }
}
