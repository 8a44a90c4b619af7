// When a line reaches a value.
import { errorsWithin, type FittedLine, slopeError, valueAt } from "./fitted-line.ts";

/** When a line reaches a value, in seconds since the epoch. */
export interface Crossing {
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
