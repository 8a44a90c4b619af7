// Stale markers in the samples of a series.
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { SampleSeries } from "../../query/source.ts";

// A series has ended if it is missing for longer than this number of its intervals: late collections are tolerated.
const MISSED = 2.5;
// Differences of times from which the interval is determined.
const MAX_DIFFERENCES = 255;

/**
 * Adds a marker one interval after each sample that has no successor for more than 2.5 intervals. The interval is the
 * median difference of times. Samples with the time of their successor are left out. `known` is the last time up to which
 * the store is known to have all samples.
 */
export function withMarkers(series: Omit<SampleSeries, "stale">, known: number): SampleSeries {
  const { labels, times, values, histograms } = series;
  const limit = MISSED * intervalOf(times);
  const next = (i: number): number => (i + 1 < times.length ? times[i + 1]! : Math.max(known, times[i]!));
  const isRepeated = (time: number, i: number): boolean => i + 1 < times.length && times[i + 1] === time;
  const isLast = (time: number, i: number): boolean => next(i) - time > limit;
  if (isEven(times, limit) && !isLast(times.at(-1) ?? known, times.length - 1)) return series;
  const found: Sample[] = [];
  for (const [i, time] of times.entries()) {
    if (isRepeated(time, i)) continue;
    found.push({ time, value: values[i]!, histogram: histograms?.[i], isEnd: false });
    if (!isLast(time, i)) continue;
    found.push({ time: time + limit / MISSED, value: Number.NaN, histogram: undefined, isEnd: true });
  }
  return {
    labels,
    times: Float64Array.from(found, ({ time }) => time),
    values: Float64Array.from(found, ({ value }) => value),
    ...(histograms !== undefined && { histograms: found.map(({ histogram }) => histogram) }),
    ...(found.some(({ isEnd }) => isEnd) && { stale: Uint8Array.from(found, ({ isEnd }) => Number(isEnd)) }),
  };
}

interface Sample {
  readonly time: number;
  readonly value: number;
  readonly histogram: NativeHistogram | undefined;
  readonly isEnd: boolean;
}

/** Whether a series with this interval has ended at `time`, by the times of its last and its next sample. */
export function hasEnded(intervalMillis: number, last: number, next: number, time: number): boolean {
  return next - last > MISSED * intervalMillis && time >= last + intervalMillis;
}

// Whether no time is repeated, and no gap longer than the limit.
function isEven(times: Float64Array, limit: number): boolean {
  for (let i = 1; i < times.length; i++) {
    const gap = times[i]! - times[i - 1]!;
    if (gap === 0 || gap > limit) return false;
  }
  return true;
}

/** The interval of samples with these times, of which the first 256 count. Infinite for a single time. */
export function intervalOf(times: Float64Array): number {
  const count = Math.min(times.length - 1, MAX_DIFFERENCES);
  if (count < 1) return Infinity;
  const differences = new Float64Array(count);
  for (let i = 0; i < count; i++) differences[i] = times[i + 1]! - times[i]!;
  const positive = differences.filter((each) => each > 0).toSorted();
  return positive[positive.length >> 1] ?? Infinity;
}
