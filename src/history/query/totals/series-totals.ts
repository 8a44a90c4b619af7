// Exact totals of series in a range.
import type { HistogramBlock, NumberBlock } from "../../store/block.ts";
import type { StoredSeries } from "../../store/stored.ts";
import { emptyPoint, type HistogramPoint, HistogramRise, pointsOf } from "../histogram-rise.ts";
import { courseOf } from "../../select/lanes.ts";

interface NumberCourse {
  readonly first: number;
  last: number;
  /** Increase; a falling value means that the counter restarted at 0. */
  rise: number;
}

export interface Figures {
  /** Number of samples, or of a histogram's values. */
  readonly count: number;
  /** The sum of a gauge's values, the increase of a counter, or the sum of a histogram's values. */
  readonly sum: number;
  /** `Infinity` if unknown. For a histogram it is a recorded value or a bound. */
  readonly min: number;
  readonly max: number;
}

/** Totals of counters and gauges. */
export class Numbers {
  readonly #from: number;
  readonly #to: number;
  readonly #courses = new Map<number, NumberCourse>();
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** Adds a block. The blocks of a series must be in order of time. */
  add(block: NumberBlock): void {
    if (block.from >= this.#from && block.to <= this.#to) {
      this.addFigures(block);
      this.#follow(block.series, block.first, block.last, block.increase);
      return;
    }
    const times = block.times();
    const values = block.values();
    for (let i = 0; i < times.length; i++) {
      if (times[i]! < this.#from || times[i]! > this.#to) continue;
      const value = values[i]!;
      this.addFigures({ count: 1, sum: value, min: value, max: value });
      this.#follow(block.series, value, value, 0);
    }
  }

  addFigures({ count, sum, min, max }: Figures): void {
    this.#count += count;
    this.#sum += sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  lastOf(series: number): number | undefined {
    return this.#courses.get(series)?.last;
  }

  figures(): Figures {
    return { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max };
  }

  /** Totals of counters: `sum`, `min` and `max` are the increase. */
  risen(series: readonly StoredSeries[], past: Past<number>): Figures {
    let rise = 0;
    for (const { seriesId, baseline = 0 } of baselines(series, past, this.#courses)) {
      const course = this.#courses.get(seriesId)!;
      rise += riseBetween(baseline, course.first) + course.rise;
    }
    return { count: this.#count, sum: rise, min: rise, max: rise };
  }

  #follow(series: number, first: number, last: number, rise: number): void {
    const course = this.#courses.get(series);
    if (course === undefined) {
      this.#courses.set(series, { first, last, rise });
      return;
    }
    course.rise += riseBetween(course.last, first) + rise;
    course.last = last;
  }
}

function riseBetween(before: number, after: number): number {
  return after < before ? after : after - before;
}

interface HistogramCourse {
  readonly first: HistogramPoint;
  last: HistogramPoint;
  readonly rise: HistogramRise;
}

export class Histograms {
  readonly #from: number;
  readonly #to: number;
  readonly #courses = new Map<number, HistogramCourse>();

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** Adds a block. The blocks of a series must be in order of time. */
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

  /** The totals of all series. */
  figures(series: readonly StoredSeries[], past: Past<HistogramPoint>): Figures {
    const figures = { count: 0, sum: 0, min: Infinity, max: -Infinity };
    for (const { seriesId, baseline } of baselines(series, past, this.#courses)) {
      const { first, rise } = this.#courses.get(seriesId)!;
      const toFirst = new HistogramRise();
      toFirst.point(0, baseline ?? emptyPoint(first.bounds), false);
      toFirst.point(1, first, false);
      for (const measured of [toFirst.takeExact(), rise.takeExact()]) {
        if (measured === undefined) continue;
        figures.count += measured.cumulative.at(-1)!;
        figures.sum += measured.sum;
        // NaN if neither a recorded value nor a bound is known.
        if (!Number.isNaN(measured.min)) figures.min = Math.min(figures.min, measured.min);
        if (!Number.isNaN(measured.max)) figures.max = Math.max(figures.max, measured.max);
      }
    }
    return figures;
  }

  lastOf(series: number): HistogramPoint | undefined {
    return this.#courses.get(series)?.last;
  }

  #courseOf(series: number, first: HistogramPoint): HistogramCourse {
    let course = this.#courses.get(series);
    if (course === undefined)
      this.#courses.set(series, (course = { first, last: first, rise: new HistogramRise() }));
    return course;
  }
}

/** Values before a range. */
interface Past<T> {
  /** The last value of a series. */
  lastOf(seriesId: number): T | undefined;
  /** Whether a series without a previous value began in the range. */
  beganLater(series: StoredSeries): boolean;
}

/** The baseline of each series' increase. A series that continues another one starts at the last value of that one. */
function* baselines<T>(
  series: readonly StoredSeries[],
  past: Past<T>,
  inRange: ReadonlyMap<number, { readonly first: T; readonly last: T }>,
): Iterable<{ readonly seriesId: number; readonly baseline: T | undefined }> {
  const latest = new Map<string, T>();
  for (const each of series) {
    const last = past.lastOf(each.id);
    if (last !== undefined) latest.set(courseOf(each), last);
  }
  for (const each of series) {
    const values = inRange.get(each.id);
    if (values === undefined) continue;
    const key = courseOf(each);
    const before = past.lastOf(each.id) ?? latest.get(key);
    yield { seriesId: each.id, baseline: before ?? (past.beganLater(each) ? undefined : values.first) };
    latest.set(key, values.last);
  }
}
