import { firstAfter } from "../evaluation/sample-search.ts";
import type { DecodedColumns, DecodedRange } from "./decoded-columns.ts";
import type { Stretch } from "./stretch.ts";

/** The stretches that overlap a range of times. */
export class StretchRange implements DecodedRange {
  readonly stretches: readonly Stretch[];
  /** Times of all their collections. */
  readonly times: Float64Array;
  readonly all: readonly Stretch[];
  readonly first: number;
  readonly end: number;
  readonly decoded: DecodedColumns;

  /** @param all the stretches in order of time; `first` is the index of the first in the range, `end` of the one after. */
  constructor(all: readonly Stretch[], first: number, end: number, decoded: DecodedColumns) {
    this.all = all;
    this.first = first;
    this.end = end;
    this.decoded = decoded;
    this.stretches = all.slice(first, end);
    this.times = new Float64Array(this.stretches.reduce((sum, { times }) => sum + times.length, 0));
    let at = 0;
    for (const { times } of this.stretches) {
      this.times.set(times, at);
      at += times.length;
    }
  }

  /** Whether a column was present in the last collection before the range. */
  wasPresent(column: number): boolean {
    const before = this.all[this.first - 1];
    if (before === undefined) return false;
    return (before.bits(column) & (1 << (before.times.length - 1))) !== 0;
  }
}

/** All stretches at one time, and the ranges of them that were selected: rules mostly select the same ones again. */
export class AllStretches {
  readonly stretches: readonly Stretch[];
  readonly #decoded: DecodedColumns;
  // By the indices of their stretches.
  readonly #ranges = new Map<string, StretchRange>();

  constructor(stretches: readonly Stretch[], decoded: DecodedColumns) {
    this.stretches = stretches;
    this.#decoded = decoded;
  }

  /** Time of the last collection before a time; `undefined` without one. */
  timeBefore(time: number): number | undefined {
    const stretch = this.stretches.findLast(({ times }) => times[0]! < time);
    return stretch?.times[firstAfter(stretch.times, time - 1) - 1];
  }

  /** The range of stretches from one time to another. */
  range(from: number, to: number): StretchRange {
    const all = this.stretches;
    let first = 0;
    while (first < all.length && lastTimeOf(all[first]!) < from) first++;
    let end = all.length;
    while (end > first && all[end - 1]!.times[0]! > to) end--;
    const key = `${first} ${end}`;
    const known = this.#ranges.get(key);
    if (known !== undefined) return known;
    const range = new StretchRange(all, first, end, this.#decoded);
    this.#ranges.set(key, range);
    return range;
  }
}

function lastTimeOf({ times }: Stretch): number {
  return times[times.length - 1]!;
}
