// What the histograms of one lane measured in a range, exactly: all of a range without steps.
import type { Block, HistogramBlock } from "../store/block.ts";
import type { Buckets } from "./buckets.ts";
import { emptyPoint, type HistogramPoint, HistogramRise, pointsOf } from "./histogram-rise.ts";
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
    if (block.to <= from)
      this.#before(block.to, { bounds: block.bounds, row: block.last(), extremes: block.extremes() });
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
    const [times, pointAt] = [block.times(), pointsOf(block)];
    for (let i = 0; i < times.length; i++) {
      const time = times[i]!;
      if (time > this.#range.to) return;
      if (time <= this.#range.from) this.#before(time, pointAt(i));
      else {
        this.#begin(block.bounds);
        this.#rise.point(time, pointAt(i), isOther && i === 0);
      }
    }
  }

  // What is measured later counts from here.
  #before(time: number, point: HistogramPoint): void {
    this.#rise.takeExact();
    this.#rise.point(time, point, false);
    this.#isBegun = true;
  }

  #begin(bounds: Float64Array): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    const { from, beganInside } = this.#range;
    if (!beganInside) return;
    this.#rise.point(from, emptyPoint(bounds), false);
  }
}
