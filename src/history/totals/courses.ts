// Cumulative series: which begin at nothing, and which go on.
import { courseOf } from "../query/courses.ts";
import type { StoredSeries } from "../store/stored.ts";

/** What a series came to before a range: a value; nothing, where it began in the range; or nobody knows. */
export type Before<T> = { readonly value: T } | "nothing" | "unknown";

/**
 * The value from which each series' rise counts: what it came to before the range, nothing where it began in it, else its
 * own first. After the clock was set back a series of the same start goes on from what it came to.
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
    const before = beforeOf(each);
    const own = before === "nothing" ? undefined : before === "unknown" ? values.first : before.value;
    yield { seriesId: each.id, baseline: latest.has(key) ? latest.get(key) : own };
    latest.set(key, values.last);
  }
}
