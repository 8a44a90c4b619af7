/**
 * Counts of up to `size` neighbouring buckets whose indexes are not known in advance:
 *
 *       cell 0            cells 1 …
 *     ┌──────┬──────────┬────┬────┬────┬─ ─ ─┐
 *     │ base │ overflow │ 16-bit counts      │      count of bucket (base + i) = counts[i] + 65,536 × overflow[i]
 *     └──────┴──────────┴────┴────┴────┴─ ─ ─┘
 *
 * Sixteen bits are enough for nearly all series. A count that reaches 65,536 restarts at 0, and a row of overflow cells
 * counts how often. That row is created for the first such count of a window. For an index outside the window the owner
 * makes room (`rescale`), since a coarser scale may be needed.
 */
import type { RowGrowth } from "./row-growth.ts";
import { Pages, type MixedPage, type PageMemory, SpareRows } from "./pages.ts";

const COUNT_RANGE = 0x1_0000;
const LOW = COUNT_RANGE - 1;
// Place of the lower 16 bits of an integer among its two counts.
const LOWER = new Uint16Array(Int32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** The windows of one store, each at a cell of a page that the owner holds. */
export class BucketWindows {
  readonly size: number;
  readonly width: number;
  readonly #overflows: Pages;
  readonly #spareOverflows: SpareRows;
  // Counts of a window before and after it is rewritten.
  readonly #before: Float64Array;
  readonly #after: Float64Array;

  constructor(size: number, memory: PageMemory | undefined) {
    this.size = size;
    this.width = 1 + Math.ceil(size / 4);
    this.#overflows = new Pages({ emptyRow: Array.from({ length: size }, () => 0), memory });
    this.#spareOverflows = new SpareRows(this.#overflows);
    this.#before = new Float64Array(size);
    this.#after = new Float64Array(size);
  }

  /** Adds 1 to bucket `index`; returns false if the bucket is outside the window at cell `at`. Allocates nothing. */
  increment({ ints, words }: MixedPage, at: number, index: number): boolean {
    if (this.incrementUsual(ints, words, at, index)) return true;
    const i = index - ints[2 * at]!;
    if (i < 0 || i >= this.size) return false;
    this.#wrap(ints, at, i, words, 4 * at + 4 + i);
    return true;
  }

  /** The same, but returns false as well if the count reaches 65,536: {@link increment} must follow. */
  incrementUsual(ints: Int32Array, words: Uint16Array, at: number, index: number): boolean {
    const i = index - ints[2 * at]!;
    if (i < 0 || i >= this.size) return false;
    const word = 4 * at + 4 + i;
    const count = words[word]! + 1;
    if (count === COUNT_RANGE) return false;
    words[word] = count;
    return true;
  }

  /** Index of the lowest bucket that is not empty; `Infinity` for an empty window. */
  lowest({ ints, words }: MixedPage, at: number): number {
    const first = 4 * at + 4;
    const mayOverflow = ints[2 * at + 1] !== 0;
    for (let i = 0; i < this.size; i++)
      if (words[first + i] !== 0 || (mayOverflow && this.#overflowAt(ints, at, i) > 0))
        return ints[2 * at]! + i;
    return Infinity;
  }

  /** Index of the highest bucket that is not empty; `-Infinity` for an empty window. */
  highest({ ints, words }: MixedPage, at: number): number {
    const first = 4 * at + 4;
    const mayOverflow = ints[2 * at + 1] !== 0;
    for (let i = this.size - 1; i >= 0; i--)
      if (words[first + i] !== 0 || (mayOverflow && this.#overflowAt(ints, at, i) > 0))
        return ints[2 * at]! + i;
    return -Infinity;
  }

  /** Writes the counts of buckets `from` to `to`, which must be in the window, to `into`. */
  read(
    { ints, words }: MixedPage,
    at: number,
    from: number,
    to: number,
    into: Float64Array,
    offset: number,
  ): void {
    const base = ints[2 * at]!;
    const first = 4 * at + 4 - base;
    for (let index = from; index <= to; index++) into[offset + index - from] = words[first + index]!;
    if (ints[2 * at + 1] === 0) return;
    for (let index = from; index <= to; index++)
      into[offset + index - from]! += COUNT_RANGE * this.#overflowAt(ints, at, index - base);
  }

  /**
   * Merges each `2 ** shift` buckets into one and makes bucket `base` the first, in a copy of the window at cell `to` of
   * `copy`. All counted buckets must fit. {@link release} the overflow row of the window once the copy replaces it.
   */
  change(page: MixedPage, at: number, shift: number, base: number, copy: MixedPage, to: number): void {
    const first = page.ints[2 * at]!;
    this.read(page, at, first, first + this.size - 1, this.#before, 0);
    const after = this.#after.fill(0);
    for (let i = 0; i < this.size; i++) {
      const count = this.#before[i]!;
      if (count > 0) after[((first + i) >> shift) - base]! += count;
    }
    copy.ints[2 * to] = base;
    copy.ints[2 * to + 1] = 0;
    for (let i = 0; i < this.size; i++) {
      const count = after[i]!;
      copy.words[4 * to + 4 + i] = count % COUNT_RANGE;
      if (count >= COUNT_RANGE) this.#overflow(copy.ints, to, i, Math.floor(count / COUNT_RANGE));
    }
  }

  /** Replaces a window by a copy. Counts are missing meanwhile. Can be repeated if it was interrupted. */
  replace(page: MixedPage, at: number, copy: MixedPage, from: number): void {
    page.words.fill(0, 4 * at + 4, 4 * (at + this.width));
    page.cells.set(copy.cells.subarray(from, from + this.width), at);
  }

  /** Frees an overflow row that no window has any more; 0 for none. */
  release(overflow: number): void {
    if (overflow === 0) return;
    this.#overflows.clear(overflow);
    this.#spareOverflows.giveBack(overflow);
  }

  /** Adds the next page of counts above 65,535. */
  adopt(page: Float64Array): void {
    this.#overflows.adopt(page);
  }

  /** Empties the window and frees its overflow row. */
  empty({ ints, words }: MixedPage, at: number): void {
    this.release(ints[2 * at + 1]!);
    ints[2 * at] = 0;
    ints[2 * at + 1] = 0;
    words.fill(0, 4 * at + 4, 4 * at + 4 + this.size);
  }

  #overflowAt(ints: Int32Array, at: number, i: number): number {
    const row = ints[2 * at + 1]!;
    return this.#overflows.pageOf(row)[this.#overflows.offsetOf(row) + i]!;
  }

  /** Whether buckets `low` to `high` are in the window. */
  holds({ ints }: MixedPage, at: number, low: number, high: number): boolean {
    const base = ints[2 * at]!;
    return low >= base && high < base + this.size;
  }

  /** Adds `count` to bucket `index`, which must be in the window. */
  add({ ints, words }: MixedPage, at: number, index: number, count: number): void {
    const i = index - ints[2 * at]!;
    const word = 4 * at + 4 + i;
    const total = words[word]! + count;
    words[word] = total % COUNT_RANGE;
    if (total >= COUNT_RANGE) this.#overflow(ints, at, i, Math.floor(total / COUNT_RANGE));
  }

  /** Makes bucket `base` the first of an empty window. */
  place({ ints }: MixedPage, at: number, base: number): void {
    ints[2 * at] = base;
  }

  /**
   * Adds `length` counts, from place `from` of `counts`: each `2 ** shift` of them to a bucket, the first of which is
   * `first >> shift`. All must be in the window.
   */
  addAll(
    page: MixedPage,
    at: number,
    first: number,
    shift: number,
    counts: Float64Array,
    from: number,
    length: number,
  ): void {
    const { ints, words } = page;
    const start = 4 * at + 4 - ints[2 * at]!;
    for (let i = 0; i < length; i++) {
      const count = counts[from + i]!;
      // Most buckets are empty.
      if (count === 0) continue;
      const word = start + ((first + i) >> shift);
      const total = words[word]! + count;
      if (total < COUNT_RANGE) words[word] = total;
      else this.add(page, at, (first + i) >> shift, count);
    }
  }

  /**
   * Compares a window with one that another thread writes, at the same place of a page with integers `theirs`. Both have
   * the same base, and no overflow row. Returns by how much its counts have grown; -1 if a count has fallen.
   */
  compare({ ints }: MixedPage, theirs: Int32Array, at: number, growth: RowGrowth): number {
    const { buckets, counts, places, contents } = growth;
    const first = 2 * at + 2;
    const end = 2 * (at + this.width);
    const base = ints[2 * at]!;
    let grown = 0;
    let length = 0;
    let differing = 0;
    for (let place = first; place < end; place++) {
      const content = theirs[place]!;
      const before = ints[place]!;
      if (content === before) continue;
      const lower = (content & LOW) - (before & LOW);
      const upper = (content >>> 16) - (before >>> 16);
      if (lower < 0 || upper < 0) return -1;
      places[differing] = place;
      contents[differing++] = content;
      grown += lower + upper;
      const bucket = base + 2 * (place - first);
      if (lower > 0) {
        buckets[length] = bucket + LOWER;
        counts[length++] = lower;
      }
      if (upper > 0) {
        buckets[length] = bucket + 1 - LOWER;
        counts[length++] = upper;
      }
    }
    growth.length = length;
    growth.differing = differing;
    return grown;
  }

  // Both cells are written without a call in between, so that a thread that is terminated has written both or neither.
  #wrap(ints: Int32Array, at: number, i: number, words: Uint16Array, word: number): void {
    const row = this.#overflowRow(ints, at);
    const page = this.#overflows.pageOf(row);
    const cell = this.#overflows.offsetOf(row) + i;
    page[cell]!++;
    words[word] = 0;
  }

  #overflow(ints: Int32Array, at: number, i: number, times: number): void {
    const row = this.#overflowRow(ints, at);
    this.#overflows.pageOf(row)[this.#overflows.offsetOf(row) + i]! += times;
  }

  #overflowRow(ints: Int32Array, at: number): number {
    if (ints[2 * at + 1] === 0) ints[2 * at + 1] = this.#spareOverflows.take();
    return ints[2 * at + 1]!;
  }
}
