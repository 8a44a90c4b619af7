// Test whether a series has a step at a place, beyond a straight line.
import { studentTTail } from "./fitted-line.ts";

// Lags at which autocorrelation is estimated.
const LAGS = [1, 2, 4, 8];
// A smaller variance is a rounding error, since the values are shares of ranks.
const ROUNDING = 1e-20;

/**
 * The probability that values without a step, but with autocorrelation and a trend, have such a step at `at`, which is
 * within `start` and `end`. The alternative is a line with a step.
 */
export function stepTest(values: Float64Array, start: number, at: number, end: number): number {
  const count = end - start;
  const [before, after] = [at - start, end - at];
  // Regression on the line and the step, by the deviations within both parts.
  let [timeSquares, products] = [0, 0];
  const parts = [
    { from: start, to: at },
    { from: at, to: end },
  ].map(({ from, to }) => {
    const middle = (from + to - 1) / 2;
    let mean = 0;
    for (let i = from; i < to; i++) mean += values[i]! / (to - from);
    for (let i = from; i < to; i++) {
      timeSquares += (i - middle) ** 2;
      products += (i - middle) * (values[i]! - mean);
    }
    return { from, to, middle, mean };
  });
  const slope = products / timeSquares;
  const [first, second] = [parts[0]!, parts[1]!];
  const apart = second.middle - first.middle;
  const step = second.mean - first.mean - slope * apart;
  const residuals = new Float64Array(count);
  for (const { from, to, middle, mean } of parts)
    for (let i = from; i < to; i++) residuals[i - start] = values[i]! - mean - slope * (i - middle);
  const factor = 1 / before + 1 / after + (apart * apart) / timeSquares;
  const { longRunVariance, independent } = longRun(residuals, before);
  if (longRunVariance < ROUNDING) return Math.abs(step) > Math.sqrt(ROUNDING) ? 0 : 1;
  const degrees = independent - 3;
  if (!(degrees > 0)) return 1;
  return studentTTail(Math.abs(step) / Math.sqrt(longRunVariance * factor), degrees);
}

interface LongRun {
  /** Variance of a mean of many values, times their number. */
  readonly longRunVariance: number;
  /** Number of independent values with the same information. */
  readonly independent: number;
}

// As of an autoregressive process of order 1, by the lag at which it is most persistent. Pairs across the border are left
// out.
function longRun(residuals: Float64Array, border: number): LongRun {
  const count = residuals.length;
  let variance = 0;
  for (const residual of residuals) variance += residual * residual;
  variance /= Math.max(count - 3, 1);
  let likeness = 0;
  for (const lag of LAGS) {
    if (lag * 6 > count) break;
    let [product, pairs] = [0, 0];
    for (let i = lag; i < count; i++) {
      if (i >= border && i - lag < border) continue;
      product += residuals[i]! * residuals[i - lag]!;
      pairs++;
    }
    // Residuals of a fit are less alike than the values: Kendall's correction for the bias.
    const correlation = product / pairs / variance;
    const corrected = Math.min(correlation + (1 + 3 * Math.max(correlation, 0)) / (count / 2), 0.99);
    const isClear = lag === 1 || correlation > 1.3 / Math.sqrt(pairs);
    if (isClear && corrected > 0) likeness = Math.max(likeness, corrected ** (1 / lag));
  }
  const inflation = (1 + likeness) / (1 - likeness);
  return { longRunVariance: variance * inflation, independent: count / inflation };
}
