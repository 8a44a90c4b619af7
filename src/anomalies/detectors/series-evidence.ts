import { isRounding } from "../../history/analysis/rounding.ts";
import { evidenceOf, clipped, GAUGE_CELLS, resetGauge } from "./gauge.ts";
import { CELL, GAUGED, type Layout, layoutOf, STATE_VERSION } from "./layout.ts";
import type { Parameters } from "./parameters.ts";
import { evidenceOfRun } from "./repetition.ts";
import { hourlyMean, learnSeason, SMALL_CELLS, weeklyDeviation } from "./season.ts";
import { evidenceOfGap } from "./timing.ts";
import { meanOf, meanSizeOf } from "./windows.ts";

/** Detectors in the order of `EVIDENCE`. */
export const DETECTORS: readonly [...typeof GAUGED, "flat", "missing"] = [...GAUGED, "flat", "missing"];

/** Evidence of each detector at the point pushed last, whichever series it belongs to: shared, to save memory. */
export const EVIDENCE: Float64Array = new Float64Array(DETECTORS.length);

const FLAT = DETECTORS.indexOf("flat");
const MISSING = DETECTORS.indexOf("missing");
// Squares of larger numbers, summed over a window, would be infinite.
const MOST = 1e150;
const LEVEL_WEIGHT = 0.05;
const ERROR_POINTS = 2_000;
// The week is used if it lowers the mean square error by a tenth.
const WEEK_GAIN = 0.9;
// Interval at which the evidence of a value counts up to the parameter `tailLimit`. With longer intervals it counts further:
// among fewer points a larger distance is rarer.
const LIMIT_SECONDS = 60;

/** Everything that is known of a series, in constant memory. */
export class SeriesEvidence {
  readonly parameters: Parameters;
  readonly layout: Layout;
  readonly cells: Float64Array;
  /** Forecast of the point pushed last, made before its value was known, and the mean square of its error. */
  forecast = 0;
  forecastError = 0;
  readonly #small: Float32Array;
  #isResumed: boolean;

  /** @param memory cells of an earlier series, of the same layout */
  constructor(parameters: Parameters, layout: Layout = layoutOf(parameters), memory?: ArrayBuffer) {
    this.parameters = parameters;
    this.layout = layout;
    const buffer = memory ?? new ArrayBuffer(layout.bytes);
    this.cells = new Float64Array(buffer, 0, layout.cells);
    this.#small = new Float32Array(buffer, 8 * layout.cells, SMALL_CELLS);
    this.#isResumed = memory !== undefined;
    if (memory !== undefined) return;
    this.cells[CELL.version] = STATE_VERSION;
    for (let i = 0; i < GAUGED.length; i++) resetGauge(this.cells, this.#gaugeAt(i), parameters);
  }

  /** Enough points for a verdict. */
  get isWarm(): boolean {
    return this.cells[CELL.points]! > this.parameters.warmUpPoints;
  }

  /** Adds a point with finite numbers and returns the sum of the evidence, whose parts are in `EVIDENCE`. */
  push(time: number, given: number): number {
    const { cells } = this;
    const points = cells[CELL.points]!;
    const last = cells[CELL.lastValue]!;
    const bounded = Math.max(-MOST, Math.min(MOST, given));
    const value = points > 0 && isRounding(bounded, last) ? last : bounded;
    if (points === 0) this.#begin(time, value);
    // A restart is not a gap in the series.
    const missing =
      points === 0 || this.#isResumed ? 0 : evidenceOfGap(cells, time - cells[CELL.lastTime]!, points);
    this.#isResumed = false;
    const flat = points === 0 ? 0 : evidenceOfRun(cells, value, points);
    this.#learn(time, value, points);
    this.#compare(points);
    EVIDENCE[FLAT] = flat;
    EVIDENCE[MISSING] = missing;
    cells[CELL.lastTime] = time;
    cells[CELL.lastValue] = value;
    cells[CELL.points] = points + 1;
    return sumOfEvidence();
  }

  #begin(time: number, value: number): void {
    this.cells[CELL.firstTime] = time;
    this.cells[CELL.level] = value;
  }

  #learn(time: number, value: number, points: number): void {
    const { cells, layout, parameters } = this;
    const level = cells[CELL.level]!;
    const hourly = hourlyMean(cells, layout.hoursAt, this.#small, time, level);
    const weekly = hourly + weeklyDeviation(this.#small, time, time - cells[CELL.firstTime]!);
    const hasWeek = cells[CELL.weekError]! < WEEK_GAIN * cells[CELL.hourError]!;
    const expected = hasWeek ? weekly : hourly;
    const seasonCell = hasWeek ? CELL.weekError : CELL.hourError;
    const cell = cells[seasonCell]! <= cells[CELL.levelError]! ? seasonCell : CELL.levelError;
    this.forecast = cell === CELL.levelError ? level : expected;
    this.forecastError = cells[cell]!;
    const hourlyError = this.#learnError(CELL.hourError, value - hourly, points);
    const levelError = this.#learnError(CELL.levelError, value - level, points);
    this.#learnError(CELL.weekError, value - weekly, points);
    cells[CELL.level] = level + Math.max(LEVEL_WEIGHT, 1 / (points + 1)) * levelError;
    learnSeason(
      cells,
      layout.hoursAt,
      this.#small,
      time,
      cells[CELL.interval]!,
      value,
      hourlyError,
      parameters,
    );
    cells[layout.values.at + (points % layout.values.capacity)] = value;
    cells[layout.residuals.at + (points % layout.residuals.capacity)] = value - expected;
  }

  #learnError(cell: number, error: number, points: number): number {
    const { cells, parameters } = this;
    const square = cells[cell]!;
    const limited =
      points > parameters.warmUpPoints ? clipped(error, square, parameters.clipDeviations) : error;
    cells[cell] = square + (limited * limited - square) / Math.min(points + 1, ERROR_POINTS);
    return limited;
  }

  // One gauge per detector, in the order of `GAUGED`.
  #compare(points: number): void {
    const { cells, layout, parameters } = this;
    const { values, residuals } = layout;
    const count = points + 1 - values.capacity;
    if (count < 0) {
      EVIDENCE.fill(0);
      return;
    }
    const last = points % values.capacity;
    const lastResidual = points % residuals.capacity;
    const { forecastWindow, seasonWindow, levelWindow } = parameters;
    const most = parameters.tailLimit * Math.max(1, cells[CELL.interval]! / LIMIT_SECONDS);
    this.#weigh(0, meanSizeOf(cells, residuals, lastResidual, forecastWindow), count, false, most);
    this.#weigh(1, meanOf(cells, residuals, lastResidual, seasonWindow), count, true, most);
    this.#weigh(2, meanOf(cells, values, last, levelWindow), count, true, most);
  }

  #weigh(i: number, statistic: number, count: number, twoSided: boolean, mostEnergy: number): void {
    const { cells, parameters } = this;
    EVIDENCE[i] = evidenceOf(cells, this.#gaugeAt(i), statistic, count, twoSided, mostEnergy, parameters);
  }

  #gaugeAt(i: number): number {
    return this.layout.gaugesAt + i * GAUGE_CELLS;
  }
}

function sumOfEvidence(): number {
  let sum = 0;
  for (let i = 0; i < EVIDENCE.length; i++) sum += EVIDENCE[i]!;
  // A damaged state may hold anything.
  return Number.isFinite(sum) ? sum : 0;
}
