// Ids of series by their rows, which avoids comparisons of attributes.
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { Interner } from "../engine/series/interner.ts";
import { isLong } from "./label-value.ts";

const FIRST_ROWS = 64;
const FIRST_PAIRS = 4;
// Longer rows are looked up in steps, because all others have space of equal size.
const MAX_PAIRS = 64;
// Pairs per step.
const STEP = 16_384;
export const NO_ID = -1;
/** The id must be looked up in steps. */
export const IN_STEPS = -2;

/**
 * Ids of the rows of one source. A row may have been reused for another series. So an id is valid only while the row
 * has the same pairs, and, if starts matter, the same start.
 *
 * ```
 * #ids     │ 12 │ 13 │ -1 │ …                                    by row
 * #starts  │ start of the row's series │ …                       by row
 * #pairs   │ n │ id │ stamp │ id │ stamp │ – │ n │ …              `#stride` numbers per row
 * #long    row → id │ stamp │ id │ stamp │ …                      of rows with many pairs
 * ```
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
  readonly #row = new Int32Array(MAX_PAIRS);

  /** @param hasStarts whether a new start means a new series */
  constructor(series: SeriesSource, interner: Interner, hasStarts: boolean) {
    this.#series = series;
    this.#interner = interner;
    this.#hasStarts = hasStarts;
  }

  /** Returns an id, {@link NO_ID}, or {@link IN_STEPS} if {@link findSteps} must be used. Allocates nothing. */
  find(row: number): number {
    if (row >= this.#ids.length) return NO_ID;
    const id = this.#ids[row]!;
    if (id === NO_ID) return NO_ID;
    if (this.#hasStarts && this.#starts[row] !== this.#series.startTimeOf(row)) return NO_ID;
    const count = this.#series.pairsOf(row, this.#row);
    if (count > MAX_PAIRS) return IN_STEPS;
    const at = row * this.#stride;
    if (this.#pairs[at] !== count) return NO_ID;
    return this.#isNoted(count, at + 1) ? id : NO_ID;
  }

  /** Whether the row requires steps: it has many pairs or a long value. */
  isLong(row: number): boolean {
    const count = this.#series.pairsOf(row, this.#row);
    if (count > MAX_PAIRS) return true;
    for (let i = 0; i < count; i++) if (isLong(this.#interner.valueOf(this.#row[i]!))) return true;
    return false;
  }

  /** Returns an id or {@link NO_ID}. */
  *findSteps(row: number, ids: Int32Array): Generator<void, number> {
    if (ids.length <= MAX_PAIRS) return this.find(row);
    const noted = this.find(row) === IN_STEPS ? this.#long.get(row) : undefined;
    if (noted?.length !== 2 * ids.length) return NO_ID;
    for (const [i, id] of ids.entries()) {
      if (noted[2 * i] !== id || noted[2 * i + 1] !== this.#interner.stampOf(id)) return NO_ID;
      if (i % STEP === 0) yield;
    }
    return this.#ids[row]!;
  }

  pairsOf(row: number): Int32Array {
    const ids = new Int32Array(this.#series.pairsOf(row, this.#row));
    this.#series.pairsOf(row, ids);
    return ids;
  }

  /** Stores the id of a row with few pairs. */
  set(row: number, id: number): void {
    const count = this.#series.pairsOf(row, this.#row);
    this.#makeRoom(row, count);
    this.#setId(row, id, count);
    const at = row * this.#stride + 1;
    for (let i = 0; i < count; i++) this.#note(this.#row[i]!, this.#pairs, at + 2 * i);
    this.#long.delete(row);
  }

  /** Stores the id of any row, in steps. */
  *setSteps(row: number, id: number, ids: Int32Array): Generator<void, void> {
    if (ids.length <= MAX_PAIRS) {
      this.set(row, id);
      return;
    }
    this.#makeRoom(row, 0);
    const noted = new Int32Array(2 * ids.length);
    for (const [i, pair] of ids.entries()) {
      this.#note(pair, noted, 2 * i);
      if (i % STEP === 0) yield;
    }
    this.#setId(row, id, ids.length);
    this.#long.set(row, noted);
  }

  #setId(row: number, id: number, count: number): void {
    this.#ids[row] = id;
    this.#starts[row] = this.#series.startTimeOf(row);
    this.#pairs[row * this.#stride] = count;
  }

  // Compares `#row` with the pairs stored at `at`.
  #isNoted(count: number, at: number): boolean {
    for (let i = 0; i < count; i++) {
      const pair = this.#row[i]!;
      if (this.#pairs[at + 2 * i] !== pair || this.#pairs[at + 2 * i + 1] !== this.#interner.stampOf(pair))
        return false;
    }
    return true;
  }

  #note(id: number, pairs: Int32Array, at: number): void {
    pairs[at] = id;
    pairs[at + 1] = this.#interner.stampOf(id);
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
