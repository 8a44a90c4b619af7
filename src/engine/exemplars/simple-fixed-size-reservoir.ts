import { SampledReservoir } from "./sampled-reservoir.ts";

/**
 * Keeps up to `size` measurements of a collection cycle, each with equal chance (simple reservoir sampling). What series
 * without buckets use by default, with size 1, and exponential histograms, with size 20 or fewer.
 */
export class SimpleFixedSizeExemplarReservoir extends SampledReservoir {
  readonly #size: number;
  #seen = 0;

  /** @param size number of exemplars a cycle at most. */
  constructor(size = 1) {
    super(size);
    this.#size = size;
  }

  protected override placeFor(): number {
    const place = this.#seen < this.#size ? this.#seen : Math.floor(Math.random() * (this.#seen + 1));
    this.#seen++;
    return place < this.#size ? place : -1;
  }

  protected override restart(): void {
    this.#seen = 0;
  }
}
