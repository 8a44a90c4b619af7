// The straight line through the points of a series, and how sure it is.
import { linearRegression, mean, sum } from "simple-statistics";
import type { Point } from "../question.ts";
import { studentTQuantile } from "./student-t.ts";

/**
 * A line by least squares.
 *
 * Neighbouring points of a series resemble each other, so they tell less than as many independent ones would.
 */
export interface FittedLine {
  /** Change of the value a second. */
  readonly slope: number;
  /** In the middle of the times the line goes through the mean of the values. */
  readonly meanTime: number;
  readonly meanValue: number;
  /** How many points, and how many independent ones they are worth. */
  readonly count: number;
  readonly effectiveCount: number;
  /** Squares of the times' distances from their mean, added up. */
  readonly timeSquares: number;
  /** What the points depart from the line by, as a variance; what it lost by resembling neighbours is added. */
  readonly residualVariance: number;
}

/** The line; undefined where there are fewer than three points, or all of one time. */
export function fittedLine(points: readonly Point[]): FittedLine | undefined {
  if (points.length < 3) return undefined;
  const meanTime = mean(points.map(([time]) => time));
  const meanValue = mean(points.map(([, value]) => value));
  // Times since the epoch have few digits left for their differences.
  const centred = points.map(([time, value]) => [time - meanTime, value - meanValue]);
  const timeSquares = sum(centred.map(([time = 0]) => time * time));
  if (!(timeSquares > 0)) return undefined;
  const { m: slope } = linearRegression(centred);
  const residuals = centred.map(([time = 0, value = 0]) => value - slope * time);
  const squares = sum(residuals.map((residual) => residual * residual));
  const effectiveCount = independentCount(residuals);
  return {
    slope,
    meanTime,
    meanValue,
    count: points.length,
    effectiveCount,
    timeSquares,
    residualVariance: squares / (effectiveCount - 2),
  };
}

/** The value of the line at a time. */
export function valueAt({ meanTime, meanValue, slope }: FittedLine, time: number): number {
  return meanValue + slope * (time - meanTime);
}

/** The standard error of the slope. */
export function slopeError({ residualVariance, timeSquares }: FittedLine): number {
  return Math.sqrt(residualVariance / timeSquares);
}

/** How many standard errors the truth is away at most, with probability `confidence`. */
export function errorsWithin({ effectiveCount }: FittedLine, confidence: number): number {
  return studentTQuantile(confidence, effectiveCount - 2);
}

// As many as a line takes.
const LEAST = 3;

/**
 * How many independent points those of a series are worth, by the correlation of neighbours: `deviations` are what the
 * points depart by from what is expected of them. Neighbours that differ more than others would be worth more: that is not
 * believed.
 *
 * @see Santer et al., "Statistical significance of trends and trend differences in layer-average atmospheric temperature
 * time series", Journal of Geophysical Research 105 (2000), section 4.2
 */
export function independentCount(deviations: readonly number[]): number {
  const count = deviations.length;
  const squares = sum(deviations.map((deviation) => deviation * deviation));
  if (!(squares > 0)) return count;
  const correlation = sum(deviations.slice(1).map((deviation, i) => deviation * deviations[i]!)) / squares;
  const likeness = Math.max(correlation, 0);
  return Math.max((count * (1 - likeness)) / (1 + likeness), Math.min(LEAST, count));
}
