// A straight line through the points of a series, with its uncertainty.
import { gammaln, linearRegression, mean, sum } from "simple-statistics";
import type { Point } from "../question.ts";

/** A line by least squares. Its errors allow for autocorrelation. */
export interface FittedLine {
  readonly slope: number;
  /** The line passes through the means of times and values. */
  readonly meanTime: number;
  readonly meanValue: number;
  /** Number of points, and of independent points with the same information. */
  readonly count: number;
  readonly effectiveCount: number;
  /** Sum of the squared distances of the times from their mean. */
  readonly timeSquares: number;
  /** Variance of the points around the line, for the number of independent points. */
  readonly residualVariance: number;
}

/** `undefined` for fewer than three points, or if all times are equal. */
export function fittedLine(points: readonly Point[]): FittedLine | undefined {
  if (points.length < 3) return undefined;
  const meanTime = mean(points.map(([time]) => time));
  const first = points[0]![1];
  // The mean of equal values is this value.
  const meanValue = first + mean(points.map(([, value]) => value - first));
  // Centred, because times since the epoch would lose digits.
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

export function valueAt({ meanTime, meanValue, slope }: FittedLine, time: number): number {
  return meanValue + slope * (time - meanTime);
}

export function slopeError({ residualVariance, timeSquares }: FittedLine): number {
  return Math.sqrt(residualVariance / timeSquares);
}

/** Confidence limits of the line, in standard errors. */
export function errorsWithin({ effectiveCount }: FittedLine, confidence: number): number {
  return studentTQuantile(confidence, effectiveCount - 2);
}

// The minimum number of points of a line.
const LEAST = 3;

/**
 * Number of independent points with the same information, from the correlation of neighbours: Santer et al. (2000), J.
 * Geophys. Res. 105.
 */
export function independentCount(deviations: readonly number[]): number {
  const count = deviations.length;
  const squares = sum(deviations.map((deviation) => deviation * deviation));
  if (!(squares > 0)) return count;
  const correlation = sum(deviations.slice(1).map((deviation, i) => deviation * deviations[i]!)) / squares;
  const likeness = Math.max(correlation, 0);
  return Math.max((count * (1 - likeness)) / (1 + likeness), Math.min(LEAST, count));
}

interface Crossing {
  /** `undefined` if the line does not reach the threshold. */
  readonly at: number | undefined;
  /** `undefined` if no line within the limits reaches the threshold. */
  readonly earliest: number | undefined;
  /** `undefined` if a line within the limits never reaches the threshold. */
  readonly latest: number | undefined;
}

/** When the line reaches `threshold` after `now`, with limits by Fieller's theorem (Draper and Smith). */
export function crossingOf(line: FittedLine, threshold: number, now: number, confidence: number): Crossing {
  // A threshold below the line is mirrored.
  const sign = valueAt(line, now) > threshold ? -1 : 1;
  const slope = sign * line.slope;
  const above = sign * (threshold - line.meanValue);
  const width = errorsWithin(line, confidence) ** 2;
  const slopeWidth = width * slopeError(line) ** 2;
  const meanWidth = (width * line.residualVariance) / line.count;
  // The limits reach the threshold at u seconds after the mean time, with a·u² - 2·b·u + c = 0.
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

// Avoids the difference of nearly equal numbers.
function rootsOf(a: number, b: number, c: number): number[] {
  const discriminant = Math.max(b * b - a * c, 0);
  const larger = b + (b < 0 ? -1 : 1) * Math.sqrt(discriminant);
  return [larger / a, c / larger].filter((root) => Number.isFinite(root));
}

/** Two-sided quantile of Student's t: 2.228 for 0.95 and 10 degrees of freedom, which may be fractional. */
export function studentTQuantile(confidence: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = 1;
  while (probabilityWithin(high, degreesOfFreedom) < confidence && high < 1e15) high *= 2;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    // The bounds are neighbouring doubles.
    if (middle === low || middle === high) break;
    if (probabilityWithin(middle, degreesOfFreedom) < confidence) low = middle;
    else high = middle;
  }
  return high;
}

function probabilityWithin(t: number, degreesOfFreedom: number): number {
  return 1 - studentTTail(t, degreesOfFreedom);
}

/** Two-sided tail probability of Student's t: 0.05 for 2.228 and 10 degrees of freedom, which may be fractional. */
export function studentTTail(t: number, degreesOfFreedom: number): number {
  return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

// Regularized, by the continued fraction 8.17.22 (and 8.17.4) of the NIST Digital Library of Mathematical Functions.
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront = gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log(1 - x);
  return (Math.exp(logFront) / a) * fraction(x, a, b);
}

// Evaluated from the inside; 200 terms are more than enough.
function fraction(x: number, a: number, b: number): number {
  let value = 1;
  for (let m = 200; m >= 1; m--) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    value = 1 + even / (1 + odd / value);
  }
  return 1 / (1 + (-(a + b) * x) / (a + 1) / value);
}
