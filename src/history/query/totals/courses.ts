// Cumulative series: which begin at nothing, and which go on.
import { courseOf } from "../courses.ts";
import type { StoredSeries } from "../../store/stored.ts";

/**
 * What a series came to before a range: a value, its own or that of the series from which it goes on; nothing if it began
 * in the range; or that is unknown.
 */
export type Before<T> = { readonly value: T; readonly isOwn: boolean } | "nothing" | "unknown";

/**
 * The value from which each series' rise counts: what it came to before the range, nothing if it began in it, else its own
 * first. After the clock was set back, another series of the same start goes on from what the one before came to.
 *
 * @param valuesOf the first and the last value of a series in the range; `undefined` where it has none.
 */
export function* baselines<T>(
  series: readonly StoredSeries[],
  beforeOf: (series: StoredSeries) => Before<T>,
  valuesOf: (seriesId: number) => { readonly first: T; readonly last: T } | undefined,
): Iterable<{ readonly seriesId: number; readonly baseline: T | undefined }> {
  const latest = new Map<string, T>();
  for (const each of series) {
    const values = valuesOf(each.id);
    if (values === undefined) continue;
    const key = courseOf(each);
    yield { seriesId: each.id, baseline: baselineFrom(beforeOf(each), latest.get(key), values.first) };
    latest.set(key, values.last);
  }
}

function baselineFrom<T>(before: Before<T>, latest: T | undefined, first: T): T | undefined {
  if (typeof before === "object" && before.isOwn) return before.value;
  if (latest !== undefined) return latest;
  if (before === "nothing") return undefined;
  return before === "unknown" ? first : before.value;
}
