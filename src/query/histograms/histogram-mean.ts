// A mean of native histograms.
import type { Incompatibility } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { HistogramSum } from "./histogram-sum.ts";

/**
 * A mean that histograms are added to, computed as Prometheus does: a compensated sum that is divided at the end. If it
 * would overflow, the mean moves with each histogram instead. Reuse one for many means.
 */
export class HistogramMean {
  #added: NativeHistogram[] = [];
  #isIncremental = false;
  readonly #sum = new HistogramSum(true);
  readonly #part = new HistogramSum();

  /** Whether nothing was added since the last `clear()`. */
  get isEmpty(): boolean {
    return this.#added.length === 0;
  }

  /** As that of a sum. */
  get hasConflict(): boolean {
    return this.#sum.hasConflict;
  }

  /** As that of a sum. */
  get isReconciled(): boolean {
    return this.#sum.isReconciled;
  }

  /** Removes everything. */
  clear(): void {
    this.#added = [];
    this.#isIncremental = false;
    this.#sum.clear();
  }

  /** Adds a histogram. Changes nothing but the size if the layouts cannot be combined. */
  add(histogram: NativeHistogram): Incompatibility | undefined {
    this.#added.push(histogram);
    if (this.#isIncremental) return this.#move(histogram);
    const incompatibility = this.#sum.add(histogram);
    if (this.#added.length === 1 || incompatibility !== undefined || !this.#sum.isOverflown)
      return incompatibility;
    this.#isIncremental = true;
    this.#sum.clear();
    for (const each of this.#added.slice(0, -1)) this.#sum.add(each);
    this.#sum.divide(this.#added.length - 1);
    return this.#move(histogram);
  }

  /** A copy without empty buckets at the ends. */
  result(): NativeHistogram {
    const sum = this.#sum.result();
    if (this.#isIncremental) return sum;
    this.#part.set(sum);
    this.#part.divide(this.#added.length);
    return this.#part.result();
  }

  #move(histogram: NativeHistogram): Incompatibility | undefined {
    const size = this.#added.length;
    this.#sum.multiply((size - 1) / size);
    this.#part.set(histogram);
    this.#part.divide(size);
    return this.#sum.add(this.#part);
  }
}
