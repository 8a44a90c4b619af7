// Student's t distribution, which simple-statistics lacks.
import { gammaln } from "simple-statistics";

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
