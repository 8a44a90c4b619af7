// The numbers of series by the rows of their sources, so that a collection finds them without looking at attributes.
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { Interner } from "../engine/series/interner.ts";

const FIRST_ROWS = 64;
const FIRST_PAIRS = 4;
// All rows have room for as many pairs as the longest: longer rows are kept apart.
const MAX_PAIRS = 64;
/** Where no id is known. */
export const NO_ID = -1;

/**
 * The ids of one source's rows. A row may have been given to another series since: an id counts while the row has the
 * same pairs, and the same start where that makes another series.
 *
 *     #ids     │ 12 │ 13 │ -1 │ …                                    by row
 *     #starts  │ since when the row's series is measured │ …          by row
 *     #pairs   │ n │ id │ stamp │ id │ stamp │ – │ n │ …              `#stride` numbers a row
 *     #long    row → id │ stamp │ id │ stamp │ …                      of rows with many pairs
 */
export class RowIds {
  readonly #series: SeriesSource;
  readonly #interner: Interner;
  readonly #hasStarts: boolean;
  #ids = new Int32Array(FIRST_ROWS).fill(NO_ID);
  #starts = new Float64Array(FIRST_ROWS);
  #stride = 1 + 2 * FIRST_PAIRS;
  #pairs = new Int32Array(FIRST_ROWS * (1 + 2 * FIRST_PAIRS));
  readonly #long = new Map<number, Int32Array>();
  #row = new Int32Array(16);

  /** @param hasStarts whether a series that begins anew is another one. */
  constructor(series: SeriesSource, interner: Interner, hasStarts: boolean) {
    this.#series = series;
    this.#interner = interner;
    this.#hasStarts = hasStarts;
  }

  /** The id of a visited row, or {@link NO_ID}. Allocates nothing. */
  find(row: number): number {
    if (row >= this.#ids.length) return NO_ID;
    const id = this.#ids[row]!;
    if (id === NO_ID) return NO_ID;
    if (this.#hasStarts && this.#starts[row] !== this.#series.startTimeOf(row)) return NO_ID;
    const count = this.#series.pairsOf(row, this.#row);
    const at = row * this.#stride;
    if (this.#pairs[at] !== count) return NO_ID;
    const long = count > MAX_PAIRS ? this.#long.get(row) : undefined;
    const isSame =
      long === undefined ? this.#isNoted(count, this.#pairs, at + 1) : this.#isNoted(count, long, 0);
    return isSame ? id : NO_ID;
  }

  /** Notes the id of a visited row. */
  set(row: number, id: number): void {
    let count = this.#series.pairsOf(row, this.#row);
    if (count > this.#row.length) {
      this.#row = new Int32Array(2 * count);
      count = this.#series.pairsOf(row, this.#row);
    }
    const isLong = count > MAX_PAIRS;
    this.#makeRoom(row, isLong ? 0 : count);
    this.#ids[row] = id;
    this.#starts[row] = this.#series.startTimeOf(row);
    const at = row * this.#stride;
    this.#pairs[at] = count;
    if (isLong) {
      const pairs = new Int32Array(2 * count);
      this.#note(count, pairs, 0);
      this.#long.set(row, pairs);
    } else {
      this.#note(count, this.#pairs, at + 1);
      this.#long.delete(row);
    }
  }

  // Whether the pairs of `#row` are those from `at` on.
  #isNoted(count: number, pairs: Int32Array, at: number): boolean {
    for (let i = 0; i < count; i++) {
      const pair = this.#row[i]!;
      if (pairs[at + 2 * i] !== pair || pairs[at + 2 * i + 1] !== this.#interner.stampOf(pair)) return false;
    }
    return true;
  }

  // Notes the pairs of `#row` from `at` on.
  #note(count: number, pairs: Int32Array, at: number): void {
    for (let i = 0; i < count; i++) {
      const pair = this.#row[i]!;
      pairs[at + 2 * i] = pair;
      pairs[at + 2 * i + 1] = this.#interner.stampOf(pair);
    }
  }

  #makeRoom(row: number, pairCount: number): void {
    if (row < this.#ids.length && 1 + 2 * pairCount <= this.#stride) return;
    const before = this.#ids.length;
    const rows = row < before ? before : Math.max(2 * before, row + 1);
    const stride = Math.max(this.#stride, 1 + 2 * pairCount);
    const ids = new Int32Array(rows).fill(NO_ID);
    ids.set(this.#ids);
    const starts = new Float64Array(rows);
    starts.set(this.#starts);
    const pairs = new Int32Array(rows * stride);
    for (let i = 0; i < before; i++)
      pairs.set(this.#pairs.subarray(i * this.#stride, (i + 1) * this.#stride), i * stride);
    this.#ids = ids;
    this.#starts = starts;
    this.#stride = stride;
    this.#pairs = pairs;
  }
}
