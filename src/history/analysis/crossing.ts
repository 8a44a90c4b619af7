// When a line reaches a value.
import { errorsWithin, type FittedLine, slopeError, valueAt } from "./fitted-line.ts";

/** The time at which a line reaches a value, and between which times it does with some confidence; seconds since the epoch. */
export interface Crossing {
  /** Undefined where the line goes another way. */
  readonly at: number | undefined;
  /** Undefined where not even the steepest line that the points allow reaches it. */
  readonly earliest: number | undefined;
  /** Undefined where the points allow a line that never reaches it. */
  readonly latest: number | undefined;
}

/**
 * When the line reaches `threshold` after `now`: the times are those at which the line's own confidence limits do, by
 * Fieller's theorem. The three are `now` where it has been reached before.
 *
 * @see Draper and Smith, "Applied Regression Analysis", section "Inverse regression"
 */
export function crossingOf(line: FittedLine, threshold: number, now: number, confidence: number): Crossing {
  const above = threshold - line.meanValue;
  const width = errorsWithin(line, confidence) ** 2;
  const slopeWidth = width * slopeError(line) ** 2;
  const meanWidth = (width * line.residualVariance) / line.count;
  // The limits of the line are at the threshold where a·u² + 2·b·u + c = 0, u seconds after the middle of the points.
  const [a, b, c] = [line.slope ** 2 - slopeWidth, -line.slope * above, above ** 2 - meanWidth];
  const limits = rootsOf(a, b, c).map((u) => line.meanTime + u);
  // Clearly no flat line: between its limits lies all that is probable, before `now` included.
  const [earliest, latest] = a > 0 ? limits : openInterval(line, threshold, now, limits, c);
  const at = line.slope === 0 ? undefined : line.meanTime + above / line.slope;
  return later({ at, earliest, latest }, line, threshold, now);
}

function rootsOf(a: number, b: number, c: number): number[] {
  const discriminant = b * b - a * c;
  if (discriminant < 0 || a === 0) return a === 0 && b !== 0 ? [-c / (2 * b)] : [];
  // The larger one first, of which the other follows without a difference of nearly equal numbers.
  const sum = -b - (b < 0 ? -1 : 1) * Math.sqrt(discriminant);
  const roots = sum === 0 ? [0] : [sum / a, c / sum];
  return roots.toSorted((one, other) => one - other);
}

// A line that may be flat, or go the other way: it may reach the threshold at any time after the first limit.
function openInterval(
  line: FittedLine,
  threshold: number,
  now: number,
  limits: readonly number[],
  c: number,
): [number | undefined, undefined] {
  if (c <= 0 || limits.length === 0) return [now, undefined];
  return [limits.find((limit) => limit > line.meanTime) ?? (valueAt(line, now) === threshold ? now : undefined), undefined];
}
