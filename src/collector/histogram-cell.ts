// One label set's distribution.
import type { SnapshotHistogram } from "../translation/snapshot-document.ts";

/** Counts values by buckets, each of which takes its upper bound in, as OpenTelemetry's do. */
export class HistogramCell {
  readonly #boundaries: readonly number[];
  // One more than there are boundaries: the last takes what is above all of them.
  readonly #counts: number[];
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  /** @param boundaries upper bounds in rising order. */
  constructor(boundaries: readonly number[]) {
    this.#boundaries = boundaries;
    this.#counts = Array.from({ length: boundaries.length + 1 }, () => 0);
  }

  /** Counts a value. */
  record(value: number): void {
    let low = 0;
    let high = this.#boundaries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= this.#boundaries[middle]!) high = middle;
      else low = middle + 1;
    }
    this.#counts[low]!++;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Both cells' values in a new one; they must have the same boundaries. */
  plus(other: HistogramCell): HistogramCell {
    const both = new HistogramCell(this.#boundaries);
    for (const cell of [this, other]) {
      cell.#counts.forEach((count, i) => (both.#counts[i]! += count));
      both.#count += cell.#count;
      both.#sum += cell.#sum;
      both.#min = Math.min(both.#min, cell.#min);
      both.#max = Math.max(both.#max, cell.#max);
    }
    return both;
  }

  /** The figures as a snapshot holds them. */
  toSnapshot(): SnapshotHistogram {
    const buckets: Record<string, number> = {};
    let below = 0;
    this.#counts.forEach((count, i) => {
      below += count;
      buckets[this.#boundaries[i] ?? "+Inf"] = below;
    });
    const isEmpty = this.#count === 0;
    return {
      count: this.#count,
      sum: this.#sum,
      min: isEmpty ? null : this.#min,
      max: isEmpty ? null : this.#max,
      buckets,
    };
  }
}
