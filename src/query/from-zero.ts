import { firstAfter } from "./evaluation/sample-search.ts";
import type { NativeHistogram } from "./native-histogram.ts";
import type { SampleSeries } from "./source.ts";

const EMPTY = { offset: 0, counts: new Float64Array() };
/** Value at the beginning of a series: negative, to distinguish it from other samples of 0. */
export const BEGINNING = -0;

// Milliseconds after a start, a count of 1 is not a rate of 1,000 per second.
const LEAST_MILLIS = 5_000;

/** Time in which nothing was counted, since no process ran. Both ends are in Unix milliseconds. */
export interface Pause {
  readonly from: number;
  readonly to: number;
}

/**
 * Start of a window in a chart: if it begins in a pause, that of the next process. It is the same for all series, so the
 * rates of a sum or a share have one divisor.
 */
export function countedFrom(pauses: readonly Pause[], rangeStart: number, rangeEnd: number): number {
  const { to } = pauses.findLast(({ from }) => from <= rangeStart) ?? { to: rangeStart };
  return to <= rangeStart ? rangeStart : Math.max(rangeStart, Math.min(to, rangeEnd - LEAST_MILLIS));
}

/** Whether the value is that of a sample that {@link fromZero} adds. */
export function isBeginning(value: number | undefined): boolean {
  return Object.is(value, BEGINNING);
}

/**
 * A series that began with 0, with that sample: a millisecond before if it was collected at once. Nothing is added if its
 * samples go on from earlier ones.
 *
 * ```
 * begin  first sample
 *   0 ······ 30 ····
 * ```
 */
export function fromZero(series: SampleSeries, beginMillis: number): SampleSeries {
  const { times, stale } = series;
  const at = firstAfter(times, beginMillis - 1);
  const time = times[at] === beginMillis ? beginMillis - 1 : beginMillis;
  const isContinued = at > 0 && (stale?.[at - 1] !== 1 || times[at - 1]! >= time);
  return at === times.length || isContinued ? series : withBeginnings(series, [{ at, time }]);
}

/** The start of a series, and its first sample, in Unix milliseconds. */
export interface Life {
  readonly begin: number;
  readonly first: number;
}

/** A series with a sample of 0 before the first sample of each life that it has; the earliest life is the first. */
export function fromStarts(series: SampleSeries, lives: readonly Life[]): SampleSeries {
  const { times } = series;
  const places: Place[] = [];
  for (const { begin, first } of lives) {
    const at = firstAfter(times, first - 1);
    const sample = times[at];
    if (sample === undefined || places.at(-1)?.at === at) continue;
    const before = times[at - 1] ?? -Infinity;
    const time = begin > before && begin < sample ? begin : timeBetween(before, sample);
    places.push({ at, time });
  }
  return places.length === 0 ? series : withBeginnings(series, places);
}

/** A time between two samples: the last millisecond before the second one, if it is after the first. */
export function timeBetween(before: number, after: number): number {
  return before < after - 1 ? after - 1 : (before + after) / 2;
}

/** A sample of 0 before the one at an index. */
interface Place {
  readonly at: number;
  readonly time: number;
}

/** A series with samples of 0 at places, which are in order. */
function withBeginnings(series: SampleSeries, places: readonly Place[]): SampleSeries {
  const { labels, times, values, histograms, stale } = series;
  const length = times.length + places.length;
  const widened = <Column extends Float64Array | Uint8Array>(
    column: Column,
    all: Column,
    added: (place: Place) => number,
  ): Column => {
    let from = 0;
    for (const [i, place] of places.entries()) {
      all.set(column.subarray(from, place.at), from + i);
      all[place.at + i] = added(place);
      from = place.at;
    }
    all.set(column.subarray(from), from + places.length);
    return all;
  };
  const indexes = new Set(places.map(({ at }) => at));
  return {
    labels,
    times: widened(times, new Float64Array(length), ({ time }) => time),
    values: widened(values, new Float64Array(length), () => BEGINNING),
    ...(histograms && {
      histograms: histograms.flatMap((each, i) => (indexes.has(i) ? [emptied(each), each] : [each])),
    }),
    ...(stale && { stale: widened(stale, new Uint8Array(length), () => 0) }),
  };
}

function emptied(histogram: NativeHistogram | undefined): NativeHistogram | undefined {
  return (
    histogram && { ...histogram, count: BEGINNING, sum: 0, zeroCount: 0, positive: EMPTY, negative: EMPTY }
  );
}
