// A mean of native histograms.
import type { Incompatibility } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { HistogramSum } from "./histogram-sum.ts";

/**
 * A mean that histograms are added to, computed incrementally as Prometheus does: with each histogram, the mean moves by
 * its part of the difference. Reuse one for many means.
 */
export class HistogramMean {
  #size = 0;
  readonly #mean = new HistogramSum();
  readonly #step = new HistogramSum();
  readonly #part = new HistogramSum();

  /** Whether nothing was added since the last `clear()`. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Removes everything. */
  clear(): void {
    this.#size = 0;
    this.#mean.clear();
  }

  /** Adds a histogram. Changes nothing but the size if the layouts cannot be combined. */
  add(histogram: NativeHistogram): Incompatibility | undefined {
    this.#size++;
    if (this.#size === 1) {
      this.#mean.set(histogram);
      return undefined;
    }
    this.#step.set(histogram);
    this.#step.divide(this.#size);
    this.#part.set(this.#mean);
    this.#part.divide(this.#size);
    return this.#step.subtract(this.#part) ?? this.#mean.add(this.#step);
  }

  /** A copy without empty buckets at the ends. */
  result(): NativeHistogram {
    return this.#mean.result();
  }
}
