import { SampledReservoir } from "./sampled-reservoir.ts";

/**
 * Keeps one measurement of a collection cycle for each bucket of a histogram, each of the bucket's with equal chance.
 * What histograms with boundaries use by default.
 */
export class AlignedHistogramBucketExemplarReservoir extends SampledReservoir {
  readonly #boundaries: readonly number[];
  readonly #seen: Float64Array;

  /** @param boundaries inclusive upper bounds of the buckets, increasing. */
  constructor(boundaries: readonly number[]) {
    super(boundaries.length + 1);
    this.#boundaries = boundaries;
    this.#seen = new Float64Array(boundaries.length + 1);
  }

  protected override placeFor(value: number): number {
    const bucket = this.#bucketOf(value);
    const seen = this.#seen[bucket]!++;
    return Math.random() * (seen + 1) < 1 ? bucket : -1;
  }

  protected override restart(): void {
    this.#seen.fill(0);
  }

  #bucketOf(value: number): number {
    let bucket = 0;
    while (bucket < this.#boundaries.length && value > this.#boundaries[bucket]!) bucket++;
    return bucket;
  }
}
