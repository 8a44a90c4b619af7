// Totals of histograms.
import { emptyPoint, type HistogramPoint, HistogramRise, pointsOf } from "../histogram-rise.ts";
import type { HistogramBlock } from "../../store/block.ts";
import type { StoredSeries } from "../../store/stored.ts";
import { baselines, type Before } from "../courses.ts";

interface Course {
  readonly first: HistogramPoint;
  last: HistogramPoint;
  readonly rise: HistogramRise;
}

export class Histograms {
  readonly #from: number;
  readonly #to: number;
  readonly #courses = new Map<number, Course>();

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** One series' blocks come by time. */
  add(block: HistogramBlock): void {
    const { bounds, series } = block;
    if (block.from >= this.#from && block.to <= this.#to) {
      const extremes = block.extremes();
      const course = this.#courseOf(series, { bounds, row: block.first(), extremes });
      course.rise.block(block, false);
      course.last = { bounds, row: block.last(), extremes };
      return;
    }
    const [times, pointAt] = [block.times(), pointsOf(block)];
    for (let i = 0; i < times.length; i++) {
      if (times[i]! < this.#from || times[i]! > this.#to) continue;
      const point = pointAt(i);
      const course = this.#courseOf(series, point);
      course.rise.point(times[i]!, point, false);
      course.last = point;
    }
  }

  /** The sum of all series. */
  figures(
    series: readonly StoredSeries[],
    beforeOf: (series: StoredSeries) => Before<HistogramPoint>,
  ): { count: number; sum: number; min: number; max: number } {
    const figures = { count: 0, sum: 0, min: Infinity, max: -Infinity };
    for (const { seriesId, baseline } of baselines(series, beforeOf, (id) => this.#courses.get(id))) {
      const { first, rise } = this.#courses.get(seriesId)!;
      const toFirst = new HistogramRise();
      toFirst.point(0, baseline ?? emptyPoint(first.bounds), false);
      toFirst.point(1, first, false);
      for (const measured of [toFirst.takeExact(), rise.takeExact()]) {
        if (measured === undefined) continue;
        figures.count += measured.cumulative.at(-1)!;
        figures.sum += measured.sum;
        // NaN if neither is known.
        if (!Number.isNaN(measured.min)) figures.min = Math.min(figures.min, measured.min);
        if (!Number.isNaN(measured.max)) figures.max = Math.max(figures.max, measured.max);
      }
    }
    return figures;
  }

  lastOf(series: number): HistogramPoint | undefined {
    return this.#courses.get(series)?.last;
  }

  #courseOf(series: number, first: HistogramPoint): Course {
    let course = this.#courses.get(series);
    if (course === undefined)
      this.#courses.set(series, (course = { first, last: first, rise: new HistogramRise() }));
    return course;
  }
}
