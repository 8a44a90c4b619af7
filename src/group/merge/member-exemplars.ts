/** The newest exemplars that members have sent, by row of the group. */
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import { unixMillisOf } from "../exemplars.ts";

// The specification's default for exponential histograms.
const MAX_OF_EXPONENTIAL = 20;

export class MemberExemplars {
  readonly #aggregation: KeptAggregation;
  readonly #rows = new Map<number, readonly Exemplar[]>();

  constructor(aggregation: KeptAggregation) {
    this.#aggregation = aggregation;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  add(row: number, exemplars: readonly Exemplar[]): void {
    this.#rows.set(row, this.#newest([...(this.#rows.get(row) ?? []), ...exemplars]));
  }

  forget(row: number): void {
    this.#rows.delete(row);
  }

  /**
   * The exemplars of a row and of this process: the newest one of each bucket, of exponential histograms the newest 20,
   * otherwise the newest one.
   *
   * @param sinceMillis the oldest time of members' exemplars, in milliseconds since the epoch.
   */
  with(row: number, own: readonly Exemplar[], sinceMillis = 0): readonly Exemplar[] {
    const sent = this.#rows.get(row);
    if (sent === undefined) return own;
    return this.#newest([...own, ...sent.filter((exemplar) => unixMillisOf(exemplar) >= sinceMillis)]);
  }

  #newest(exemplars: readonly Exemplar[]): readonly Exemplar[] {
    if (exemplars.length < 2) return exemplars;
    const newestFirst = exemplars.toSorted((a, b) => unixMillisOf(b) - unixMillisOf(a));
    const aggregation = this.#aggregation;
    if (aggregation.kind === "exponentialHistogram") return newestFirst.slice(0, MAX_OF_EXPONENTIAL);
    if (aggregation.kind !== "explicitHistogram") return newestFirst.slice(0, 1);
    const byBucket = new Map<number, Exemplar>();
    for (const exemplar of newestFirst) {
      const bucket = aggregation.boundaries.findIndex((boundary) => exemplar.value <= boundary);
      if (!byBucket.has(bucket)) byBucket.set(bucket, exemplar);
    }
    return [...byBucket.values()];
  }
}
