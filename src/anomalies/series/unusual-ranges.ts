// Ranges in which detectors find a series unusual.
import { Activity, type Alarm } from "./activity.ts";
import type { WatchedSeries } from "./watched-series.ts";

/** Result of a detector for one value. @internal */
export interface DetectorResult extends Alarm {
  readonly expected?: readonly [low: number, high: number] | undefined;
  /** Name of the detector, if several are combined. */
  readonly detector?: string | undefined;
}

/** A detector for one series. @internal */
export interface SeriesDetector {
  /** Takes the next value; `undefined` during the warm-up. `time` is in seconds since the epoch. */
  push(time: number, value: number): DetectorResult | undefined;
}

/** A range in which a detector found a series unusual. Times are in seconds since the epoch. @internal */
export interface UnusualRange {
  readonly from: number;
  /** Time of the last unusual value. */
  readonly to: number;
  readonly detector: string;
  /** The highest score of the range. */
  readonly score: number;
  /** Value and expected range at `from`. */
  readonly actual: number;
  readonly expected: readonly [low: number, high: number] | undefined;
}

/** All unusual ranges of a series, and the time during which the detector had results. @internal */
export interface Examined {
  readonly ranges: readonly UnusualRange[];
  readonly days: number;
}

const DAY_SECONDS = 86_400;

/** Passes a series to a detector. Values that are missing are skipped. Runs in short pieces. */
export function* examined(
  { times, values }: Pick<WatchedSeries, "times" | "values">,
  detector: SeriesDetector,
  name: string,
): Generator<void, Examined> {
  const ranges: UnusualRange[] = [];
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  const activity = new Activity();
  let results = 0;
  for (let i = 0; i < times.length; i++) {
    if (i % 256 === 0) yield;
    const [time, actual] = [times[i]!, values[i]!];
    if (Number.isNaN(actual)) continue;
    const result = detector.push(time, actual);
    if (result === undefined) continue;
    results++;
    const begins = activity.push(time, result);
    if (!activity.isUnusual) continue;
    const { score, expected, detector: part = name } = result;
    const previous = ranges.at(-1);
    if (begins || previous === undefined)
      ranges.push({ from: time, to: time, detector: part, score, actual, expected });
    else ranges[ranges.length - 1] = { ...previous, to: time, score: Math.max(score, previous.score) };
  }
  return { ranges, days: (results * step) / DAY_SECONDS };
}
