// Totals of histograms.
import type { HistogramBlock } from "../store/block.ts";
import type { StoredSeries } from "../store/stored.ts";
import { baselines, type Before } from "./courses.ts";

/** A row, `[sum, bucket 0, …, bucket n]`, with its bounds. */
export interface State {
  readonly bounds: Float64Array;
  readonly row: Float64Array;
}

interface Course {
  readonly first: State;
  last: State;
}

/** Adds up what histograms have measured in a range, by blocks. */
export class Histograms {
  readonly #from: number;
  readonly #to: number;
  readonly #courses = new Map<number, Course>();
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** Adds what of a block lies in the range; the blocks of a series come in the order of their times. */
  add(block: HistogramBlock): void {
    const { bounds, series } = block;
    if (block.from >= this.#from && block.to <= this.#to) {
      this.#follow(series, { bounds, row: block.first() });
      this.#addRise(bounds, block.increase());
      this.#courses.get(series)!.last = { bounds, row: block.last() };
      return;
    }
    const times = block.times();
    const rows = block.rows();
    const width = bounds.length + 2;
    for (let i = 0; i < times.length; i++) {
      if (times[i]! < this.#from || times[i]! > this.#to) continue;
      this.#follow(series, { bounds, row: rows.subarray(i * width, (i + 1) * width) });
    }
  }

  /** What was measured. */
  figures(
    series: readonly StoredSeries[],
    beforeOf: (series: StoredSeries) => Before<State>,
  ): { count: number; sum: number; min: number; max: number } {
    for (const { seriesId, baseline } of baselines(series, beforeOf, (id) => this.#courses.get(id))) {
      this.#addRiseBetween(baseline, this.#courses.get(seriesId)!.first);
    }
    return { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max };
  }

  /** What a series came to at last. */
  lastOf(series: number): State | undefined {
    return this.#courses.get(series)?.last;
  }

  #follow(series: number, state: State): void {
    const course = this.#courses.get(series);
    if (course === undefined) {
      this.#courses.set(series, { first: state, last: state });
      return;
    }
    this.#addRiseBetween(course.last, state);
    course.last = state;
  }

  #addRiseBetween(before: State | undefined, { bounds, row }: State): void {
    // With a count that fell, all began again at 0.
    if (before === undefined || countOf(row) < countOf(before.row)) this.#addRise(bounds, row);
    else if (areAlike(before.bounds, bounds))
      this.#addRise(
        bounds,
        row.map((cell, i) => cell - before.row[i]!),
      );
    else {
      // Exponential histograms change their buckets: which of them were filled meanwhile is not known.
      this.#count += countOf(row) - countOf(before.row);
      this.#sum += row[0]! - before.row[0]!;
    }
  }

  #addRise(bounds: Float64Array, rise: Float64Array): void {
    this.#sum += rise[0]!;
    for (let bucket = 0; bucket <= bounds.length; bucket++) {
      const count = rise[bucket + 1]!;
      if (count <= 0) continue;
      this.#count += count;
      // Without bounds there is one bucket, which tells neither.
      if (bounds.length === 0) continue;
      this.#min = Math.min(this.#min, lowerBound(bounds, bucket));
      this.#max = Math.max(this.#max, bounds[Math.min(bucket, bounds.length - 1)]!);
    }
  }
}

// What is measured is seldom below 0; where a bound is, nothing else is known of the first bucket.
function lowerBound(bounds: Float64Array, bucket: number): number {
  return bucket > 0 ? bounds[bucket - 1]! : Math.min(0, bounds[0]!);
}

function countOf(row: Float64Array): number {
  let count = 0;
  for (let i = 1; i < row.length; i++) count += row[i]!;
  return count;
}

function areAlike(a: Float64Array, b: Float64Array): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]));
}
