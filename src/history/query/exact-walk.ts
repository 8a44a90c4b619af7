// What the histograms of one lane measured in a range, exactly: all of a range without steps.
import type { Block, HistogramBlock } from "../store/block.ts";
import type { Buckets } from "./buckets.ts";
import { HistogramRise } from "./histogram-rise.ts";
import type { LaneWalk } from "./lanes.ts";

/** A range, and what is known of the time before it. Times are in milliseconds since the epoch. */
export interface ExactRange {
  readonly from: number;
  readonly to: number;
  /** Whether a lane without points before the range began in it, at 0. Else only its rise from its first point is known. */
  readonly beganInside: boolean;
}

/**
 * Walks the blocks of a lane: counts from the last point that is not after `from` to the last one in the range. Nothing is
 * extrapolated.
 */
export class ExactWalk implements LaneWalk {
  readonly #range: ExactRange;
  readonly #onEnd: (measured: Buckets) => void;
  readonly #rise = new HistogramRise();
  #isBegun = false;

  constructor(range: ExactRange, onEnd: (measured: Buckets) => void) {
    this.#range = range;
    this.#onEnd = onEnd;
  }

  block(block: Block, isOther: boolean): void {
    if (block.kind !== "histograms") return;
    const { from, to } = this.#range;
    if (block.to <= from) this.#before(block.to, block.bounds, block.last());
    else if (block.from <= from || block.to > to) this.#points(block, isOther);
    else {
      this.#begin(block.bounds);
      this.#rise.block(block, isOther);
    }
  }

  finish(): void {
    const measured = this.#rise.takeExact();
    if (measured !== undefined) this.#onEnd(measured);
  }

  #points(block: HistogramBlock, isOther: boolean): void {
    const [times, rows, { bounds }] = [block.times(), block.rows(), block];
    const width = bounds.length + 2;
    for (let i = 0; i < times.length; i++) {
      const row = rows.subarray(i * width, (i + 1) * width);
      if (times[i]! > this.#range.to) return;
      if (times[i]! <= this.#range.from) this.#before(times[i]!, bounds, row);
      else {
        this.#begin(bounds);
        this.#rise.point(times[i]!, bounds, row, isOther && i === 0);
      }
    }
  }

  // What is measured later counts from here.
  #before(time: number, bounds: Float64Array, row: Float64Array): void {
    this.#rise.takeExact();
    this.#rise.point(time, bounds, row, false);
    this.#isBegun = true;
  }

  #begin(bounds: Float64Array): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    const { from, beganInside } = this.#range;
    if (beganInside) this.#rise.point(from, bounds, new Float64Array(bounds.length + 2), false);
  }
}
