import { firstAfter } from "./evaluation/sample-search.ts";
import type { NativeHistogram } from "./native-histogram.ts";
import type { SampleSeries } from "./source.ts";

const EMPTY = { offset: 0, counts: new Float64Array() };
/** Value at the beginning of a series: negative, to distinguish it from other samples of 0. */
export const BEGINNING = -0;

// Milliseconds after the start, a count of 1 is not a rate of 1,000 per second.
const LEAST_SHARE = 1 / 12;

/**
 * Time from which a series is counted in a window, for its rate in a chart. With a single sample after the beginning, the
 * rest is at least a twelfth of the window.
 */
export function countedSince(
  sinceMillis: number,
  isSingle: boolean,
  { rangeStart, rangeEnd }: { readonly rangeStart: number; readonly rangeEnd: number },
): number {
  return isSingle ? Math.min(sinceMillis, rangeEnd - (rangeEnd - rangeStart) * LEAST_SHARE) : sinceMillis;
}

/** Whether the value is that of a sample that {@link fromZero} adds. */
export function isBeginning(value: number | undefined): boolean {
  return Object.is(value, BEGINNING);
}

/** Beginning of a series. Both times are in Unix milliseconds. */
export interface Beginning {
  /** Time at which the series began with 0. */
  readonly beginMillis: number;
  /** Time from which its process counts: the series would have been 0 since then. */
  readonly sinceMillis: number;
}

/**
 * A series that began with 0, with that sample: a millisecond before if it was collected at once. Another one is at the start
 * of its process, or after the end of an earlier series. Nothing is added if its samples go on from earlier ones.
 *
 * ```
 * since                begin  first sample
 *   0 ·················· 0 ······ 30 ····
 * ```
 */
export function fromZero(series: SampleSeries, { beginMillis, sinceMillis }: Beginning): SampleSeries {
  const { labels, times, values, histograms, stale } = series;
  const at = firstAfter(times, beginMillis - 1);
  const time = times[at] === beginMillis ? beginMillis - 1 : beginMillis;
  const isContinued = at > 0 && (stale?.[at - 1] !== 1 || times[at - 1]! >= time);
  if (at === times.length || isContinued) return series;
  const since = Math.max(sinceMillis, (times[at - 1] ?? -Infinity) + 1);
  const added = since < time ? [since, time] : [time];
  const length = times.length + added.length;
  const widened = <Column extends Float64Array | Uint8Array>(column: Column, all: Column): Column => {
    all.set(column.subarray(0, at));
    all.set(column.subarray(at), at + added.length);
    return all;
  };
  const allTimes = widened(times, new Float64Array(length));
  allTimes.set(added, at);
  const allValues = widened(values, new Float64Array(length));
  allValues.fill(BEGINNING, at, at + added.length);
  const empty = histograms && emptied(histograms[at]);
  return {
    labels,
    times: allTimes,
    values: allValues,
    ...(histograms && { histograms: histograms.toSpliced(at, 0, ...added.map(() => empty)) }),
    ...(stale && { stale: widened(stale, new Uint8Array(length)) }),
  };
}

function emptied(histogram: NativeHistogram | undefined): NativeHistogram | undefined {
  return (
    histogram && { ...histogram, count: BEGINNING, sum: 0, zeroCount: 0, positive: EMPTY, negative: EMPTY }
  );
}
