import { SampledReservoir } from "./sampled-reservoir.ts";

/**
 * Keeps one measurement of a collection cycle for each bucket of a histogram, each of the bucket's with equal chance.
 * What histograms with boundaries use by default.
 */
export class AlignedHistogramBucketExemplarReservoir extends SampledReservoir {
  readonly #boundaries: readonly number[];
  readonly #seen: Float64Array;
  // For each bucket the number of its next measurement to be kept: drawn when one is, not for each measurement.
  readonly #next: Float64Array;

  /** @param boundaries inclusive upper bounds of the buckets, increasing. */
  constructor(boundaries: readonly number[]) {
    super(boundaries.length + 1);
    this.#boundaries = boundaries;
    this.#seen = new Float64Array(boundaries.length + 1);
    this.#next = new Float64Array(boundaries.length + 1);
  }

  protected override placeFor(value: number): number {
    const bucket = this.#bucketOf(value);
    const seen = ++this.#seen[bucket]!;
    if (seen < this.#next[bucket]!) return -1;
    // Of the first n measurements each is the kept one with chance 1 / n, so none of those up to m with chance n / m.
    this.#next[bucket] = Math.floor(seen / (1 - Math.random())) + 1;
    return bucket;
  }

  // A bucket that has seen any measurement has kept one.
  protected override restart(bucket: number): void {
    this.#seen[bucket] = 0;
    this.#next[bucket] = 0;
  }

  #bucketOf(value: number): number {
    let bucket = 0;
    while (bucket < this.#boundaries.length && value > this.#boundaries[bucket]!) bucket++;
    return bucket;
  }
}
