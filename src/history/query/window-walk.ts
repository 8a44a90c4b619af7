// From points in the order of their times to one value a window.
import type { HistogramBlock, NumberBlock } from "../store/block.ts";
import type { Buckets } from "./buckets.ts";
import { HistogramRise, pointsOf } from "./histogram-rise.ts";
import { WindowCursor, type Windows } from "./window-cursor.ts";

/** What is worked out of the numbers of one window, which come in the order of their times. */
export interface NumberFigures {
  /** Takes a point. @param isOther whether it is the first of another process, whose counters began at 0. */
  point(time: number, value: number, isOther: boolean): void;
  /** Takes all points of a block at once; missing where that is not possible without decoding them. */
  block?(block: NumberBlock, isOther: boolean): void;
  /** What was worked out of the points since the last time; NaN where that is nothing. Begins anew. */
  take(start: number, end: number): number;
}

/** Walks the numbers of one series, or of several that follow each other. Tells `onWindow` of each window's value. */
export class NumberWalk {
  readonly #figures: NumberFigures;
  readonly #cursor: WindowCursor;

  constructor(windows: Windows, figures: NumberFigures, onWindow: (index: number, value: number) => void) {
    this.#figures = figures;
    this.#cursor = new WindowCursor(windows, (index, start, end) => {
      const value = figures.take(start, end);
      if (!Number.isNaN(value)) onWindow(index, value);
    });
  }

  /** Takes what of a block is in a window, without decoding it where one window holds it all. */
  block(block: NumberBlock, isOther: boolean): void {
    const figures = this.#figures;
    if (figures.block !== undefined && this.#cursor.enterBoth(block.from, block.to))
      figures.block(block, isOther);
    else this.points(block.times(), block.values(), isOther);
  }

  /** Takes those of the points that are in a window. */
  points(times: ArrayLike<number>, values: ArrayLike<number>, isOther: boolean): void {
    const cursor = this.#cursor;
    const figures = this.#figures;
    let isFirst = isOther;
    for (let i = 0; i < times.length; i++) {
      const time = times[i]!;
      if (!cursor.enter(time)) continue;
      figures.point(time, values[i]!, isFirst);
      isFirst = false;
    }
  }

  /** Tells of the last window. */
  finish(): void {
    this.#cursor.finish();
  }
}

/** The same for histograms: what was measured in each window. */
export class HistogramWalk {
  readonly #rise = new HistogramRise();
  readonly #cursor: WindowCursor;

  constructor(windows: Windows, onWindow: (index: number, measured: Buckets) => void) {
    this.#cursor = new WindowCursor(windows, (index, start, end) => {
      const measured = this.#rise.take(start, end);
      if (measured !== undefined) onWindow(index, measured);
    });
  }

  /** Takes what of a block is in a window, without decoding it where one window holds it all. */
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

  /** Tells of the last window. */
  finish(): void {
    this.#cursor.finish();
  }
}
