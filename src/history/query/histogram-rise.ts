// What was measured in a window, from the histograms of one series, which count on from its start.
import { type HistogramBlock, rowWidth } from "../store/block.ts";
import { EXTREME_CELLS, type Extremes, NO_EXTREMES, widerExtremes } from "../store/histogram-cells.ts";
import { type Buckets, cumulativeAt, haveSameBounds, rangeOf } from "./buckets.ts";
import { extrapolatedIncrease } from "./windows.ts";

/**
 * The rise of one series' histogram in one window, point after point. Each count, and the sum, is a counter of its own, as
 * it is to Prometheus: it is extrapolated by itself. Nothing is allocated for a point whose bounds are those before it.
 *
 *     cells   │ up to bound 0 │ … │ up to bound n │ all │ sum │
 */
export class HistogramRise {
  #count = 0;
  #firstTime = 0;
  #lastTime = 0;
  // Those that all points of the window have.
  #bounds: ArrayLike<number> = [];
  #first: Float64Array = new Float64Array(2);
  #last: Float64Array = new Float64Array(2);
  #increase: Float64Array = new Float64Array(2);
  #row: Float64Array = new Float64Array(2);
  // Recorded by the latest process after the first point. They only widen, so its last ones hold for all its points.
  #extremes = NO_EXTREMES;
  // By how much all had risen when that process began, and between which values that lies which was measured until then.
  #former: Float64Array = new Float64Array(2);
  #range = NO_EXTREMES;

  /** Takes one point. @param isOther whether it is the first of another process. */
  point(time: number, { bounds, row, extremes }: HistogramPoint, isOther: boolean): void {
    this.#read(bounds, row);
    this.#next(time, isOther);
    if (this.#count > 0) this.#extremes = widerExtremes(this.#extremes, extremes);
    this.#count++;
    this.#last.set(this.#row);
    this.#lastTime = time;
  }

  /** Takes all points of a block at once. */
  block(block: HistogramBlock, isOther: boolean): void {
    const { bounds } = block;
    this.#read(bounds, block.first());
    this.#next(block.from, isOther);
    this.#read(bounds, block.increase());
    for (let i = 0; i < this.#increase.length; i++) this.#increase[i]! += this.#row[i]!;
    this.#read(bounds, block.last());
    this.#last.set(this.#row);
    this.#extremes = widerExtremes(this.#extremes, block.extremes());
    this.#count += block.count;
    this.#lastTime = block.to;
  }

  /** What was measured in the window, or `undefined` where there are not two points. Begins anew. */
  take(start: number, end: number): Buckets | undefined {
    const seen = { count: this.#count, firstTime: this.#firstTime, lastTime: this.#lastTime };
    const range = this.#begin();
    if (seen.count < 2 || seen.lastTime <= seen.firstTime) return undefined;
    const first = this.#first;
    const extrapolated = this.#increase.map((by, i) => extrapolatedIncrease(first[i]!, by, seen, start, end));
    return this.#measured(extrapolated, range);
  }

  /** By how much all rose from the first point to the last; `undefined` where there are not two points. Begins anew. */
  takeExact(): Buckets | undefined {
    const count = this.#count;
    const range = this.#begin();
    return count < 2 ? undefined : this.#measured(this.#increase.slice(), range);
  }

  // Begins anew. Returns between which values that lies which was measured until now.
  #begin(): Extremes {
    if (this.#count > 1) this.#endProcess();
    const range = this.#range;
    this.#count = 0;
    this.#range = NO_EXTREMES;
    return range;
  }

  #measured(cells: Float64Array, range: Extremes): Buckets {
    return {
      bounds: this.#bounds,
      cumulative: cells.subarray(0, -1),
      sum: cells.at(-1) ?? Number.NaN,
      ...range,
    };
  }

  #endProcess(): void {
    const former = this.#former;
    const risen = this.#increase.map((cell, i) => cell - former[i]!).subarray(0, -1);
    this.#range = widerExtremes(this.#range, rangeOf(this.#bounds, risen, this.#extremes));
    former.set(this.#increase);
    this.#extremes = NO_EXTREMES;
  }

  #next(time: number, isOther: boolean): void {
    const [row, last, increase] = [this.#row, this.#last, this.#increase];
    if (this.#count === 0) {
      this.#first.set(row);
      increase.fill(0);
      this.#former.fill(0);
      this.#firstTime = time;
      return;
    }
    const all = this.#bounds.length;
    const isAnew = isOther || row[all]! < last[all]!;
    if (isAnew) this.#endProcess();
    for (let i = 0; i < row.length; i++) increase[i]! += isAnew ? row[i]! : row[i]! - last[i]!;
  }

  // Makes cells of a row, by the bounds of the window.
  #read(bounds: Float64Array, row: Float64Array): void {
    if (!haveSameBounds(bounds, this.#bounds)) this.#meet(bounds);
    if (bounds.length === this.#bounds.length) return writeCells(row, this.#row);
    const own = new Float64Array(bounds.length + 2);
    writeCells(row, own);
    this.#row.set(rebinned(own, bounds, this.#bounds));
  }

  // Bounds of exponential histograms change as they grow: what all points have is kept apart, and no more can be.
  #meet(bounds: Float64Array): void {
    const before = this.#bounds;
    const known = new Set(Array.from(bounds));
    const common = this.#count === 0 ? bounds : Array.from(before).filter((bound) => known.has(bound));
    if (this.#count > 0 && common.length === before.length) return;
    const kept = (cells: Float64Array): Float64Array =>
      this.#count === 0 ? new Float64Array(common.length + 2) : rebinned(cells, before, common);
    this.#first = kept(this.#first);
    this.#last = kept(this.#last);
    this.#increase = kept(this.#increase);
    this.#former = kept(this.#former);
    this.#row = new Float64Array(common.length + 2);
    this.#bounds = common;
  }
}

// A row is the sum, then one count a bucket.
function writeCells(row: Float64Array, cells: Float64Array): void {
  let all = 0;
  for (let i = 1; i < row.length; i++) cells[i - 1] = all += row[i]!;
  cells[row.length - 1] = row[0]!;
}

function rebinned(cells: Float64Array, bounds: ArrayLike<number>, others: ArrayLike<number>): Float64Array {
  const moved = new Float64Array(others.length + 2);
  moved.set(cumulativeAt({ bounds, cumulative: cells.subarray(0, -1) }, others));
  moved[moved.length - 1] = cells.at(-1)!;
  return moved;
}

/** A row, `[sum, bucket 0, …, bucket n]`, with its bounds, and the extremes recorded until then. */
export interface HistogramPoint {
  readonly bounds: Float64Array;
  readonly row: Float64Array;
  readonly extremes: Extremes;
}

/** A point before anything was recorded. */
export function emptyPoint(bounds: Float64Array): HistogramPoint {
  return { bounds, row: new Float64Array(rowWidth(bounds)), extremes: NO_EXTREMES };
}

/** The points of a block, decoded: a function that returns the one at an index. */
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
