// Stale markers in the samples of a series.
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { SampleSeries } from "../../query/source.ts";

// A series has ended if it is missing for longer than this number of its intervals: late collections are tolerated.
const MISSED = 2.5;
// Differences of times from which the interval is determined.
const MAX_DIFFERENCES = 255;

/**
 * Adds a marker one interval after each sample that has no successor for more than 2.5 intervals. The interval is the
 * median difference of times, or that of the samples near the gap if it is longer. Samples with the time of their
 * successor are left out. `known` is the last time up to which the store is known to have all samples.
 *
 * @param end time at which a series without a later sample has ended in any case
 */
export function withMarkers(
  series: Omit<SampleSeries, "stale">,
  known: number,
  end: number = Infinity,
): SampleSeries {
  const { labels, times, values, histograms } = series;
  const interval = intervalOf(times);
  const next = (i: number): number => (i + 1 < times.length ? times[i + 1]! : Math.max(known, times[i]!));
  const isRepeated = (time: number, i: number): boolean => i + 1 < times.length && times[i + 1] === time;
  // Infinite if the series goes on.
  const endsAfter = (time: number, i: number): number => {
    const gap = next(i) - time;
    const around = gap > MISSED * interval ? intervalAround(times, i, interval) : Infinity;
    const after = gap > MISSED * around ? around : Infinity;
    return i === times.length - 1 && time < end ? Math.min(after, end - time) : after;
  };
  if (times.every((time, i) => !isRepeated(time, i) && endsAfter(time, i) === Infinity)) return series;
  const found: Sample[] = [];
  for (const [i, time] of times.entries()) {
    if (isRepeated(time, i)) continue;
    found.push({ time, value: values[i]!, histogram: histograms?.[i], isEnd: false });
    const after = endsAfter(time, i);
    if (after === Infinity) continue;
    found.push({ time: time + after, value: Number.NaN, histogram: undefined, isEnd: true });
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

/**
 * The interval of the samples before and after a gap, at least `interval`: it may have become longer. The gap is after
 * the sample at `index`; another one beside it does not count.
 */
export function intervalAround(times: Float64Array, index: number, interval: number): number {
  const least = (before: number, after: number): number =>
    Math.min(differenceAt(times, before), differenceAt(times, after));
  const sides = [least(index - 2, index - 1), least(index + 1, index + 2)];
  return Math.max(interval, ...sides.filter((each) => each < Infinity));
}

function differenceAt(times: Float64Array, index: number): number {
  return index < 0 || index + 1 >= times.length ? Infinity : times[index + 1]! - times[index]!;
}

/** Whether a series with this interval has ended at `time`, by the times of its last and its next sample. */
export function hasEnded(intervalMillis: number, last: number, next: number, time: number): boolean {
  return next - last > MISSED * intervalMillis && time >= last + intervalMillis;
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
