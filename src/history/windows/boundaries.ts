// Samples at the boundaries of windows, found block by block. A block is only decoded if a boundary lies within it.
import { firstAfter } from "../../query/evaluation/sample-search.ts";
import { endOf, type Windows } from "../../query/windows.ts";
import type { NumberBlock } from "../store/block.ts";

/** Times of a block that all columns of a lane share. */
type TimedBlock = Pick<NumberBlock, "from" | "to" | "count" | "times">;

/** Receives the samples at boundaries, as indexes of the block that is added. */
export interface BoundaryValues {
  /** The first sample after the start of a window. */
  starts(window: number, index: number): void;
  /** The last sample up to the end of a window; -1 for the last one of the block before. */
  ends(window: number, index: number): void;
}

/**
 * First and last samples of each window, as numbers of samples since the first one:
 *
 * ```
 *         start                       end
 * samples   |  o    o    o    o    o   |   o
 *              first              last     next
 * ```
 */
export class Boundaries {
  /** Number of the first sample after the start; infinite without one. */
  readonly first: Float64Array;
  readonly firstTimes: Float64Array;
  /** Number of the last sample up to the end; -1 without one. */
  readonly last: Float64Array;
  readonly lastTimes: Float64Array;
  /** Time of the sample after the end; infinite without one. */
  readonly nextTimes: Float64Array;
  /** Samples of the blocks so far. */
  count: number = 0;
  /** Time of the last sample so far. */
  lastTime: number = -Infinity;
  readonly #windows: Windows;
  readonly #hasStarts: boolean;
  #lastIndex = -1;
  #start = 0;
  #end = 0;

  /** @param hasStarts whether the first samples are needed */
  constructor(windows: Windows, hasStarts: boolean) {
    const { count } = windows;
    this.#windows = windows;
    this.#hasStarts = hasStarts;
    this.first = new Float64Array(hasStarts ? count : 0).fill(Infinity);
    this.firstTimes = new Float64Array(hasStarts ? count : 0);
    this.last = new Float64Array(count).fill(-1);
    this.lastTimes = new Float64Array(count).fill(-Infinity);
    this.nextTimes = new Float64Array(count).fill(Infinity);
  }

  /** Adds the next block, and passes the samples at boundaries to `values`. */
  add(block: TimedBlock, values: BoundaryValues): void {
    if (this.#hasStarts) this.#addStarts(block, values);
    // Columns that add up blocks have no boundaries, and a question may have a million of their blocks.
    if (this.#end < this.#windows.count) this.#addEnds(block, values);
    this.pass(block);
  }

  /** Adds a block in which no boundary is needed. */
  pass({ count, to }: Pick<TimedBlock, "count" | "to">): void {
    this.count += count;
    this.lastTime = to;
    this.#lastIndex = count - 1;
  }

  /** Ends the windows after the last block. */
  finish(values: BoundaryValues): void {
    for (; this.#end < this.#windows.count; this.#end++) {
      this.last[this.#end] = this.count - 1;
      this.lastTimes[this.#end] = this.lastTime;
      values.ends(this.#end, this.#lastIndex);
    }
  }

  #addStarts(block: TimedBlock, values: BoundaryValues): void {
    const { count, rangeMillis } = this.#windows;
    const { from, to } = block;
    for (; this.#start < count; this.#start++) {
      const start = endOf(this.#windows, this.#start) - rangeMillis;
      if (start >= to) return;
      const times = start < from ? undefined : block.times();
      const index = times === undefined ? 0 : firstAfter(times, start);
      this.first[this.#start] = this.count + index;
      this.firstTimes[this.#start] = times === undefined ? from : times[index]!;
      values.starts(this.#start, index);
    }
  }

  #addEnds(block: TimedBlock, values: BoundaryValues): void {
    const { count } = this.#windows;
    const { from, to } = block;
    for (; this.#end < count; this.#end++) {
      const end = endOf(this.#windows, this.#end);
      // The next block has the time of the next sample.
      if (end >= to) return;
      if (end < from) {
        this.nextTimes[this.#end] = from;
        this.#ends(this.#end, -1, this.lastTime, values);
        continue;
      }
      const times = block.times();
      const index = firstAfter(times, end);
      this.nextTimes[this.#end] = times[index]!;
      this.#ends(this.#end, index - 1, times[index - 1]!, values);
    }
  }

  #ends(window: number, index: number, time: number, values: BoundaryValues): void {
    this.last[window] = this.count + index;
    this.lastTimes[window] = time;
    values.ends(window, index);
  }
}
