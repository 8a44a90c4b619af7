// Comparison of a step with the variation of the same length elsewhere in the series.
import { median } from "simple-statistics";

const MIN_WIDTH = 10;
const MAX_SHARE = 1 / 12;
// The median of normally distributed distances, in standard deviations.
const MEDIAN_DISTANCE = 0.6745;

/**
 * The difference of the means on both sides of `at`, in robust standard deviations of the same difference at all other
 * places. Slow waves have such differences everywhere, a step has not.
 */
export function contrastOf(values: Float64Array, start: number, at: number, end: number): number {
  const width = Math.min(at - start, end - at, Math.max(MIN_WIDTH, Math.round(MAX_SHARE * values.length)));
  const sums = new Float64Array(values.length + 1);
  for (const [i, value] of values.entries()) sums[i + 1] = sums[i]! + value;
  const differenceAt = (i: number): number =>
    Math.abs(sums[i + width]! - 2 * sums[i]! + sums[i - width]!) / width;
  const others: number[] = [];
  for (let i = width; i <= values.length - width; i++)
    if (Math.abs(i - at) >= width) others.push(differenceAt(i));
  if (others.length < width) return 0;
  return (MEDIAN_DISTANCE * differenceAt(at)) / median(others);
}
