/**
 * Base-2 exponential histograms as rows of cells:
 *
 *     [count, sum, min, max, zero count, coarsening | negative, window of the positive buckets …]
 *
 * The scale is the finest minus `coarsening`. `negative` is the row of a second window, for the few series with negative
 * values; without one it is 0. A count of 0 means "nothing recorded (this cycle)".
 *
 * The window has its full size from the start. From the second value on, the finest scale at which the values fit is
 * chosen, so more than half of the window is in use. The specification calls this scale ideal.
 */
import { BucketWindows } from "./bucket-windows.ts";
import { WindowChange } from "./window-change.ts";
import { READING } from "./exponential-reading.ts";
import { bucketIndexOf } from "./exponential-index.ts";
import { GROWTH, type RowGrowth } from "./row-growth.ts";
import { type MixedPage, MixedPages, type MixedViews, SpareRows } from "./pages.ts";
import { memoryOf, type Part, PARTS, type SharedStore } from "./store.ts";

const SUM = 1;
const MIN = 2;
const MAX = 3;
const ZERO_COUNT = 4;
const STATE = 5;
const POSITIVE = 6;

// In a page's integers: the two of the state cell, counted from its first.
const COARSENING = 0;
const NEGATIVE = 1;

const MAX_SIZE_LIMIT = 65_536;

export interface ExponentialShape {
  /** Maximum number of buckets, of positive and of negative values each: 2 to 65,536. Other numbers are clamped. */
  readonly maxSize: number;
  /** The finest scale, -10 to 20. */
  readonly maxScale: number;
  /** Whether min and max are recorded. */
  readonly recordMinMax: boolean;
}

export class ExponentialRows {
  /** Maximum number of cells that {@link read} writes. */
  readonly readingLength: number;
  readonly #maxScale: number;
  readonly pages: MixedPages;
  readonly #windows: BucketWindows;
  readonly #negatives: MixedPages;
  readonly #spareNegatives: SpareRows;
  readonly #change: WindowChange;

  constructor({ maxSize, maxScale, recordMinMax }: ExponentialShape, shared?: SharedStore) {
    const size = Math.min(Math.max(2, maxSize), MAX_SIZE_LIMIT);
    this.readingLength = READING.counts + 2 * size;
    this.#maxScale = maxScale;
    this.#windows = new BucketWindows(size, memoryOf(shared, PARTS.overflows));
    const window = Array.from({ length: this.#windows.width }, () => 0);
    // Without min and max, their cells start beyond every value, so that recording needs no check.
    const [min, max] = recordMinMax ? [Infinity, -Infinity] : [-Infinity, Infinity];
    this.pages = new MixedPages({
      emptyRow: [0, 0, min, max, 0, 0, ...window],
      memory: memoryOf(shared, PARTS.rows),
    });
    this.#negatives = new MixedPages({ emptyRow: window, memory: memoryOf(shared, PARTS.negatives) });
    this.#spareNegatives = new SpareRows(this.#negatives);
    this.#change = new WindowChange(this.#windows, this.#negatives, memoryOf(shared, PARTS.changes));
  }

  /** Records a finite `value` in the row at `offset` of `page`. Allocates only windows for negative values. */
  record(page: MixedPage, offset: number, value: number): void {
    if (!this.recordUsual(page, offset, value)) this.recordUnusual(page, offset, value);
  }

  /**
   * Records a finite `value`, except for its bucket if that is zero, negative or beyond the window; returns false then,
   * and {@link recordUnusual} must follow. Short, so that V8 inlines it. Also takes the views of a row, with offset 0.
   */
  recordUsual({ cells, ints, words }: MixedViews, offset: number, value: number): boolean {
    // All reads before the first write: V8 can't know that the cells differ.
    const count = cells[offset]!;
    const sum = cells[offset + SUM]!;
    const min = cells[offset + MIN]!;
    const max = cells[offset + MAX]!;
    const scale = this.#maxScale - ints[2 * (offset + STATE) + COARSENING]!;
    cells[offset] = count + 1;
    cells[offset + SUM] = sum + value;
    if (value < min) cells[offset + MIN] = value;
    if (value > max) cells[offset + MAX] = value;
    return (
      value > 0 && this.#windows.incrementUsual(ints, words, offset + POSITIVE, bucketIndexOf(value, scale))
    );
  }

  /** Number of values in `row`; 0 means "nothing recorded (this cycle)". */
  countOf(row: number): number {
    return this.pages.pageOf(row).cells[this.pages.offsetOf(row)]!;
  }

  empty(row: number): void {
    const page = this.pages.pageOf(row);
    const offset = this.pages.offsetOf(row);
    this.#windows.empty(page, offset + POSITIVE);
    const negative = page.ints[2 * (offset + STATE) + NEGATIVE]!;
    if (negative !== 0) {
      this.#windows.empty(this.#negatives.pageOf(negative), this.#negatives.offsetOf(negative));
      this.#spareNegatives.giveBack(negative);
    }
    this.pages.pages.clear(row);
  }

  /** Writes `row` to `into`, at the offsets of {@link READING}; missing values are 0. Allocates nothing. */
  read(row: number, into: Float64Array): void {
    const page = this.pages.pageOf(row);
    const offset = this.pages.offsetOf(row);
    const positives = this.#readWindow(page, offset + POSITIVE, into, READING.positiveOffset, READING.counts);
    const negative = page.ints[2 * (offset + STATE) + NEGATIVE]!;
    into[READING.negativeOffset] = 0;
    into[READING.negativeLength] = 0;
    if (negative !== 0) {
      const negatives = this.#negatives.pageOf(negative);
      const at = this.#negatives.offsetOf(negative);
      this.#readWindow(negatives, at, into, READING.negativeOffset, READING.counts + positives);
    }
    // From the last to the count, see `readWhole`.
    for (let cell = READING.zeroCount; cell >= READING.count; cell--) into[cell] = page.cells[offset + cell]!;
    // If all values are 0 every scale is correct. Upstream uses 0 too.
    const hasBuckets = into[READING.count]! > into[READING.zeroCount]!;
    into[READING.scale] = hasBuckets ? this.#scaleOf(page, offset) : 0;
  }

  /**
   * Reads a row that another thread may be writing. Returns whether no write overlapped; if not, the reading is useless.
   * A recording writes the count first and a bucket last. The count is read after the buckets, so it is their sum only
   * if no recording was under way. The state shows whether the windows were moved meanwhile.
   */
  readWhole(row: number, into: Float64Array): boolean {
    const { ints } = this.pages.pageOf(row);
    const state = 2 * (this.pages.offsetOf(row) + STATE);
    const coarsening = ints[state];
    const negative = ints[state + NEGATIVE]!;
    const [base, overflow] = [ints[state + 2], ints[state + 3]];
    let isSame: boolean;
    try {
      const windows = negative === 0 ? undefined : this.#negatives.pageOf(negative).ints;
      const window = 2 * this.#negatives.offsetOf(negative);
      const [negativeBase, negativeOverflow] = [windows?.[window], windows?.[window + 1]];
      this.read(row, into);
      isSame =
        ints[state] === coarsening &&
        ints[state + NEGATIVE] === negative &&
        ints[state + 2] === base &&
        ints[state + 3] === overflow &&
        windows?.[window] === negativeBase &&
        windows?.[window + 1] === negativeOverflow;
    } catch (error) {
      // A page that was added since the last look at the log.
      if (error instanceof RangeError) return false;
      throw error;
    }
    const end = READING.counts + into[READING.positiveLength]! + into[READING.negativeLength]!;
    let counted = into[READING.zeroCount]!;
    for (let cell: number = READING.counts; cell < end; cell++) counted += into[cell]!;
    return isSame && counted === into[READING.count];
  }

  /**
   * Compares a row with the same row of `theirs`, which another thread may be writing. Returns false if a write
   * overlapped, or if the row has negative values or counts above 65,535; use {@link readWhole} then. The checks are
   * those of `readWhole`: this row is whole, so the other is if all differences add up.
   */
  compare(row: number, theirs: ExponentialRows, growth: RowGrowth): boolean {
    const { cells, ints } = theirs.pages.pageOf(row);
    const page = this.pages.pageOf(row);
    const offset = this.pages.offsetOf(row);
    const state = 2 * (offset + STATE);
    const window = 2 * (offset + POSITIVE);
    const coarsening = ints[state]!;
    const base = ints[window]!;
    if (ints[state + NEGATIVE] !== 0 || ints[window + 1] !== 0) return false;
    if (page.ints[state + NEGATIVE] !== 0 || page.ints[window + 1] !== 0) return false;
    if (page.ints[state] !== coarsening || page.ints[window] !== base)
      if (!this.#moveTo(page, offset, coarsening, base)) return false;
    const grown = this.#windows.compare(page, ints, offset + POSITIVE, growth);
    if (grown < 0) return false;
    // From the last to the count, see `readWhole`.
    const zeroCount = cells[offset + ZERO_COUNT]! - page.cells[offset + ZERO_COUNT]!;
    growth.cells[GROWTH.max] = cells[offset + MAX]!;
    growth.cells[GROWTH.min] = cells[offset + MIN]!;
    growth.cells[GROWTH.sum] = cells[offset + SUM]!;
    const total = cells[offset]!;
    const isSame =
      ints[state] === coarsening &&
      ints[state + NEGATIVE] === 0 &&
      ints[window] === base &&
      ints[window + 1] === 0;
    const count = total - page.cells[offset]!;
    growth.cells[GROWTH.total] = total;
    growth.cells[GROWTH.count] = count;
    growth.cells[GROWTH.zeroCount] = zeroCount;
    growth.scale = this.#maxScale - coarsening;
    return isSame && zeroCount >= 0 && grown + zeroCount === count;
  }

  /** Makes a row equal to the one that it was compared with. */
  follow(row: number, growth: RowGrowth): void {
    const { cells, ints } = this.pages.pageOf(row);
    const offset = this.pages.offsetOf(row);
    cells[offset] = growth.cells[GROWTH.total]!;
    cells[offset + SUM] = growth.cells[GROWTH.sum]!;
    cells[offset + MIN] = growth.cells[GROWTH.min]!;
    cells[offset + MAX] = growth.cells[GROWTH.max]!;
    cells[offset + ZERO_COUNT]! += growth.cells[GROWTH.zeroCount]!;
    for (let i = 0; i < growth.differing; i++) ints[growth.places[i]!] = growth.contents[i]!;
  }

  /** Adds the growth of another row to `row`, except for its sum. */
  grow(row: number, growth: RowGrowth): void {
    const page = this.pages.pageOf(row);
    const { cells } = page;
    const offset = this.pages.offsetOf(row);
    const hadBuckets = cells[offset]! > cells[offset + ZERO_COUNT]!;
    cells[offset]! += growth.cells[GROWTH.count]!;
    cells[offset + ZERO_COUNT]! += growth.cells[GROWTH.zeroCount]!;
    const min = growth.cells[GROWTH.min]!;
    const max = growth.cells[GROWTH.max]!;
    if (min < cells[offset + MIN]!) cells[offset + MIN] = min;
    if (max > cells[offset + MAX]!) cells[offset + MAX] = max;
    if (growth.length === 0) return;
    this.#coarsenTo(page, offset, growth.scale, hadBuckets);
    for (let i = 0; i < growth.length; i++)
      this.#addBucket(page, offset, growth.buckets[i]!, growth.scale, growth.counts[i]!);
  }

  /** Adds a reading of another series to `row`. */
  add(row: number, reading: Float64Array, at: number): void {
    const page = this.pages.pageOf(row);
    const { cells } = page;
    const offset = this.pages.offsetOf(row);
    const hadBuckets = cells[offset]! > cells[offset + ZERO_COUNT]!;
    const addsBuckets = reading[at]! > reading[at + READING.zeroCount]!;
    cells[offset]! += reading[at]!;
    cells[offset + SUM]! += reading[at + READING.sum]!;
    cells[offset + ZERO_COUNT]! += reading[at + READING.zeroCount]!;
    cells[offset + MIN] = Math.min(cells[offset + MIN]!, reading[at + READING.min]!);
    cells[offset + MAX] = Math.max(cells[offset + MAX]!, reading[at + READING.max]!);
    if (!addsBuckets) return;
    this.#coarsenTo(page, offset, reading[at + READING.scale]!, hadBuckets);
    const positives = reading[at + READING.positiveLength]!;
    const first = at + READING.counts;
    if (positives > 0)
      this.#addWindow(page, offset, page, offset + POSITIVE, reading, at, READING.positiveOffset, first);
    if (reading[at + READING.negativeLength] === 0) return;
    const negative = this.#negativeRow(page, offset);
    const negatives = this.#negatives.pageOf(negative);
    const cell = this.#negatives.offsetOf(negative);
    this.#addWindow(page, offset, negatives, cell, reading, at, READING.negativeOffset, first + positives);
  }

  /** Ends what the thread that wrote these rows had begun when it ended. */
  finish(): void {
    this.#change.finish(this.pages);
  }

  /** Adds the next page of a part, which another `ExponentialRows` of the same shape writes. */
  adopt(part: Part, page: Float64Array): void {
    if (part === PARTS.rows) this.pages.adopt(page);
    else if (part === PARTS.negatives) this.#negatives.adopt(page);
    else if (part === PARTS.overflows) this.#windows.adopt(page);
    else if (part === PARTS.changes) this.#change.adopt(page);
  }

  #readWindow(page: MixedPage, at: number, into: Float64Array, header: number, counts: number): number {
    const low = this.#windows.lowest(page, at);
    const isEmpty = low === Infinity;
    const high = isEmpty ? low - 1 : this.#windows.highest(page, at);
    // The limit counts only if another thread moves the window meanwhile.
    const length = isEmpty ? 0 : Math.min(high - low + 1, this.#windows.size);
    into[header] = isEmpty ? 0 : low;
    into[header + 1] = length;
    if (length > 0) this.#windows.read(page, at, low, low + length - 1, into, counts);
    return length;
  }

  #scaleOf({ ints }: MixedPage, offset: number): number {
    return this.#maxScale - ints[2 * (offset + STATE) + COARSENING]!;
  }

  /** Counts the bucket of a value for which {@link recordUsual} returned false. */
  recordUnusual(page: MixedPage, offset: number, value: number): void {
    if (value > 0) this.#recordBeyond(page, offset, page, offset + POSITIVE, value);
    else if (value < 0) {
      const row = this.#negativeRow(page, offset);
      this.#recordBeyond(page, offset, this.#negatives.pageOf(row), this.#negatives.offsetOf(row), -value);
    } else page.cells[offset + ZERO_COUNT]!++;
  }

  #negativeRow({ ints }: MixedPage, offset: number): number {
    const at = 2 * (offset + STATE) + NEGATIVE;
    if (ints[at] === 0) ints[at] = this.#spareNegatives.take();
    return ints[at]!;
  }

  // Counts a value in a window that may have no room for it yet. The loop ends: each turn that makes no room
  // has coarsened the scale, and at the coarsest one all doubles fall into two buckets.
  #recordBeyond(page: MixedPage, offset: number, windowPage: MixedPage, at: number, magnitude: number): void {
    for (;;) {
      const index = bucketIndexOf(magnitude, this.#scaleOf(page, offset));
      if (this.#windows.increment(windowPage, at, index)) return;
      this.#makeRoom(page, offset, windowPage, at, index, index);
    }
  }

  #addWindow(
    page: MixedPage,
    offset: number,
    windowPage: MixedPage,
    cell: number,
    reading: Float64Array,
    at: number,
    header: number,
    counts: number,
  ): void {
    const first = reading[at + header]!;
    const length = reading[at + header + 1]!;
    for (;;) {
      const shift = reading[at + READING.scale]! - this.#scaleOf(page, offset);
      const low = first >> shift;
      const high = (first + length - 1) >> shift;
      if (this.#windows.holds(windowPage, cell, low, high)) {
        this.#windows.addAll(windowPage, cell, first, shift, reading, counts, length);
        return;
      }
      this.#makeRoom(page, offset, windowPage, cell, low, high);
    }
  }

  #makeRoom(
    page: MixedPage,
    offset: number,
    windowPage: MixedPage,
    at: number,
    from: number,
    to: number,
  ): void {
    const { size } = this.#windows;
    const lowest = this.#windows.lowest(windowPage, at);
    let low = Math.min(from, lowest);
    let high = Math.max(to, this.#windows.highest(windowPage, at));
    let shift = 0;
    for (; high - low >= size; shift++) {
      low >>= 1;
      high >>= 1;
    }
    // Free buckets are split between both sides, since the next value may be on either.
    const base = low - ((size - (high - low + 1)) >> 1);
    if (lowest === Infinity && shift === 0) this.#windows.place(windowPage, at, base);
    else this.#change.make(page, offset + STATE, shift, base, windowPage === page ? "positive" : "negative");
  }

  // Adds to a positive bucket at `scale`, or at a coarser one.
  #addBucket(page: MixedPage, offset: number, bucket: number, scale: number, count: number): void {
    const at = offset + POSITIVE;
    for (;;) {
      const index = bucket >> (scale - this.#scaleOf(page, offset));
      if (this.#windows.holds(page, at, index, index)) return this.#windows.add(page, at, index, count);
      this.#makeRoom(page, offset, page, at, index, index);
    }
  }

  // Before buckets at `scale` are added. The first buckets of a row decide its scale.
  #coarsenTo(page: MixedPage, offset: number, scale: number, hadBuckets: boolean): void {
    const excess = this.#scaleOf(page, offset) - scale;
    if (!hadBuckets) page.ints[2 * (offset + STATE) + COARSENING]! += excess;
    else if (excess > 0)
      this.#change.make(
        page,
        offset + STATE,
        excess,
        page.ints[2 * (offset + POSITIVE)]! >> excess,
        "positive",
      );
  }

  // Moves the window of a row without negative values to a scale and a base. Returns false if its buckets do not fit.
  #moveTo(page: MixedPage, offset: number, coarsening: number, base: number): boolean {
    const state = 2 * (offset + STATE);
    const at = offset + POSITIVE;
    const shift = coarsening - page.ints[state]!;
    const lowest = this.#windows.lowest(page, at);
    if (lowest === Infinity) this.#windows.place(page, at, base);
    else {
      if (!(shift >= 0 && shift < 32)) return false;
      const highest = this.#windows.highest(page, at) >> shift;
      if (lowest >> shift < base || highest >= base + this.#windows.size) return false;
      this.#change.make(page, offset + STATE, shift, base, "positive");
    }
    page.ints[state] = coarsening;
    return true;
  }
}
