import { compensationOf } from "../../engine/aggregation/kahan-sum.ts";
import { firstAfter } from "../../query/evaluation/sample-search.ts";
import { endOf, firstEndingFrom, firstStartingFrom, type Windows } from "../../query/windows.ts";
import type { NumberBlock } from "../store/block.ts";
import type { NumberFigures } from "../store/chunk-blocks.ts";
import type { Column, WindowValues } from "./column.ts";

// Relative error of one addition, and of a result.
const ROUNDING = 2 ** -53;
const MAX_ERROR = 5e-13;
// Blocks with larger errors are decoded.
const MAX_BLOCK_ERROR = 2e-13;

// Cells of a window in a sum.
const CELLS = 3;
const SUM = 0;
const COMPENSATION = 1;
const ERROR = 2;

/** A function whose blocks are added to each window that contains them. It needs no samples at boundaries. */
export abstract class AddedColumn implements Column {
  protected readonly windows: Windows;
  /** Samples by window. */
  protected readonly counts: Float64Array;

  constructor(windows: Windows) {
    this.windows = windows;
    this.counts = new Float64Array(windows.count);
  }

  /** Adds the next block by its figures. Returns false if the block is needed, since it is not within one window. */
  figures(figures: NumberFigures): boolean {
    const { windows } = this;
    const { from, to, count } = figures;
    const only = firstEndingFrom(windows, from);
    if (!isOnlyIn(windows, only, from, to) || !this.addFigures(only, figures)) return false;
    this.counts[only]! += count;
    return true;
  }

  block(block: NumberBlock): void {
    // Usually a block is within one window.
    if (this.figures(block)) return;
    const { windows } = this;
    const { from, to } = block;
    // Windows that contain the whole block are between those that contain a part of it.
    const [begin, end] = [firstEndingFrom(windows, from), firstStartingFrom(windows, to)];
    const [wholeBegin, wholeEnd] = [firstEndingFrom(windows, to), firstStartingFrom(windows, from)];
    for (let i = begin; i < end; i++) {
      if (i >= wholeBegin && i < wholeEnd) {
        this.#addWhole(i, block);
        continue;
      }
      const times = block.times();
      const windowEnd = endOf(windows, i);
      const first = firstAfter(times, windowEnd - windows.rangeMillis);
      const after = firstAfter(times, windowEnd);
      if (after > first) this.counts[i]! += after - first;
      this.addSamples(i, block.values(), first, after);
    }
  }

  starts(): void {}

  ends(): void {}

  abstract finish(into: WindowValues): boolean;

  /** Adds a whole block. Returns false if its samples have to be added. */
  protected abstract addFigures(window: number, figures: NumberFigures): boolean;

  protected abstract addSamples(window: number, values: Float64Array, begin: number, end: number): void;

  #addWhole(window: number, block: NumberBlock): void {
    this.counts[window]! += block.count;
    if (!this.addFigures(window, block)) this.addSamples(window, block.values(), 0, block.count);
  }
}

/** Whether the times are within a window, and in no later one. */
function isOnlyIn(windows: Windows, window: number, from: number, to: number): boolean {
  if (window >= windows.count) return false;
  const end = endOf(windows, window);
  const start = end - windows.rangeMillis;
  return start < from && to <= end && (window + 1 === windows.count || start + windows.apart >= to);
}

/** `sum_over_time` and `avg_over_time`, with Neumaier's compensation. */
export class SumColumn extends AddedColumn {
  readonly #isMean: boolean;
  // Three cells by window, which are read together: sum, compensation, and the upper limit of the blocks' errors.
  readonly #cells: Float64Array;

  constructor(isMean: boolean, windows: Windows) {
    super(windows);
    this.#isMean = isMean;
    this.#cells = new Float64Array(CELLS * windows.count);
  }

  finish({ values, cells }: WindowValues): boolean {
    for (let i = 0; i < this.windows.count; i++) {
      const count = this.counts[i]!;
      if (count === 0) continue;
      const at = CELLS * i;
      const sum = this.#cells[at + SUM]!;
      const compensation = this.#cells[at + COMPENSATION]!;
      const error = this.#cells[at + ERROR]!;
      const isInfinite = Math.abs(sum) === Infinity;
      // The mean of large values is computed in another way.
      if (isInfinite && this.#isMean) return false;
      const total = isInfinite ? sum : sum + compensation;
      if (error > 0 && !(error <= MAX_ERROR * Math.abs(total))) return false;
      values[i] = this.#isMean ? sum / count + compensation / count : total;
      cells[i] = 1;
    }
    return true;
  }

  protected override addFigures(window: number, { count, sum, min, max }: NumberFigures): boolean {
    // The error grows with the sum of the absolute values, which is known for values with one sign.
    const absolute = min >= 0 || max <= 0 ? Math.abs(sum) : count * Math.max(-min, max);
    const error = count * ROUNDING * absolute;
    if (!Number.isFinite(sum) || !(error <= MAX_BLOCK_ERROR * Math.abs(sum))) return false;
    this.#cells[CELLS * window + ERROR]! += error;
    this.#add(window, sum);
    return true;
  }

  protected override addSamples(window: number, values: Float64Array, begin: number, end: number): void {
    for (let i = begin; i < end; i++) this.#add(window, values[i]!);
  }

  #add(window: number, value: number): void {
    const at = CELLS * window;
    const sum = this.#cells[at + SUM]!;
    const total = sum + value;
    this.#cells[at + COMPENSATION] = compensationOf(sum, value, total, this.#cells[at + COMPENSATION]!);
    this.#cells[at + SUM] = total;
  }
}

/** `min_over_time` and `max_over_time`. NaN is left out beside numbers. */
export class ExtremeColumn extends AddedColumn {
  readonly #isMin: boolean;
  // NaN before the first number.
  readonly #extremes: Float64Array;

  constructor(isMin: boolean, windows: Windows) {
    super(windows);
    this.#isMin = isMin;
    this.#extremes = new Float64Array(windows.count).fill(Number.NaN);
  }

  finish({ values, cells }: WindowValues): boolean {
    for (let i = 0; i < this.windows.count; i++) {
      if (this.counts[i] === 0) continue;
      values[i] = this.#extremes[i]!;
      cells[i] = 1;
    }
    return true;
  }

  protected override addFigures(window: number, { min, max }: NumberFigures): boolean {
    this.#add(window, this.#isMin ? min : max);
    return true;
  }

  protected override addSamples(window: number, values: Float64Array, begin: number, end: number): void {
    for (let i = begin; i < end; i++) this.#add(window, values[i]!);
  }

  #add(window: number, value: number): void {
    const known = this.#extremes[window]!;
    if (Number.isNaN(known) || (this.#isMin ? value < known : value > known)) this.#extremes[window] = value;
  }
}

/** `count_over_time` and `present_over_time`. */
export class CountColumn extends AddedColumn {
  readonly #isCount: boolean;

  constructor(isCount: boolean, windows: Windows) {
    super(windows);
    this.#isCount = isCount;
  }

  finish({ values, cells }: WindowValues): boolean {
    for (let i = 0; i < this.windows.count; i++) {
      const count = this.counts[i]!;
      if (count === 0) continue;
      values[i] = this.#isCount ? count : 1;
      cells[i] = 1;
    }
    return true;
  }

  protected override addFigures(): boolean {
    return true;
  }

  protected override addSamples(): void {}
}
