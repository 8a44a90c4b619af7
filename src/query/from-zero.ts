import { firstAfter } from "./evaluation/sample-search.ts";
import type { NativeHistogram } from "./native-histogram.ts";
import type { SampleSeries } from "./source.ts";

const EMPTY = { offset: 0, counts: new Float64Array() };

/**
 * A series that began with 0 at `beginMillis`, with that sample: a millisecond before if it was collected at once. Nothing is
 * added if its samples go on from earlier ones.
 */
export function fromZero(series: SampleSeries, beginMillis: number): SampleSeries {
  const { labels, times, values, histograms, stale } = series;
  const at = firstAfter(times, beginMillis - 1);
  const time = times[at] === beginMillis ? beginMillis - 1 : beginMillis;
  const isContinued = at > 0 && (stale?.[at - 1] !== 1 || times[at - 1]! >= time);
  if (at === times.length || isContinued) return series;
  const length = times.length + 1;
  const widened = <Column extends Float64Array | Uint8Array>(column: Column, all: Column): Column => {
    all.set(column.subarray(0, at));
    all.set(column.subarray(at), at + 1);
    return all;
  };
  const allTimes = widened(times, new Float64Array(length));
  allTimes[at] = time;
  return {
    labels,
    times: allTimes,
    values: widened(values, new Float64Array(length)),
    ...(histograms && { histograms: histograms.toSpliced(at, 0, emptied(histograms[at])) }),
    ...(stale && { stale: widened(stale, new Uint8Array(length)) }),
  };
}

function emptied(histogram: NativeHistogram | undefined): NativeHistogram | undefined {
  return histogram && { ...histogram, count: 0, sum: 0, zeroCount: 0, positive: EMPTY, negative: EMPTY };
}
