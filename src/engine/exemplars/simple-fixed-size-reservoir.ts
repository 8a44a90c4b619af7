import { SampledReservoir } from "./sampled-reservoir.ts";

/**
 * Keeps up to `size` measurements of a collection cycle, each with equal chance. What series without buckets use by
 * default, with size 1, and exponential histograms, with size 20 or fewer.
 *
 * Once it is full it draws how many measurements to pass over until the next one that it keeps, which is as good as a
 * draw for each and costs a comparison (Li, "Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n)))", 1994,
 * algorithm L).
 */
export class SimpleFixedSizeExemplarReservoir extends SampledReservoir {
  readonly #size: number;
  #seen = 0;
  // The number of the next measurement to be kept, once all places are taken.
  #next = 0;
  // The greatest of `size` numbers that were drawn between 0 and 1 and have not been replaced: Li's W.
  #greatest = 1;

  /** @param size number of exemplars a cycle at most. */
  constructor(size = 1) {
    super(size);
    this.#size = size;
  }

  protected override placeFor(): number {
    const number = this.#seen++;
    if (number >= this.#size) {
      if (number < this.#next) return -1;
      this.#drawNext(number);
      return Math.floor(Math.random() * this.#size);
    }
    if (number === this.#size - 1) this.#drawNext(number);
    return number;
  }

  protected override restart(): void {
    this.#seen = 0;
    this.#greatest = 1;
  }

  #drawNext(number: number): void {
    this.#greatest *= drawn() ** (1 / this.#size);
    const passedOver = Math.floor(Math.log(drawn()) / Math.log1p(-this.#greatest));
    this.#next = number + 1 + passedOver;
  }
}

// Above 0, whose logarithm is infinite.
function drawn(): number {
  return 1 - Math.random();
}
