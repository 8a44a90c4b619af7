import { isBeginning } from "../from-zero.ts";
import type { FloatWindow } from "./float-window.ts";

/** Samples of a window: the first value, the times in Unix milliseconds, the number of samples. */
interface Seen {
  readonly firstValue: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly count: number;
  /** Whether the first one is a 0 with which the series began: it would have been 0 before. */
  readonly isBegun: boolean;
}

/**
 * `increase` of a counter, `delta` of a gauge: the change, extrapolated to the bounds of the window unless it is exact.
 * Divided by `divisor` in seconds, in the order in which Prometheus rounds.
 */
export function extrapolatedChange(window: FloatWindow, isCounter: boolean, divisor = 1): number {
  const { times, values, first, end, isFromZero } = window;
  const last = end - 1;
  const firstValue = values[first]!;
  const difference = values[last]! - firstValue;
  const change = isCounter ? window.correctedForResets(difference) : difference;
  if (window.isExact) return change / divisor;
  return extrapolated(
    change,
    isCounter,
    {
      firstValue,
      firstTime: times[first]!,
      lastTime: times[last]!,
      count: end - first,
      isBegun: isFromZero && isBeginning(firstValue),
    },
    window,
    divisor,
  );
}

/**
 * Extrapolates a change, which has been corrected for resets, to the bounds of the window. With `scaled` 1, the result is the
 * factor for all parts of a change.
 */
export function extrapolated(
  change: number,
  isCounter: boolean,
  { firstValue, firstTime, lastTime, count, isBegun }: Seen,
  { rangeStart, rangeEnd }: Pick<FloatWindow, "rangeStart" | "rangeEnd">,
  divisor: number,
  scaled: number = change,
): number {
  const averageSeconds = (lastTime - firstTime) / 1_000 / (count - 1);
  const sampledSeconds = (lastTime - (isBegun ? Math.min(rangeStart, firstTime) : firstTime)) / 1_000;
  // A series that begins or ends further away from a bound probably began or ended within the window.
  const threshold = averageSeconds * 1.1;
  let toStart = isBegun ? 0 : (firstTime - rangeStart) / 1_000;
  let toEnd = (rangeEnd - lastTime) / 1_000;
  if (toStart >= threshold) toStart = averageSeconds / 2;
  // A counter does not start below 0.
  if (isCounter && change > 0 && firstValue >= 0)
    toStart = Math.min(toStart, sampledSeconds * (firstValue / change));
  if (toEnd >= threshold) toEnd = isBegun ? 0 : averageSeconds / 2;
  return scaled * ((sampledSeconds + toStart + toEnd) / sampledSeconds / divisor);
}

/** `rate`: per second. */
export function rate(window: FloatWindow): number {
  return extrapolatedChange(window, true, (window.rangeEnd - window.rangeStart) / 1_000);
}

/** `irate`: between the last two samples, per second. */
export function instantRate({ times, values, end }: FloatWindow): number {
  const [before, last] = [values[end - 2]!, values[end - 1]!];
  // After a reset, the counter started at 0.
  return (last < before ? last : last - before) / ((times[end - 1]! - times[end - 2]!) / 1_000);
}

/** `idelta`: between the last two samples. */
export function instantDelta({ values, end }: FloatWindow): number {
  return values[end - 1]! - values[end - 2]!;
}
