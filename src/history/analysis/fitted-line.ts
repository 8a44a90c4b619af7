// The straight line through the points of a series, and how sure it is.
import { gammaln, linearRegression, mean, sum } from "simple-statistics";
import type { Point } from "../question.ts";

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

/** When a line reaches a value, in seconds since the epoch. */
interface Crossing {
  /** Undefined where the line goes another way. */
  readonly at: number | undefined;
  /** Undefined where not even the steepest line reaches it that the points allow. */
  readonly earliest: number | undefined;
  /** Undefined where the points allow a line that never reaches it. */
  readonly latest: number | undefined;
}

/**
 * When the line reaches `threshold` after `now`, from whichever side of it the line is then. Earliest and latest are the
 * times at which the line's own confidence limits reach it, by Fieller's theorem.
 *
 * @see Draper and Smith, "Applied Regression Analysis", on inverse regression
 */
export function crossingOf(line: FittedLine, threshold: number, now: number, confidence: number): Crossing {
  // As seen from below: a threshold beneath the line is one above the line's mirror image.
  const sign = valueAt(line, now) > threshold ? -1 : 1;
  const slope = sign * line.slope;
  const above = sign * (threshold - line.meanValue);
  const width = errorsWithin(line, confidence) ** 2;
  const slopeWidth = width * slopeError(line) ** 2;
  const meanWidth = (width * line.residualVariance) / line.count;
  // A limit is at the threshold u seconds after the middle of the points where a·u² - 2·b·u + c = 0.
  const a = slope ** 2 - slopeWidth;
  const roots = rootsOf(a, slope * above, above ** 2 - meanWidth);
  const isClear = slope > 0 && a > 0;
  const since = now - line.meanTime;
  const isWithinNow = slope * since + Math.sqrt(meanWidth + slopeWidth * since ** 2) >= above;
  const first = isClear ? Math.min(...roots) : Math.max(...roots);
  const mayReach = slope > 0 || a < 0;
  return {
    at: slope > 0 ? line.meanTime + above / slope : undefined,
    earliest: isWithinNow ? now : mayReach && Number.isFinite(first) ? line.meanTime + first : undefined,
    latest: isClear ? line.meanTime + Math.max(...roots) : undefined,
  };
}

// One of them without a difference of nearly equal numbers, the other from it.
function rootsOf(a: number, b: number, c: number): number[] {
  const discriminant = Math.max(b * b - a * c, 0);
  const sum = b + (b < 0 ? -1 : 1) * Math.sqrt(discriminant);
  return [sum / a, c / sum].filter((root) => Number.isFinite(root));
}

/**
 * The value that a t-distributed number exceeds neither upwards nor downwards with probability `confidence`: 2.228 for
 * 0.95 and 10 degrees of freedom, which need be no whole number.
 */
export function studentTQuantile(confidence: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = 1;
  while (probabilityWithin(high, degreesOfFreedom) < confidence && high < 1e15) high *= 2;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    // No number is left in between.
    if (middle === low || middle === high) break;
    if (probabilityWithin(middle, degreesOfFreedom) < confidence) low = middle;
    else high = middle;
  }
  return high;
}

function probabilityWithin(t: number, degreesOfFreedom: number): number {
  return 1 - incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

// Regularized. Its continued fraction (NIST Digital Library of Mathematical Functions, 8.17.22) converges fast below
// the mean; above it the complement is taken (8.17.4).
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront = gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log(1 - x);
  return (Math.exp(logFront) / a) * fraction(x, a, b);
}

// From the inside outwards; 200 terms are more than any confidence and degrees of freedom that are asked for need.
function fraction(x: number, a: number, b: number): number {
  let value = 1;
  for (let m = 200; m >= 1; m--) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    value = 1 + even / (1 + odd / value);
  }
  return 1 / (1 + (-(a + b) * x) / (a + 1) / value);
}
