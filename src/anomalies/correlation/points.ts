// The points of a series: its finite samples, thinned out if there are very many.
import type { SampleSeries } from "../../query/source.ts";

/** Samples in order of time, without stale markers and values that are not finite. */
export interface Points {
  /** Unix milliseconds. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

// Points of a longer series: the last one of each slot of time.
const MAX_POINTS = 720;

/** The points of a series from `from` to `to`, in Unix milliseconds. */
export function pointsOf({ times, values, stale }: SampleSeries, from: number, to: number): Points {
  const isThinned = times.length > MAX_POINTS;
  const slotMillis = (to - from + 1) / MAX_POINTS;
  const kept = Math.min(times.length, MAX_POINTS);
  const points = { times: new Float64Array(kept), values: new Float64Array(kept) };
  let [count, slot] = [0, -1];
  for (let i = 0; i < times.length; i++) {
    const [time, value] = [times[i]!, values[i]!];
    if (stale?.[i] === 1 || !Number.isFinite(value) || time < from || time > to) continue;
    const current = isThinned ? Math.floor((time - from) / slotMillis) : i;
    if (current !== slot) count++;
    slot = current;
    points.times[count - 1] = time;
    points.values[count - 1] = value;
  }
  return { times: points.times.subarray(0, count), values: points.values.subarray(0, count) };
}

// A fifth of the steps, and at least this number, must be increases.
const MIN_INCREASES = 10;

/** Whether points behave like those of a counter: often rising, and never falling but to near 0. */
export function riseAlways({ values }: Points): boolean {
  let increases = 0;
  for (let i = 1; i < values.length; i++) {
    const [before, value] = [values[i - 1]!, values[i]!];
    if (value > before) increases++;
    else if (value < before && (value < 0 || value > before / 10)) return false;
  }
  return values[0]! >= 0 && increases >= Math.max(MIN_INCREASES, values.length / 5);
}
