// The change of one series in the window: of its level, or of its variation.
import type { Correlated } from "./correlated.ts";
import { withoutRounding } from "../../history/analysis/rounding.ts";
import { type Departure, departureOf } from "./departure.ts";

/** Form of the values of a column. */
export type ColumnKind = "gauge" | "rate";

/** The change of a series. */
export interface Change {
  /** In units of the usual variation. */
  readonly score: number;
  /** The same for a movement that may be over before the window ends. */
  readonly moved: number;
  readonly direction: Correlated["direction"];
  readonly factor: number;
  /** First cell after the change began. */
  readonly onset: number;
}

// Smallest variation of a level, relative to the level: of a usual series, and of one that is nearly constant.
const SMALLEST = 0.002;
const SMALLEST_CONSTANT = 0.08;
const SMALLEST_VARIATION = 0.1;
// The same of a nearly constant count of few things, such as nodes. One of 5 is a change, one of 20 is not.
const SMALLEST_COUNT = 0.025;
const FEW = 20;
// The same of a series that was 0: a lasting beginning, such as that of errors, is certain. It is a change in any case;
// this ranks it before others. At most this share of its values may be others.
const SMALLEST_ZERO = 0.025;
const BESIDE_ZERO = 0.05;
// Shares are given as parts or in percent.
const WHOLES = [1, 100];
const OPPOSITE = { up: "down", down: "up", wider: undefined, narrower: undefined } as const;
// A series is nearly constant if at most this share of its values differs from the one before.
const MOVING = 0.1;
const SMALLEST_STEP = 0.02;
// Steps are averaged in blocks, so that the window has about this number of them.
const VARIATION_CELLS = 8;
// Chosen so that random walks exceed the limit as rarely in short windows as in long ones.
const CERTAIN_CELLS = 48;
const CERTAINTY = 0.2;
// Evidence of another variation must exceed that of another level by this factor.
const LEVEL_FIRST = 1.5;

/** Finds the change of a column, without gaps, in its last `windowCells` cells. */
export function changeOf(column: Float64Array, windowCells: number, kind: ColumnKind): Change {
  const change = shareOrChange(withoutRounding(column), windowCells, kind);
  // The usual variation is less certain if the baseline is short.
  const certainty = Math.min(1, windowCells / CERTAIN_CELLS) ** CERTAINTY;
  return { ...change, score: change.score * certainty, moved: change.moved * certainty };
}

// A share that is usually whole is compared by what it lacks: a fall from 100 % to 99 % is the beginning of failures.
function shareOrChange(column: Float64Array, windowCells: number, kind: ColumnKind): Change {
  const start = column.length - windowCells;
  const whole = kind === "gauge" ? usualWhole(column, start) : undefined;
  if (whole === undefined) return largestChange(column, windowCells, kind);
  const lacks = column.map((value) => whole - value);
  const change = largestChange(lacks, windowCells, kind);
  const direction = OPPOSITE[change.direction];
  if (direction === undefined) return change;
  return { ...change, direction, factor: factorOf(column, windowCells, change.onset) };
}

// `undefined` if the values are not shares, or not usually whole.
function usualWhole(column: Float64Array, start: number): number | undefined {
  let [high, count] = [0, 0];
  for (const value of column) if (!(value <= high)) high = value;
  for (let i = 0; i < start; i++) if (column[i] === high) count++;
  const isUsual = WHOLES.includes(high) && count >= (1 - BESIDE_ZERO) * start;
  return isUsual && column.every((value) => value >= 0) ? high : undefined;
}

function largestChange(column: Float64Array, windowCells: number, kind: ColumnKind): Change {
  const start = column.length - windowCells;
  const isMoving = shareOfMoves(column, start) > MOVING;
  const scaled = scaledOf(column, kind);
  const level = departureOf(scaled, windowCells, {
    smallest: isMoving ? SMALLEST : smallestOf(column, start, kind),
  });
  if (isMoving) {
    const block = Math.max(1, Math.floor(windowCells / VARIATION_CELLS));
    const steps = blocksOf(stepsOf(scaled, start), block);
    const { isRise, ...change } = variationOf(steps, Math.floor(windowCells / block));
    if (change.score > LEVEL_FIRST * level.score)
      return {
        ...change,
        moved: Math.max(change.moved, level.moved),
        direction: isRise ? "wider" : "narrower",
        factor: factorOf(steps, Math.floor(windowCells / block), change.onset),
        onset: column.length - (steps.length - change.onset) * block,
      };
  }
  const { isRise, ...change } = level;
  return {
    ...change,
    direction: isRise ? "up" : "down",
    factor: factorOf(column, windowCells, change.onset),
  };
}

// The variation of a rate grows with the rate, that of its square root does not. Squares of scaled values are finite.
function scaledOf(column: Float64Array, kind: ColumnKind): Float64Array {
  let size = 0;
  for (let i = 0; i < column.length; i++) size = Math.max(size, Math.abs(column[i]!));
  const scaled = new Float64Array(column.length);
  if (size === 0) return scaled;
  for (let i = 0; i < column.length; i++) {
    const share = column[i]! / size;
    scaled[i] = kind === "rate" ? Math.sqrt(share) : share;
  }
  return scaled;
}

/** The smallest variation of a nearly constant series. */
function smallestOf(column: Float64Array, start: number, kind: ColumnKind): number {
  let others = 0;
  for (let i = 0; i < start; i++) if (column[i] !== 0) others++;
  if (others <= BESIDE_ZERO * start) return SMALLEST_ZERO;
  return isCountOfFew(column, kind) ? SMALLEST_COUNT : SMALLEST_CONSTANT;
}

function isCountOfFew(column: Float64Array, kind: ColumnKind): boolean {
  return kind === "gauge" && column.every((value) => value >= 0 && value <= FEW && Number.isInteger(value));
}

// Falls are compared by their logarithms: a fall to nearly nothing is large.
function variationOf(steps: Float64Array, windowCells: number): Departure {
  const usual = meanOf(steps, 0, steps.length - windowCells);
  if (meanOf(steps, steps.length - windowCells, steps.length) >= usual)
    return departureOf(steps, windowCells, { smallest: SMALLEST_VARIATION, size: usual });
  const logarithms = steps.map((step) => Math.log(step / usual + SMALLEST_STEP));
  return departureOf(logarithms, windowCells, { smallest: 0 });
}

function factorOf(column: Float64Array, windowCells: number, onset: number): number {
  const usual = meanOf(column, 0, column.length - windowCells);
  const factor = meanOf(column, onset, column.length) / usual;
  return factor >= 0 ? factor : Infinity;
}

function meanOf(column: Float64Array, from: number, to: number): number {
  let sum = 0;
  // Divided first: the sum of large values could overflow.
  for (let i = from; i < to; i++) sum += column[i]! / (to - from);
  return sum;
}

function shareOfMoves(column: Float64Array, end: number): number {
  let moves = 0;
  for (let i = 1; i < end; i++) if (column[i] !== column[i - 1]) moves++;
  return moves / (end - 1);
}

/**
 * Sizes of the steps between neighbouring values. One large step is a change of the level: steps count up to twice the
 * largest one of the baseline.
 */
function stepsOf(column: Float64Array, end: number): Float64Array {
  const steps = new Float64Array(column.length);
  let largest = 0;
  for (let i = 1; i < column.length; i++) {
    const step = Math.abs(column[i]! - column[i - 1]!);
    if (i < end && step > largest) largest = step;
    steps[i] = i < end || step < 2 * largest ? step : 2 * largest;
  }
  steps[0] = steps[1] ?? 0;
  return steps;
}

/** Means of blocks, without the two largest steps: those of one burst. The last block ends with the column. */
function blocksOf(column: Float64Array, length: number): Float64Array {
  const blocks = new Float64Array(Math.floor(column.length / length));
  const first = column.length - blocks.length * length;
  for (let i = 0; i < blocks.length; i++)
    blocks[i] = usualMeanOf(column, first + i * length, first + (i + 1) * length);
  return blocks;
}

// Two of five or more values are left out, one of three or four.
function usualMeanOf(column: Float64Array, from: number, to: number): number {
  let [sum, largest, second] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    const value = column[i]!;
    sum += value;
    if (value > largest) [largest, second] = [value, largest];
    else if (value > second) second = value;
  }
  const length = to - from;
  if (length < 3) return sum / length;
  return length < 5 ? (sum - largest) / (length - 1) : (sum - largest - second) / (length - 2);
}
