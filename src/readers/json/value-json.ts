// Values of series as JSON, written without an object between.
import { snapshotNumber } from "../../translation/snapshot-document.ts";
import type { ClassicBuckets } from "../../translation/buckets.ts";

/** A number as JSON, or as `"NaN"`, `"+Inf"` or `"-Inf"`. */
export function numberJson(value: number): string {
  return Number.isFinite(value) ? String(value) : JSON.stringify(snapshotNumber(value));
}

type ShownBuckets = Pick<
  ClassicBuckets,
  "length" | "bounds" | "cumulativeCounts" | "count" | "sum" | "min" | "max"
>;

/** Histograms as JSON: `count`, `sum`, `min`, `max` and `buckets`, these in rising order. */
export class HistogramJson {
  #bounds = new Float64Array(0);
  #keys: readonly string[] = [];

  /** The text of one histogram; quickest if it has the bounds of the one before. */
  textOf(buckets: ShownBuckets): string {
    const { length, cumulativeCounts, count, sum = 0, min, max } = buckets;
    if (!this.#knows(buckets)) this.#learn(buckets);
    let text = `{"count":${count},"sum":${numberJson(sum)},"min":${nullable(min)},"max":${nullable(max)},"buckets":{`;
    for (let i = 0; i < length; i++) text += this.#keys[i]! + cumulativeCounts[i]! + ",";
    return `${text}"+Inf":${count}}}`;
  }

  #knows({ length, bounds }: ShownBuckets): boolean {
    if (this.#bounds.length !== length) return false;
    for (let i = 0; i < length; i++) if (this.#bounds[i] !== bounds[i]) return false;
    return true;
  }

  #learn({ length, bounds }: ShownBuckets): void {
    this.#bounds = bounds.slice(0, length);
    this.#keys = Array.from(this.#bounds, (bound) => `"${bound}":`);
  }
}

function nullable(value: number | undefined): string {
  return value === undefined ? "null" : numberJson(value);
}
