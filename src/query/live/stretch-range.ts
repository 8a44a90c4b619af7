import type { Stretch } from "./stretch.ts";

/** The stretches that overlap a range of times. */
export class StretchRange {
  readonly stretches: readonly Stretch[];
  /** Times of all their collections. */
  readonly times: Float64Array;
  // The collection before the first, for the stale marker of a series that ended with it.
  readonly #before: Stretch | undefined;
  readonly #all: readonly Stretch[];
  readonly #first: number;
  readonly #end: number;

  /** @param all the stretches in order of time; `first` is the index of the first in the range, `end` of the one after. */
  private constructor(all: readonly Stretch[], first: number, end: number) {
    this.#all = all;
    this.#first = first;
    this.#end = end;
    this.stretches = all.slice(first, end);
    this.#before = all[first - 1];
    this.times = new Float64Array(this.stretches.reduce((sum, { times }) => sum + times.length, 0));
    let at = 0;
    for (const { times } of this.stretches) {
      this.times.set(times, at);
      at += times.length;
    }
  }

  /** The range of stretches from one time to another; `known` if it is the same: rules mostly need the same again. */
  static of(
    all: readonly Stretch[],
    from: number,
    to: number,
    known: StretchRange | undefined,
  ): StretchRange {
    let first = 0;
    while (first < all.length && lastTimeOf(all[first]!) < from) first++;
    let end = all.length;
    while (end > first && all[end - 1]!.times[0]! > to) end--;
    if (known !== undefined && known.#all === all && known.#first === first && known.#end === end)
      return known;
    return new StretchRange(all, first, end);
  }

  /** Whether a column was present in the last collection before the range. */
  wasPresent(column: number): boolean {
    if (this.#before === undefined) return false;
    return (this.#before.bits(column) & (1 << (this.#before.times.length - 1))) !== 0;
  }
}

function lastTimeOf({ times }: Stretch): number {
  return times[times.length - 1]!;
}
