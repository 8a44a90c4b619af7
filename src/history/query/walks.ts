// Aggregation of histograms in order of time.
import type { Block, HistogramBlock } from "../store/block.ts";
import type { Buckets } from "./buckets.ts";
import { emptyPoint, type HistogramPoint, HistogramRise, pointsOf } from "./histogram-rise.ts";
import { WindowCursor, type Windows } from "./windows.ts";
import type { LaneWalk } from "../select/lanes.ts";

/** Aggregates the histograms of a lane. */
export class HistogramWalk {
  readonly #rise = new HistogramRise();
  readonly #cursor: WindowCursor;

  constructor(windows: Windows, onWindow: (index: number, measured: Buckets) => void) {
    this.#cursor = new WindowCursor(windows, (index, start, end) => {
      const measured = this.#rise.take(start, end);
      if (measured !== undefined) onWindow(index, measured);
    });
  }

  block(block: HistogramBlock, isOther: boolean): void {
    if (this.#cursor.enterBoth(block.from, block.to)) return this.#rise.block(block, isOther);
    const [times, pointAt] = [block.times(), pointsOf(block)];
    let isFirst = isOther;
    for (let i = 0; i < times.length; i++) {
      if (!this.#cursor.enter(times[i]!)) continue;
      this.#rise.point(times[i]!, pointAt(i), isFirst);
      isFirst = false;
    }
  }

  finish(): void {
    this.#cursor.finish();
  }
}

interface ExactRange {
  readonly from: number;
  readonly to: number;
  /** Whether a lane without earlier points began in the range, at 0. */
  readonly beganInside: boolean;
}

/** Exact increase from the last point at or before `from` to the last point in the range. */
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
