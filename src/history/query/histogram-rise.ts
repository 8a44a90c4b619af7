// Increase of a cumulative histogram.
import { areEqual } from "../comparison.ts";
import { betweenResets, type HistogramBlock, rowWidth } from "../store/block.ts";
import {
  EXTREME_CELLS,
  type Extremes,
  greatestIn,
  leastIn,
  NO_EXTREMES,
  widerExtremes,
} from "../store/histogram-cells.ts";
import type { Figures } from "../store/stored.ts";

/** Exact increase of one series' histogram from its first point to its last. */
export class HistogramRise {
  #count = 0;
  // The bounds common to all points.
  #bounds: ArrayLike<number> = [];
  #last: Float64Array = new Float64Array(2);
  #increase: Float64Array = new Float64Array(2);
  #row: Float64Array = new Float64Array(2);
  // Extremes of the current process after its first point. They only widen.
  #extremes = NO_EXTREMES;
  // Increase before the current process began, and the range of the values until then.
  #former: Float64Array = new Float64Array(2);
  #range = NO_EXTREMES;

  /** Adds a point. `isOther`: it is the first of another process. */
  point({ bounds, row, extremes }: HistogramPoint, isOther: boolean): void {
    this.#read(bounds, row);
    this.#next(isOther);
    if (this.#count > 0) this.#extremes = widerExtremes(this.#extremes, extremes);
    this.#count++;
    this.#last.set(this.#row);
  }

  /** Adds a block, which is only decoded after a reset. `isOther`: it is the first of another process. */
  block(block: HistogramBlock, isOther: boolean): void {
    // The recorded extremes before a reset have no effect on those after it.
    for (const [i, part] of betweenResets(block).entries()) this.#part(part, isOther || i > 0);
  }

  /** Returns the increase, and resets; `undefined` for fewer than two points. */
  take(): Figures | undefined {
    const points = this.#count;
    if (points > 1) this.#endProcess();
    const { min, max } = this.#range;
    this.#count = 0;
    this.#extremes = this.#range = NO_EXTREMES;
    if (points < 2) return undefined;
    const [count = 0, sum = Number.NaN] = this.#increase.subarray(-2);
    return { count, sum, min, max };
  }

  #part(block: HistogramBlock, isOther: boolean): void {
    const { bounds } = block;
    this.#read(bounds, block.first());
    this.#next(isOther);
    this.#read(bounds, block.increase());
    for (let i = 0; i < this.#increase.length; i++) this.#increase[i]! += this.#row[i]!;
    this.#read(bounds, block.last());
    this.#last.set(this.#row);
    this.#extremes = widerExtremes(this.#extremes, block.extremes());
    this.#count += block.count;
  }

  #endProcess(): void {
    const former = this.#former;
    const risen = this.#increase.map((cell, i) => cell - former[i]!).subarray(0, -1);
    this.#range = widerExtremes(this.#range, rangeOf(this.#bounds, risen, this.#extremes));
    former.set(this.#increase);
    this.#extremes = NO_EXTREMES;
  }

  #next(isOther: boolean): void {
    const [row, last, increase] = [this.#row, this.#last, this.#increase];
    if (this.#count === 0) {
      increase.fill(0);
      this.#former.fill(0);
      return;
    }
    const isAnew = isOther || this.#hasFallen;
    if (isAnew) this.#endProcess();
    for (let i = 0; i < row.length; i++) increase[i]! += isAnew ? row[i]! : row[i]! - last[i]!;
  }

  // Whether the count up to any bound fell.
  get #hasFallen(): boolean {
    const [row, last] = [this.#row, this.#last];
    for (let i = 0; i <= this.#bounds.length; i++) if (row[i]! < last[i]!) return true;
    return false;
  }

  #read(bounds: Float64Array, row: Float64Array): void {
    if (!areEqual(bounds, this.#bounds)) this.#meet(bounds);
    if (bounds.length === this.#bounds.length) return writeCells(row, this.#row);
    const own = new Float64Array(bounds.length + 2);
    writeCells(row, own);
    this.#row.set(rebinned(own, bounds, this.#bounds));
  }

  // Bounds of exponential histograms change as they grow, so only common bounds are kept.
  #meet(bounds: Float64Array): void {
    const before = this.#bounds;
    const known = new Set(Array.from(bounds));
    const common = this.#count === 0 ? bounds : Array.from(before).filter((bound) => known.has(bound));
    if (this.#count > 0 && common.length === before.length) return;
    const kept = (cells: Float64Array): Float64Array =>
      this.#count === 0 ? new Float64Array(common.length + 2) : rebinned(cells, before, common);
    this.#last = kept(this.#last);
    this.#increase = kept(this.#increase);
    this.#former = kept(this.#former);
    this.#row = new Float64Array(common.length + 2);
    this.#bounds = common;
  }
}

// The range of the counted values, from their buckets and the recorded extremes. Unknown ends are left out.
function rangeOf(bounds: ArrayLike<number>, cumulative: Float64Array, extremes: Extremes): Extremes {
  const total = cumulative.at(-1) ?? 0;
  if (!(total > 0)) return NO_EXTREMES;
  const lowest = cumulative.findIndex((count) => count > 0);
  const highest = cumulative.findIndex((count) => count >= total);
  const [min, max] = [leastIn(bounds, lowest, extremes), greatestIn(bounds, highest, extremes)];
  return {
    min: Number.isNaN(min) ? NO_EXTREMES.min : min,
    max: Number.isNaN(max) ? NO_EXTREMES.max : max,
  };
}

function writeCells(row: Float64Array, cells: Float64Array): void {
  let all = 0;
  for (let i = 1; i < row.length; i++) cells[i - 1] = all += row[i]!;
  cells[row.length - 1] = row[0]!;
}

// Counts at other bounds, each taken from the next known bound below, then the count of all values and the sum.
function rebinned(cells: Float64Array, bounds: ArrayLike<number>, others: ArrayLike<number>): Float64Array {
  const moved = new Float64Array(others.length + 2);
  let below = 0;
  for (let i = 0; i < others.length; i++) {
    while (below < bounds.length && bounds[below]! <= others[i]!) below++;
    moved[i] = below === 0 ? 0 : cells[below - 1]!;
  }
  moved.set(cells.subarray(-2), others.length);
  return moved;
}

/** `row` is `[sum, bucket 0, …, bucket n]`. */
export interface HistogramPoint {
  readonly bounds: Float64Array;
  readonly row: Float64Array;
  readonly extremes: Extremes;
}

export function emptyPoint(bounds: Float64Array): HistogramPoint {
  return { bounds, row: new Float64Array(rowWidth(bounds)), extremes: NO_EXTREMES };
}

/** Decodes a block. Returns a function from index to point. */
export function pointsOf(block: HistogramBlock): (index: number) => HistogramPoint {
  const { bounds } = block;
  const [rows, extremes] = [block.rows(), block.extremesOfRows()];
  const width = rowWidth(bounds);
  return (index) => ({
    bounds,
    row: rows.subarray(index * width, (index + 1) * width),
    extremes: { min: extremes[index * EXTREME_CELLS]!, max: extremes[index * EXTREME_CELLS + 1]! },
  });
}
