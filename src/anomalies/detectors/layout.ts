import { GAUGE_CELLS } from "./gauge.ts";
import type { Parameters } from "./parameters.ts";
import { HOUR_CELLS, SMALL_CELLS } from "./season.ts";
import type { Ring } from "./windows.ts";

/** Version of the layout. A state of another version is not read. */
export const STATE_VERSION = 3;

/** Cells with one number each, at the begin of a series' memory. */
export const CELL = {
  version: 0,
  points: 1,
  firstTime: 2,
  lastTime: 3,
  lastValue: 4,
  level: 5,
  /** Mean squares of the errors of the forecasts: hour of the day, the same with the week, smoothed level. */
  hourError: 6,
  weekError: 17,
  levelError: 7,
  /** Timing: mean interval in seconds, its mean relative deviation, longest gap in intervals. */
  interval: 8,
  jitter: 9,
  longestGap: 10,
  /** Equal neighbours: length of the current run, of the longest run, share of points equal to the one before. */
  run: 11,
  longestRun: 12,
  repeatShare: 13,
  /** Repeated points of ended runs, and those of them that followed another repeated point. */
  repeats: 18,
  repeatsInRow: 19,
  /** Episodes, all decayed: their number, the sum of their excess, and the days in which they were seen. */
  episodes: 14,
  excess: 15,
  observedDays: 16,
  /** The current episode: its excess, its last point with high evidence or 0, its begin, and whether it had an alarm. */
  peak: 20,
  lastHighPoint: 21,
  episodeBegan: 22,
  hasAlarm: 23,
} as const;

const GAUGES_AT = 24;

/** Detectors with a gauge, in the order of their gauges. */
export const GAUGED = ["forecast", "season", "level"] as const;

/** Positions in the memory of a series: one buffer, 64-bit cells first, 32-bit cells behind them. */
export interface Layout {
  readonly gaugesAt: number;
  readonly hoursAt: number;
  readonly values: Ring;
  readonly residuals: Ring;
  readonly cells: number;
  readonly bytes: number;
}

/** Returns the layout for a set of parameters. */
export function layoutOf(parameters: Parameters): Layout {
  const { seasonWindow, forecastWindow, levelWindow } = parameters;
  const hoursAt = GAUGES_AT + GAUGED.length * GAUGE_CELLS;
  const values = { at: hoursAt + HOUR_CELLS, capacity: levelWindow };
  const residuals = { at: values.at + values.capacity, capacity: Math.max(seasonWindow, forecastWindow) };
  const cells = residuals.at + residuals.capacity;
  return { gaugesAt: GAUGES_AT, hoursAt, values, residuals, cells, bytes: 8 * cells + 4 * SMALL_CELLS };
}
