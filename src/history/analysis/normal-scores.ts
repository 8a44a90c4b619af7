// Ranks of values on the scale of the normal distribution.

/**
 * Replaces each value by the quantile of the normal distribution at its rank. Outliers, heavy tails and the unit no longer
 * matter. Equal values have equal scores. Values must not be NaN.
 */
export function normalScores(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  const order = Array.from(values.keys()).toSorted((one, other) => values[one]! - values[other]!);
  const scores = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    for (end = start + 1; end < order.length && sorted[end] === sorted[start];) end++;
    const score = (start + end) / order.length - 1;
    for (let i = start; i < end; i++) scores[order[i]!] = score;
  }
  return scores;
}
