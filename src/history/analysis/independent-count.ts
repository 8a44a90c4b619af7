// How much neighbouring points say that resemble each other.
import { sum } from "simple-statistics";

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
