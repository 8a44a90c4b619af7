// Classic buckets of a series that several histograms with different boundaries write.
import { canonicalBound } from "../../translation/bound-text.ts";
import { addedBuckets, type ClassicBuckets } from "../../translation/buckets.ts";
import type { Buckets } from "../../translation/family.ts";
import type { Labels } from "../source.ts";
import type { Head } from "./head.ts";

/** Suffix of a series' name, and the bound of a bucket. */
export type FindColumn = (suffix: string, bound?: string) => number | undefined;

/** Adds up histograms of one collection, as the Prometheus reader does. */
export class SharedHistogram {
  readonly #columnOf: FindColumn;
  #sum: Buckets | undefined;
  // Whether the sum includes the values that the columns have already.
  #isSeeded = false;

  /** @param columnOf returns the column of a series; `undefined` if it is not kept. */
  constructor(columnOf: FindColumn) {
    this.#columnOf = columnOf;
  }

  /** Starts with the values that one histogram wrote in this collection, if it did. */
  seed(bounds: readonly string[], head: Head): void {
    const valueOf = (suffix: string, bound?: string): number | undefined => {
      const column = this.#columnOf(suffix, bound);
      return column === undefined ? undefined : head.numberAt(column);
    };
    const count = valueOf("_count");
    if (count === undefined) return;
    this.#isSeeded = true;
    this.#sum = {
      bounds: bounds.map(Number),
      cumulativeCounts: bounds.map((bound) => valueOf("_bucket", bound) ?? 0),
      count,
      sum: valueOf("_sum"),
      min: undefined,
      max: undefined,
    };
  }

  add({ length, bounds, cumulativeCounts, count, sum }: ClassicBuckets): void {
    const own: Buckets = {
      bounds: [...bounds.subarray(0, length)],
      cumulativeCounts: [...cumulativeCounts.subarray(0, length)],
      count,
      sum,
      min: undefined,
      max: undefined,
    };
    this.#sum = this.#sum === undefined ? own : addedBuckets(this.#sum, own);
  }

  /** Writes the sum, and starts the next one. */
  write(head: Head): void {
    if (this.#sum === undefined) return;
    const { bounds, cumulativeCounts, count, sum } = this.#sum;
    const adds = !this.#isSeeded;
    const set = (value: number, suffix: string, bound?: number): void => {
      const column = this.#columnOf(suffix, bound === undefined ? undefined : canonicalBound(bound));
      if (column !== undefined) head.set(column, value, adds);
    };
    for (const [i, bound] of bounds.entries()) set(cumulativeCounts[i]!, "_bucket", bound);
    set(count, "_bucket", Infinity);
    set(count, "_count");
    if (sum !== undefined) set(sum, "_sum");
    this.discard();
  }

  /** Drops what was added since the last {@link write}. */
  discard(): void {
    this.#sum = undefined;
    this.#isSeeded = false;
  }
}

/** The finite bounds of the buckets among some series. */
export function finiteBoundsOf(series: readonly Labels[]): readonly string[] {
  return series.flatMap(({ le }) => (le === undefined || le === canonicalBound(Infinity) ? [] : [le]));
}
