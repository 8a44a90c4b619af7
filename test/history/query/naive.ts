import type { AggregateName } from "../../../src/history/question.ts";

/** Time in seconds and value. */
export type Point = readonly [time: number, value: number];

/** A naive aggregate of the points in the window `(start, end]`; NaN without a value. */
export function naive(
  aggregate: AggregateName,
  quantile: number,
  all: readonly Point[],
  start: number,
  end: number,
): number {
  const points = all.filter(([time]) => time > start && time <= end);
  const values = points.map(([, value]) => value);
  if (values.length === 0) return Number.NaN;
  const sum = values.reduce((left, right) => left + right, 0);
  switch (aggregate) {
    case "MEAN":
      return sum / values.length;
    case "SUM":
      return sum;
    case "MIN":
      return Math.min(...values);
    case "MAX":
      return Math.max(...values);
    case "COUNT":
      return values.length;
    case "LAST":
      return values.at(-1)!;
    case "STDDEV":
      return Math.sqrt(
        values.reduce((left, right) => left + (right - sum / values.length) ** 2, 0) / values.length,
      );
    case "QUANTILE":
      return interpolated(
        values.toSorted((a, b) => a - b),
        quantile * (values.length - 1),
      );
    case "INCREASE":
      return increase(points, start, end);
    case "RATE":
      return increase(points, start, end) / (end - start);
    default:
      return aggregate satisfies never;
  }
}

function interpolated(sorted: readonly number[], rank: number): number {
  const below = sorted[Math.floor(rank)]!;
  return below + (sorted[Math.ceil(rank)]! - below) * (rank - Math.floor(rank));
}

// A port of Prometheus 3, promql/functions.go, `extrapolatedRate`.
function increase(points: readonly Point[], start: number, end: number): number {
  if (points.length < 2) return Number.NaN;
  const [first, last] = [points[0]!, points.at(-1)!];
  let result = last[1] - first[1];
  for (const [i, [, value]] of points.entries())
    if (i > 0 && value < points[i - 1]![1]) result += points[i - 1]![1];
  let durationToStart = first[0] - start;
  let durationToEnd = end - last[0];
  const sampledInterval = last[0] - first[0];
  const averageDurationBetweenSamples = sampledInterval / (points.length - 1);
  const extrapolationThreshold = averageDurationBetweenSamples * 1.1;
  if (durationToStart >= extrapolationThreshold) durationToStart = averageDurationBetweenSamples / 2;
  let durationToZero = durationToStart;
  if (result > 0 && first[1] >= 0) durationToZero = sampledInterval * (first[1] / result);
  if (durationToZero < durationToStart) durationToStart = durationToZero;
  if (durationToEnd >= extrapolationThreshold) durationToEnd = averageDurationBetweenSamples / 2;
  return result * ((sampledInterval + durationToStart + durationToEnd) / sampledInterval);
}
