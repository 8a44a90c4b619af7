// Totals of histograms.
import type { HistogramBlock } from "../store/block.ts";
import type { StoredSeries } from "../store/stored.ts";
import { type HistogramPoint, pointsOf } from "../query/histogram-point.ts";
import { greatestIn, leastIn } from "../store/extremes.ts";
import { baselines, type Before } from "./courses.ts";

interface Course {
  readonly first: HistogramPoint;
  last: HistogramPoint;
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
      const extremes = block.extremes();
      this.#follow(series, { bounds, row: block.first(), extremes });
      this.#addRise({ bounds, row: block.increase(), extremes });
      this.#courses.get(series)!.last = { bounds, row: block.last(), extremes };
      return;
    }
    const [times, pointAt] = [block.times(), pointsOf(block)];
    for (let i = 0; i < times.length; i++)
      if (times[i]! >= this.#from && times[i]! <= this.#to) this.#follow(series, pointAt(i));
  }

  /** What was measured. */
  figures(
    series: readonly StoredSeries[],
    beforeOf: (series: StoredSeries) => Before<HistogramPoint>,
  ): { count: number; sum: number; min: number; max: number } {
    for (const { seriesId, baseline } of baselines(series, beforeOf, (id) => this.#courses.get(id))) {
      this.#addRiseBetween(baseline, this.#courses.get(seriesId)!.first);
    }
    return { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max };
  }

  /** What a series came to at last. */
  lastOf(series: number): HistogramPoint | undefined {
    return this.#courses.get(series)?.last;
  }

  #follow(series: number, state: HistogramPoint): void {
    const course = this.#courses.get(series);
    if (course === undefined) {
      this.#courses.set(series, { first: state, last: state });
      return;
    }
    this.#addRiseBetween(course.last, state);
    course.last = state;
  }

  #addRiseBetween(before: HistogramPoint | undefined, point: HistogramPoint): void {
    const { bounds, row } = point;
    // With a count that fell, all began again at 0.
    if (before === undefined || countOf(row) < countOf(before.row)) this.#addRise(point);
    else if (areAlike(before.bounds, bounds))
      this.#addRise({ ...point, row: row.map((cell, i) => cell - before.row[i]!) });
    else {
      // Exponential histograms change their buckets: which of them were filled meanwhile is not known. Extremes that
      // widened were recorded meanwhile.
      this.#count += countOf(row) - countOf(before.row);
      this.#sum += row[0]! - before.row[0]!;
      const { min, max } = point.extremes;
      if (Number.isFinite(min) && min < before.extremes.min) this.#min = Math.min(this.#min, min);
      if (Number.isFinite(max) && max > before.extremes.max) this.#max = Math.max(this.#max, max);
    }
  }

  // By how much the row has risen, and the extremes after that.
  #addRise({ bounds, row: rise, extremes }: HistogramPoint): void {
    this.#sum += rise[0]!;
    for (let bucket = 0; bucket <= bounds.length; bucket++) {
      const count = rise[bucket + 1]!;
      if (count <= 0) continue;
      this.#count += count;
      const [least, greatest] = [leastIn(bounds, bucket, extremes), greatestIn(bounds, bucket, extremes)];
      // Without bounds there is one bucket, which by itself tells neither.
      if (!Number.isNaN(least)) this.#min = Math.min(this.#min, least);
      if (!Number.isNaN(greatest)) this.#max = Math.max(this.#max, greatest);
    }
  }
}

function countOf(row: Float64Array): number {
  let count = 0;
  for (let i = 1; i < row.length; i++) count += row[i]!;
  return count;
}

function areAlike(a: Float64Array, b: Float64Array): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]));
}
