// Windows over the samples of series, and the functions that a source may compute over them.

/** Equally spaced windows: `(end - rangeMillis, end]`. Times are in Unix milliseconds. */
export interface Windows {
  readonly firstEnd: number;
  /** From one end to the next; above 0 if there are several windows. */
  readonly apart: number;
  /** At least 1. */
  readonly count: number;
  readonly rangeMillis: number;
}

/** The end of a window. */
export function endOf({ firstEnd, apart }: Windows, index: number): number {
  return firstEnd + index * apart;
}

/** Index of the first window that ends at `time` or later; the number of windows if all end before. */
export function firstEndingFrom({ firstEnd, apart, count }: Windows, time: number): number {
  if (time <= firstEnd) return 0;
  return apart > 0 ? Math.min(Math.ceil((time - firstEnd) / apart), count) : count;
}

/** Index of the first window that starts at `time` or later, so that it does not contain this time. */
export function firstStartingFrom(windows: Windows, time: number): number {
  return firstEndingFrom(windows, time + windows.rangeMillis);
}

/** Whether any window contains a time from `from` to `to`. */
export function touchesWindow(windows: Windows, from: number, to: number): boolean {
  return firstEndingFrom(windows, from) < firstStartingFrom(windows, to);
}

/** Whether any window begins or ends between samples at `from` and `to`. */
export function cutsBetween(windows: Windows, from: number, to: number): boolean {
  return (
    firstEndingFrom(windows, from) < firstEndingFrom(windows, to) ||
    firstStartingFrom(windows, from) < firstStartingFrom(windows, to)
  );
}

/** `selector` is the value of an instant selector: the last sample, unless the series has ended. */
export const WINDOW_FUNCTIONS = [
  "selector",
  "last_over_time",
  "rate",
  "increase",
  "delta",
  "sum_over_time",
  "avg_over_time",
  "min_over_time",
  "max_over_time",
  "count_over_time",
  "present_over_time",
] as const;

/** A function that a source may compute over windows. */
export type WindowFunction = (typeof WINDOW_FUNCTIONS)[number];
