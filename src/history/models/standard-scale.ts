// Values in robust standard deviations from their centre.
import { isRounding } from "../analysis/rounding.ts";
import { rounded } from "./projection.ts";

/** Centre and scale of values. */
export interface StandardScale {
  /** The median. */
  readonly centre: number;
  /** Half of the distance between the quantiles 0.16 and 0.84: the standard deviation of normally distributed values. */
  readonly scale: number;
}

// Limit of a scaled value, so that a single outlier does not determine a covariance.
const LIMIT = 8;
const LOW = 0.1587;
// Bounds of usable scales: squares of values do not overflow.
const MIN_SCALE = 1e-300;
const MAX_SCALE = 1e300;

/** `undefined` if all or nearly all values are equal, or too large. NaN are ignored. */
export function standardScaleOf(values: Float64Array): StandardScale | undefined {
  const sorted = values.filter((value) => Number.isFinite(value)).toSorted();
  if (sorted.length === 0) return undefined;
  const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  const centre = quantile(0.5);
  const wide = quantile(1 - LOW) / 2 - quantile(LOW) / 2;
  const scale = wide > 0 ? wide : quantile(0.99) / 2 - quantile(0.01) / 2;
  const isUsable = scale > MIN_SCALE && scale < MAX_SCALE && !isRounding(centre, centre + scale);
  return isUsable ? { centre: rounded(centre), scale: rounded(scale) } : undefined;
}

/** NaN for NaN and infinities. */
export function scaled({ centre, scale }: StandardScale, value: number): number {
  if (!Number.isFinite(value)) return Number.NaN;
  return Math.max(-LIMIT, Math.min(LIMIT, (value - centre) / scale));
}
