// Whether two shares differ by more than chance.

/** So many of so many. */
export interface Share {
  readonly count: number;
  readonly total: number;
}

/**
 * How probable it is that two shares differ as they do, or more, in either direction, if there is no difference: the
 * two-sided p-value of the two-proportion z-test with a pooled share, without a correction for continuity. 1 where both
 * are none, or all. Exact to nine digits; the test itself is rough where a count is below five.
 */
export function pValueOfDifference(one: Share, other: Share): number {
  const pooled = (one.count + other.count) / (one.total + other.total);
  const variance = pooled * (1 - pooled) * (1 / one.total + 1 / other.total);
  if (!(variance > 0)) return 1;
  const z = (one.count / one.total - other.count / other.total) / Math.sqrt(variance);
  return complementaryErrorFunction(Math.abs(z) / Math.SQRT2);
}

// Abramowitz and Stegun, Handbook of Mathematical Functions: series 7.1.6, continued fraction 7.1.14.
function complementaryErrorFunction(x: number): number {
  const bell = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 3) {
    let term = x;
    let sum = 0;
    for (let n = 1; term > 1e-17; n++) {
      sum += term;
      term *= (2 * x * x) / (2 * n + 1);
    }
    return 1 - 2 * bell * sum;
  }
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / 2 / fraction;
  return bell / fraction;
}
