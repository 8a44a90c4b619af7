// A series as one value for each cell of a grid of time: the mean of a gauge, the rate of a counter.
import type { Points } from "./points.ts";

/** Cells of equal length. */
export interface Cells {
  /** Start of the first cell, in Unix milliseconds. */
  readonly startMillis: number;
  readonly cellMillis: number;
  readonly cells: number;
}

/** A baseline, and after it a window. */
export interface Grid extends Cells {
  /** Number of cells of the window, the last ones. */
  readonly windowCells: number;
}

/** Means of a gauge. Cells without a sample are NaN. */
export function gaugeColumn({ times, values }: Points, grid: Cells): Float64Array {
  const column = new Float64Array(grid.cells);
  const counts = new Uint16Array(grid.cells);
  for (let i = 0; i < times.length; i++) {
    const cell = cellOf(times[i]!, grid);
    if (cell < 0 || cell >= grid.cells) continue;
    // A running mean cannot overflow.
    const count = ++counts[cell]!;
    column[cell] = column[cell]! + (values[i]! / count - column[cell]! / count);
  }
  for (let cell = 0; cell < grid.cells; cell++) if (counts[cell] === 0) column[cell] = Number.NaN;
  return column;
}

/** Means of a gauge whose values each hold since the sample before, so that they compare with rates of the same cells. */
export function heldColumn({ times, values }: Points, cells: Cells): Float64Array {
  const spread = new Spread(cells);
  for (let i = 1; i < times.length; i++)
    spread.add(times[i - 1]!, times[i]!, values[i]! * ((times[i]! - times[i - 1]!) / 1_000));
  return spread.perSecond();
}

/**
 * Rates of a counter per second. A value below the one before is a reset, after which the counter began at 0. Between two
 * samples the rate is constant. Cells before the first or after the last sample are NaN.
 *
 * @param isNew whether the counter was 0 before its first sample, since its source was there without it.
 */
export function rateColumn({ times, values }: Points, cells: Cells, isNew: boolean): Float64Array {
  const spread = new Spread(cells);
  const [first] = times;
  if (isNew && first !== undefined) {
    const before = first - cells.cellMillis;
    if (before > cells.startMillis) spread.add(cells.startMillis, before, 0);
    spread.add(before, first, values[0]!);
  }
  for (let i = 1; i < times.length; i++) {
    const increase = values[i]! - values[i - 1]!;
    spread.add(times[i - 1]!, times[i]!, increase >= 0 ? increase : values[i]!);
  }
  return spread.perSecond();
}

/** Amounts that come evenly between two times, by cell. */
class Spread {
  readonly #cells: Cells;
  readonly #amounts: Float64Array;
  readonly #coveredMillis: Float64Array;

  constructor(cells: Cells) {
    this.#cells = cells;
    this.#amounts = new Float64Array(cells.cells);
    this.#coveredMillis = new Float64Array(cells.cells);
  }

  add(from: number, to: number, amount: number): void {
    const { startMillis, cellMillis, cells } = this.#cells;
    const last = Math.min(cellOf(to, this.#cells), cells - 1);
    for (let cell = Math.max(cellOf(from, this.#cells), 0); cell <= last; cell++) {
      const start = startMillis + cell * cellMillis;
      const overlap = Math.min(to, start + cellMillis) - Math.max(from, start);
      this.#amounts[cell]! += amount * (overlap / (to - from));
      this.#coveredMillis[cell]! += overlap;
    }
  }

  /** NaN for a cell that is covered by less than half. */
  perSecond(): Float64Array {
    const [covered, enough] = [this.#coveredMillis, this.#cells.cellMillis / 2];
    return this.#amounts.map((each, cell) =>
      covered[cell]! >= enough ? each / (covered[cell]! / 1_000) : Number.NaN,
    );
  }
}

/** The quotient of two columns: NaN if the second one is not above 0. */
export function ratioColumn(numerator: Float64Array, denominator: Float64Array): Float64Array {
  return numerator.map((value, cell) => (denominator[cell]! > 0 ? value / denominator[cell]! : Number.NaN));
}

/** A column without gaps. */
export interface WholeColumn {
  readonly values: Float64Array;
  /** Cell of the grid of the first value. */
  readonly firstCell: number;
  /** Number of values in the window. */
  readonly windowCells: number;
}

const MIN_WINDOW_VALUES = 4;
const MIN_BASELINE_VALUES = 8;

/**
 * Fills the gaps of a column with the value before; its start and end stay cut off. Returns `undefined` if the values end in
 * the first half of the window, or reach less than two windows back, or are too few.
 */
export function wholeColumn(column: Float64Array, { cells, windowCells }: Grid): WholeColumn | undefined {
  const start = cells - windowCells;
  let [first, last, before, within] = [-1, -1, 0, 0];
  for (let cell = 0; cell < cells; cell++) {
    if (Number.isNaN(column[cell]!)) continue;
    if (first < 0) first = cell;
    last = cell;
    if (cell < start) before++;
    else within++;
  }
  if (first < 0 || first > start - 2 * windowCells || last < start + windowCells / 2) return undefined;
  if (within < MIN_WINDOW_VALUES || before < MIN_BASELINE_VALUES) return undefined;
  const values = column.slice(first, last + 1);
  for (let i = 1; i < values.length; i++) if (Number.isNaN(values[i]!)) values[i] = values[i - 1]!;
  return { values, firstCell: first, windowCells: last + 1 - start };
}

function cellOf(timeMillis: number, { startMillis, cellMillis }: Cells): number {
  return Math.floor((timeMillis - startMillis) / cellMillis);
}
