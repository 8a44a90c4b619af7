// Trends of expressions over the shown range. Repeated ones ask for the newest steps alone.
import type { Labels, QueryResult } from "../../query/index.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { Queried } from "../../explain/application.ts";

/** Steps of each trend. */
export const STEPS = 60;

/** Times of trends, in seconds since the epoch: {@link STEPS} of them, the last at `to`. */
export interface Grid {
  readonly to: number;
  readonly step: number;
  /** Time of the refresh, within a step after `to`. */
  readonly end: number;
}

/** One series of a trend. */
export interface TrendSeries {
  readonly labels: Labels;
  /** One for each step; NaN if it is missing. */
  readonly values: Float64Array;
}

interface Known extends Grid {
  readonly series: ReadonlyMap<string, TrendSeries>;
}

const MAX_KNOWN = 300;

/** Remembers the trends of one source. */
export class Trends {
  readonly #source: Queried;
  readonly #known = new Map<string, Known>();

  constructor(source: Queried) {
    this.#source = source;
  }

  /** The trend of an expression, with the series in the order of the result. */
  async of(expression: string, grid: Grid, signal: AbortSignal): Promise<readonly TrendSeries[]> {
    const known = this.#known.get(expression);
    const shift = known?.step === grid.step ? Math.round((grid.to - known.to) / grid.step) : NaN;
    if (known !== undefined && shift === 0) {
      if (known.end === grid.end) return [...known.series.values()];
      const newest = await this.#source.query(expression, { time: grid.end, signal });
      return this.#keep(expression, grid, withLast(known.series, newest));
    }
    const isContinued = known !== undefined && shift > 0 && shift < STEPS;
    // The last known step is asked for again, since samples may have been late.
    const count = isContinued ? shift + 1 : STEPS;
    const from = grid.to - (count - 1) * grid.step;
    const result = await this.#source.queryRange(expression, { from, to: grid.to, step: grid.step, signal });
    const series = withNewest(
      isContinued ? moved(known.series, shift) : new Map(),
      result,
      from,
      grid.step,
      count,
    );
    return this.#keep(expression, grid, series);
  }

  #keep(expression: string, grid: Grid, series: ReadonlyMap<string, TrendSeries>): readonly TrendSeries[] {
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(expression, { ...grid, series });
    return [...series.values()];
  }
}

// Trends whose last step has the values of a later time: until the next step, a refresh changes nothing else.
function withLast(
  series: ReadonlyMap<string, TrendSeries>,
  result: QueryResult,
): ReadonlyMap<string, TrendSeries> {
  const later = new Map<string, TrendSeries>();
  for (const [key, { labels, values }] of series)
    later.set(key, { labels, values: values.with(STEPS - 1, Number.NaN) });
  if (result.kind !== "vector") return later;
  for (const { labels, value } of result.series) {
    const key = labelsKey(labels);
    const trend = later.get(key) ?? { labels, values: new Float64Array(STEPS).fill(Number.NaN) };
    trend.values[STEPS - 1] = typeof value === "number" ? value : value.count;
    later.set(key, trend);
  }
  return later;
}

function moved(series: ReadonlyMap<string, TrendSeries>, shift: number): Map<string, TrendSeries> {
  const result = new Map<string, TrendSeries>();
  for (const [key, { labels, values }] of series) {
    const later = new Float64Array(STEPS).fill(Number.NaN);
    // Without the last step, which is asked for again.
    later.set(values.subarray(shift, STEPS - 1));
    if (later.some((value) => !Number.isNaN(value))) result.set(key, { labels, values: later });
  }
  return result;
}

function withNewest(
  series: Map<string, TrendSeries>,
  result: QueryResult,
  from: number,
  step: number,
  count: number,
): Map<string, TrendSeries> {
  if (result.kind !== "matrix") return series;
  for (const { labels, times, values, histograms } of result.series) {
    const key = labelsKey(labels);
    const trend = series.get(key) ?? { labels, values: new Float64Array(STEPS).fill(Number.NaN) };
    for (const [i, time] of times.entries()) {
      const at = STEPS - count + Math.round((time - from) / step);
      // A native histogram is shown as its count.
      trend.values[at] = histograms?.[i]?.count ?? values[i]!;
    }
    series.set(key, trend);
  }
  return series;
}
