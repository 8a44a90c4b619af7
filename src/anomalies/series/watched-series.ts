// Values of watched expressions over a range of time.
import { type Labels, queryRange, type Source } from "../../query/index.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { WatchedExpression } from "./expressions.ts";

/** Values of one series at equal distances. @internal */
export interface WatchedSeries extends WatchedExpression {
  /** Labels of the series, without the name. */
  readonly labels: Labels;
  /** Seconds since the epoch. */
  readonly times: Float64Array;
  /** NaN if there is no value. */
  readonly values: Float64Array;
}

/** Times of the values, in seconds since the epoch, and limits. @internal */
export interface WatchedRange {
  readonly from: number;
  readonly to: number;
  /** Seconds between two values. */
  readonly step: number;
  /** Seconds for which a sample counts. Default: 300. */
  readonly lookback?: number | undefined;
  /** Further series are left out. Default: 500. */
  readonly maxSeries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_SERIES = 500;
// Steps of one query; fewer than the most that one may have.
const STEPS = 10_000;
const MAX_STEPS = 1_000_000;

/**
 * Evaluates the expressions one after another, until the limit of series is reached.
 *
 * @throws RangeError if there are more than 1,000,000 steps
 */
export async function* watchedSeries(
  source: Source,
  expressions: readonly WatchedExpression[],
  { from, to, step, lookback, maxSeries = MAX_SERIES, signal }: WatchedRange,
): AsyncGenerator<WatchedSeries, void, undefined> {
  const count = Math.floor((to - from) / step) + 1;
  if (!(count <= MAX_STEPS))
    throw new RangeError(`the range has more than ${MAX_STEPS} steps; use a longer step`);
  const times = new Float64Array(count).map((_, i) => from + i * step);
  let left = maxSeries;
  for (const watched of expressions) {
    if (left <= 0) return;
    const found = new Map<string, { readonly labels: Labels; readonly values: Float64Array }>();
    for (let start = 0; start < count; start += STEPS) {
      const [first, last] = [times[start]!, times[Math.min(start + STEPS, count) - 1]!];
      const result = await queryRange(watched.expression, {
        source,
        from: first,
        to: last,
        step,
        lookback,
        signal,
      });
      if (result.kind !== "matrix") continue;
      for (const series of result.series) {
        const { __name__: _, ...labels } = series.labels;
        const key = labelsKey(labels);
        let known = found.get(key);
        if (known === undefined) {
          if (found.size >= left) continue;
          known = { labels, values: new Float64Array(count).fill(Number.NaN) };
          found.set(key, known);
        }
        for (const [i, time] of series.times.entries())
          known.values[Math.round((time - from) / step)] = series.values[i]!;
      }
    }
    left -= found.size;
    for (const { labels, values } of found.values()) yield { ...watched, labels, times, values };
  }
}
