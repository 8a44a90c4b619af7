import { countedSince, isBeginning } from "../from-zero.ts";
import type { FloatWindow } from "./float-window.ts";

/** Samples of a window: the first value, the times in Unix milliseconds, the number of samples. */
interface Seen {
  readonly firstValue: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly count: number;
  /** Time from which the series is known to be counted. */
  readonly since?: number | undefined;
}

/** Divisor of a change in seconds; `counted`: the part of the window in which the series is counted. */
type Divisor = number | "counted";

/**
 * `increase` of a counter, `delta` of a gauge: the change, extrapolated to the bounds of the window. Divided by `divisor`,
 * in the order in which Prometheus rounds.
 */
export function extrapolatedChange(window: FloatWindow, isCounter: boolean, divisor: Divisor = 1): number {
  const { times, values, first, end } = window;
  const last = end - 1;
  const firstValue = values[first]!;
  const change = values[last]! - firstValue;
  const seen = { firstValue, firstTime: times[first]!, lastTime: times[last]!, count: end - first };
  return extrapolated(
    isCounter ? window.correctedForResets(change) : change,
    isCounter,
    divisor === 1 ? seen : { ...seen, ...beginningOf(window) },
    window,
    divisor,
  );
}

// The samples of a beginning: two are counted as one, since no collection is between them.
function beginningOf({ times, values, first, end, rangeStart, rangeEnd }: FloatWindow): Partial<Seen> {
  if (!isBeginning(values[first])) return {};
  const count = end - first - (isBeginning(values[first + 1]) ? 1 : 0);
  const since = first > 0 && isBeginning(values[first - 1]) ? rangeStart : times[first]!;
  return { count, since: countedSince(since, count === 2, { rangeStart, rangeEnd }) };
}

/** Extrapolates a change, which has been corrected for resets, to the bounds of the window. */
export function extrapolated(
  change: number,
  isCounter: boolean,
  { firstValue, firstTime, lastTime, count, since }: Seen,
  { rangeStart, rangeEnd }: Pick<FloatWindow, "rangeStart" | "rangeEnd">,
  divisor: Divisor,
): number {
  const sampledSeconds = (lastTime - firstTime) / 1_000;
  const averageSeconds = sampledSeconds / (count - 1);
  // A series that begins or ends further away from a bound probably began or ended within the window.
  const threshold = averageSeconds * 1.1;
  let toStart = (firstTime - rangeStart) / 1_000;
  let toEnd = (rangeEnd - lastTime) / 1_000;
  const isLate = toStart >= threshold;
  if (isLate) toStart = averageSeconds / 2;
  // A counter does not start below 0.
  if (isCounter && change > 0 && firstValue >= 0)
    toStart = Math.min(toStart, sampledSeconds * (firstValue / change));
  if (toEnd >= threshold) toEnd = averageSeconds / 2;
  const counted = since ?? (isLate ? firstTime - toStart * 1_000 : rangeStart);
  const perSeconds = typeof divisor === "number" ? divisor : (rangeEnd - counted) / 1_000;
  return change * ((sampledSeconds + toStart + toEnd) / sampledSeconds / perSeconds);
}

/** `rate`: per second. In charts of the product, the time before a series began does not count. */
export function rate(window: FloatWindow): number {
  const { rangeStart, rangeEnd, isFromZero } = window;
  return extrapolatedChange(window, true, isFromZero ? "counted" : (rangeEnd - rangeStart) / 1_000);
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
