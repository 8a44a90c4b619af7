// Ranges in which detectors find a series unusual.
import type { WatchedSeries } from "./watched-series.ts";

/** Result of a detector for one value. */
export interface DetectorResult {
  /** From 0 to 1: 1 less the probability of such a value. */
  readonly score: number;
  readonly anomalous: boolean;
  readonly expected?: readonly [low: number, high: number] | undefined;
  /** Name of the detector, if several are combined. */
  readonly detector?: string | undefined;
}

/** A detector for one series. */
export interface SeriesDetector {
  /** Takes the next value; `undefined` during the warm-up. `time` is in seconds since the epoch. */
  push(time: number, value: number): DetectorResult | undefined;
}

/** A range in which a detector found a series unusual. Times are in seconds since the epoch. */
export interface UnusualRange {
  readonly from: number;
  /** Time of the last unusual value. */
  readonly to: number;
  readonly detector: string;
  /** The highest score, and the value with it. */
  readonly score: number;
  readonly actual: number;
  readonly expected: readonly [low: number, high: number] | undefined;
}

/** All unusual ranges of a series, and the time during which the detector had results. */
export interface Examined {
  readonly ranges: readonly UnusualRange[];
  readonly days: number;
}

// Unusual values with at most this many others between them are one range.
const MAX_GAP = 5;
const DAY_SECONDS = 86_400;

/** Passes a series to a detector. Values that are missing are skipped. Runs in short pieces. */
export function* examined(
  { times, values }: Pick<WatchedSeries, "times" | "values">,
  detector: SeriesDetector,
  name: string,
): Generator<void, Examined> {
  const ranges: UnusualRange[] = [];
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  let results = 0;
  let lastIndex = -Infinity;
  for (let i = 0; i < times.length; i++) {
    if (i % 256 === 0) yield;
    const [time, actual] = [times[i]!, values[i]!];
    if (Number.isNaN(actual)) continue;
    const result = detector.push(time, actual);
    if (result === undefined) continue;
    results++;
    if (!result.anomalous) continue;
    const { score, expected, detector: part = name } = result;
    const previous = ranges.at(-1);
    if (previous === undefined || i - lastIndex > MAX_GAP + 1)
      ranges.push({ from: time, to: time, detector: part, score, actual, expected });
    else if (score > previous.score)
      ranges[ranges.length - 1] = { from: previous.from, to: time, detector: part, score, actual, expected };
    else ranges[ranges.length - 1] = { ...previous, to: time };
    lastIndex = i;
  }
  return { ranges, days: (results * step) / DAY_SECONDS };
}
