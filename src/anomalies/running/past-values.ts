// Values of watched series over the last week, for training.
import { labelsKey } from "../../query/labels-key.ts";
import type { Labels, Source } from "../../query/index.ts";
import { expressionOfSeries, type WatchedExpression } from "../series/expressions.ts";
import { watchedSeries } from "../series/watched-series.ts";

/** Values at equal distances. Times are in seconds since the epoch. */
export interface PastValues {
  readonly values: Float64Array;
  readonly from: number;
  readonly step: number;
}

/** End and distance of the values, in seconds, and the window of rates. */
interface PastRange {
  readonly to: number;
  readonly step: number;
  readonly windowSeconds: number;
  readonly signal: AbortSignal;
}

// A week at one minute.
const MAX_VALUES = 10_080;
const DAY_SECONDS = 86_400;
// Series with the same labels and further ones are selected, too.
const MAX_SELECTED = 100;
const MOST_MISSING = 0.1;

/** The values of a series since its first one, at most of 10,080 steps; `undefined` if they are of less than a day. */
export async function pastValues(
  source: Source,
  watched: WatchedExpression,
  labels: Labels,
  { to, step, windowSeconds, signal }: PastRange,
): Promise<PastValues | undefined> {
  const expression = expressionOfSeries(watched, labels, windowSeconds);
  if (expression === undefined) return undefined;
  const range = { from: to - (MAX_VALUES - 1) * step, to, step, maxSeries: MAX_SELECTED, signal };
  const key = labelsKey(labels);
  for await (const series of watchedSeries(source, [expression], range)) {
    if (labelsKey(series.labels) !== key) continue;
    const first = series.values.findIndex((value) => Number.isFinite(value));
    if (first < 0) return undefined;
    const values = series.values.slice(first);
    return values.length * step >= DAY_SECONDS
      ? { values, from: range.from + first * step, step }
      : undefined;
  }
  return undefined;
}

/** Columns of equal length for a group, from the time at which all series have values. Series with many gaps are left out. */
export function joined(series: ReadonlyMap<string, PastValues>): {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly from: number;
} {
  const whole = [...series].filter(([, { values }]) => {
    const missing = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
    return missing <= MOST_MISSING * values.length;
  });
  const from = Math.max(...whole.map(([, past]) => past.from));
  const count = Math.min(...whole.map(([, { values }]) => values.length));
  const columns = whole.map(([, { values }]) => values.slice(values.length - count));
  return { names: whole.map(([name]) => name), columns, from };
}
