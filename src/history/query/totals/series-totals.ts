// Exact totals of series in a range.
import { grouped } from "../../../query/grouped.ts";
import type { HistogramBlock, NumberBlock } from "../../store/block.ts";
import type { StoredSeries } from "../../store/stored.ts";
import { emptyPoint, type HistogramPoint, HistogramRise, pointsOf } from "../histogram-rise.ts";
import { courseOf, goesOn, idOf } from "../../select/lanes.ts";

/** Ends of a series' points in a range, and their times. */
interface Ends<T> {
  readonly from: number;
  readonly first: T;
  to: number;
  last: T;
}

interface NumberCourse extends Ends<number> {
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
      this.#follow(block, block.increase);
      return;
    }
    const times = block.times();
    const values = block.values();
    for (let i = 0; i < times.length; i++) {
      if (times[i]! < this.#from || times[i]! > this.#to) continue;
      const value = values[i]!;
      this.addFigures({ count: 1, sum: value, min: value, max: value });
      const time = times[i]!;
      this.#follow({ series: block.series, from: time, to: time, first: value, last: value }, 0);
    }
  }

  addFigures({ count, sum, min, max }: Figures): void {
    this.#count += count;
    this.#sum += sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  endsOf(series: number): Ends<number> | undefined {
    return this.#courses.get(series);
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

  #follow({ series, from, to, first, last }: Ends<number> & { readonly series: number }, rise: number): void {
    const course = this.#courses.get(series);
    if (course === undefined) {
      this.#courses.set(series, { from, to, first, last, rise });
      return;
    }
    course.rise += riseBetween(course.last, first) + rise;
    course.last = last;
    course.to = to;
  }
}

function riseBetween(before: number, after: number): number {
  return after < before ? after : after - before;
}

interface HistogramCourse extends Ends<HistogramPoint> {
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
      const course = this.#courseOf(series, block.from, { bounds, row: block.first(), extremes });
      course.rise.block(block, false);
      course.last = { bounds, row: block.last(), extremes };
      course.to = block.to;
      return;
    }
    const [times, pointAt] = [block.times(), pointsOf(block)];
    for (let i = 0; i < times.length; i++) {
      if (times[i]! < this.#from || times[i]! > this.#to) continue;
      const point = pointAt(i);
      const course = this.#courseOf(series, times[i]!, point);
      course.rise.point(times[i]!, point, false);
      course.last = point;
      course.to = times[i]!;
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

  endsOf(series: number): Ends<HistogramPoint> | undefined {
    return this.#courses.get(series);
  }

  #courseOf(series: number, from: number, first: HistogramPoint): HistogramCourse {
    let course = this.#courses.get(series);
    if (course === undefined)
      this.#courses.set(series, (course = { from, to: from, first, last: first, rise: new HistogramRise() }));
    return course;
  }
}

/** Values before a range. */
interface Past<T> {
  /** The last value of a series, and its time. */
  endsOf(seriesId: number): Pick<Ends<T>, "last" | "to"> | undefined;
  /** Whether a series without a previous value began in the range. */
  beganLater(series: StoredSeries): boolean;
}

/** The baseline of each series' increase. A series that continues another one starts at the last value of that one. */
function* baselines<T>(
  series: readonly StoredSeries[],
  past: Past<T>,
  inRange: ReadonlyMap<number, Ends<T>>,
): Iterable<{ readonly seriesId: number; readonly baseline: T | undefined }> {
  const endsOf = (id: number): Pick<Ends<T>, "last" | "to"> | undefined => inRange.get(id) ?? past.endsOf(id);
  const alike = grouped(series, (each) => JSON.stringify([each.metric.name, each.attributes, idOf(each)]));
  for (const members of alike.values())
    for (const [i, each] of members.entries()) {
      const values = inRange.get(each.id);
      if (values === undefined) continue;
      // Points only overlap if the clock was set back, or if another process has the same id.
      const isContinued = (other: StoredSeries): boolean => {
        const ends = goesOn(other, each) ? endsOf(other.id) : undefined;
        return ends !== undefined && (ends.to < values.from || courseOf(other) === courseOf(each));
      };
      const before =
        past.endsOf(each.id) ?? endsOf(members.slice(0, i).findLast(isContinued)?.id ?? Number.NaN);
      const unknown = past.beganLater(each) ? undefined : values.first;
      yield { seriesId: each.id, baseline: before === undefined ? unknown : before.last };
    }
}
