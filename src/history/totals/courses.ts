// Cumulative series: which begin at nothing, and which go on.
import type { StoredSeries } from "../store/stored.ts";

/**
 * The value from which each series' rise counts: nothing where the series began in the range, what it came to before
 * where it goes on after the clock was set back (which makes a series of the same start), else its own first.
 *
 * @param valuesOf the first and the last value of a series in the range; `undefined` where it has none.
 */
export function* baselines<T>(
  series: readonly StoredSeries[],
  from: number,
  valuesOf: (seriesId: number) => { readonly first: T; readonly last: T } | undefined,
): Iterable<{ readonly seriesId: number; readonly baseline: T | undefined }> {
  const latest = new Map<string, T>();
  for (const each of series) {
    const values = valuesOf(each.id);
    if (values === undefined) continue;
    const key = JSON.stringify([each.metric.id, each.attributes, each.resource, each.startTimeUnixMillis]);
    const began = each.startTimeUnixMillis >= from ? undefined : values.first;
    yield { seriesId: each.id, baseline: latest.has(key) ? latest.get(key) : began };
    latest.set(key, values.last);
  }
}
