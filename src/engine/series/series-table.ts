/**
 * Attribute sets to rows: equal sets, equal row, whatever the order of their keys. Row 0 is the overflow series and
 * comes on top of `limit`; other rows are numbered from 1 in the order of their first measurement, and a freed row's
 * number is given out again.
 *
 *     attributes ─► trie ─(not there)─► pair ids ─► index ─(not there)─► a new row, or row 0 at the limit
 *
 * - `rowOf(attributes)` always answers and never throws. It allocates nothing once the set has a row, nor in overflow,
 *   of which nothing is kept.
 * - A store calls `free(row)` and empties the row's cells; a row that a bound handle holds (`retain`) is not freed.
 * - Walk all rows: `for (let row = 0; row < table.rowCount; row++) if (table.isLive(row)) …`.
 */
import type { Attributes } from "@opentelemetry/api";
import { grownFloat64 } from "../aggregation/grown.ts";
import { setOwn } from "./attribute-content.ts";
import type { Interner } from "./interner.ts";
import { FilteredKeys, SetReader } from "./set-reader.ts";
import { PairSpans } from "./pair-spans.ts";
import { RowActivity } from "./row-activity.ts";
import { RowIndex } from "./row-index.ts";
import { Trie } from "./trie.ts";

export interface SeriesTableOptions {
  readonly interner: Interner;
  /** Live rows at most, the overflow row not counted. */
  readonly limit: number;
  /** Which keys make the series (a view's filter), asked once for a key; all where it is not given. Must not throw. */
  readonly keep?: ((key: string) => boolean) | undefined;
  /** Told of each row before it is first answered, row 0 included: the store makes room for its cells. */
  readonly onNewRow?: ((row: number) => void) | undefined;
  /** Told of each attribute that is left out because its value is none (a function) or its reading threw. */
  readonly onDroppedAttribute?: ((key: string) => void) | undefined;
  /** Milliseconds since the epoch. Where given, a row's start time is the time at which it was made. */
  readonly clock?: (() => number) | undefined;
  /** Asked where an unknown set finds the table full: frees rows that are not needed any more. Whether there were any. */
  readonly makeRoom?: (() => boolean) | undefined;
  /** Keeps when rows were last asked for, for {@link SeriesTable.isIdle}. @defaultValue false */
  readonly trackActivity?: boolean | undefined;
}

export const OVERFLOW_ROW = 0;

const OVERFLOW: Attributes = { "otel.metric.overflow": true };

// Room for so many attributes is kept ready.
const MAX_SPARE_IDS = 1024;

// What sets are read into. Taken away while in use: a getter may record to another series, and that comes here too.
let spareReader: SetReader | undefined;

export class SeriesTable {
  readonly interner: Interner;
  readonly limit: number;
  readonly #trie = new Trie();
  readonly #spans = new PairSpans();
  readonly #index: RowIndex = new RowIndex(this.#spans);
  readonly #leftOut: FilteredKeys | undefined;
  readonly #activity: RowActivity | undefined;
  readonly #options: SeriesTableOptions;
  // Bound handles by row; few rows have any.
  readonly #holds = new Map<number, number>();
  #startTimes: Float64Array | undefined;
  #rowCount = 0;
  #size = 0;
  // The row that was freed last, 0 for none; each freed row leads to the one before it.
  #freeRow = 0;
  #overflowed = false;

  constructor(options: SeriesTableOptions) {
    this.interner = options.interner;
    this.limit = options.limit;
    this.#options = options;
    this.#leftOut = options.keep === undefined ? undefined : new FilteredKeys(options.keep);
    if (options.clock !== undefined) this.#startTimes = new Float64Array(16);
    this.#activity = options.trackActivity === true ? new RowActivity() : undefined;
    const overflow = new SetReader();
    overflow.read(OVERFLOW, this.interner, undefined, true);
    this.#makeRow(overflow);
  }

  /** The highest row ever given out, plus one; freed rows are below it too. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Live rows, the overflow row not counted. */
  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.limit;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** The row of the set of the attributes' own enumerable properties, made where there is none; 0 in overflow. */
  rowOf(attributes: Attributes | undefined): number {
    const row = this.#trie.find(attributes);
    if (row < 0) return this.#rowOfSet(attributes);
    if (this.#activity !== undefined) this.#activity.use(row);
    return row;
  }

  /** Whether the row has a set; row 0: whether anything overflowed. */
  isLive(row: number): boolean {
    return row === OVERFLOW_ROW ? this.#overflowed : row < this.#rowCount && this.#spans.has(row);
  }

  /** Copies the ids of a live row's pairs to `ids`, as far as there is room. Returns how many there are. */
  pairsOf(row: number, ids: Int32Array): number {
    return this.#spans.copy(row, ids);
  }

  pairCountOf(row: number): number {
    return this.#spans.countOf(row);
  }

  /** The interner's id of a live row's attribute number `index`, in the order in which they were first given. */
  pairAt(row: number, index: number): number {
    return this.#spans.at(row, index);
  }

  attributesOf(row: number): Attributes {
    const attributes: Attributes = {};
    const count = this.#spans.countOf(row);
    for (let i = 0; i < count; i++) {
      const id = this.#spans.at(row, i);
      const key = this.interner.keyOf(id);
      // A plain assignment takes a tenth of the time, but would set the prototype.
      if (key === "__proto__") setOwn(attributes, key, this.interner.valueOf(id));
      else attributes[key] = this.interner.valueOf(id);
    }
    return attributes;
  }

  /** When a live row was made, or row 0 first used, in milliseconds since the epoch; 0 without a clock. */
  startTimeOf(row: number): number {
    return this.#startTimes === undefined ? 0 : this.#startTimes[row]!;
  }

  setStartTime(row: number, unixMillis: number): void {
    if (this.#startTimes !== undefined) this.#startTimes[row] = unixMillis;
  }

  /** Holds a live row for a bound handle: it is not freed until it is released as often. */
  retain(row: number): void {
    this.#holds.set(row, (this.#holds.get(row) ?? 0) + 1);
  }

  /** Ends one hold of {@link retain}. The row stays live, and counts as used just now. */
  release(row: number): void {
    const others = (this.#holds.get(row) ?? 0) - 1;
    if (others > 0) this.#holds.set(row, others);
    else this.#holds.delete(row);
    this.#use(row);
  }

  isHeld(row: number): boolean {
    return this.#holds.has(row);
  }

  /** Frees a live row that nobody holds, whose cells the caller empties. Row 0: nothing has overflowed any more. */
  free(row: number): boolean {
    if (!this.isLive(row) || this.isHeld(row)) return false;
    if (row === OVERFLOW_ROW) {
      this.#overflowed = false;
      return true;
    }
    this.#trie.clear();
    this.#index.remove(row);
    const count = this.#spans.countOf(row);
    for (let i = 0; i < count; i++) this.interner.release(this.#spans.at(row, i));
    this.#spans.remove(row, this.#freeRow);
    this.#freeRow = row;
    this.#size--;
    return true;
  }

  /** Tells when a collection is, in milliseconds since the epoch: all use since the last one counts as made then. */
  advanceActivity(unixMillis: number): void {
    this.#activity?.advance(unixMillis);
  }

  /** Whether nobody used or held a live row after `unixMillis`; never where activity is not tracked. */
  isIdle(row: number, unixMillis: number): boolean {
    return this.#activity !== undefined && !this.isHeld(row) && !this.#activity.isUsedAfter(row, unixMillis);
  }

  // What the trie does not have: other ways to a row, arrays and objects, more rows than it has room for, new sets.
  #rowOfSet(attributes: Attributes | undefined): number {
    const set = spareReader ?? new SetReader();
    spareReader = undefined;
    const row = this.#findOrMake(set, attributes);
    if (set.droppedKeys.length > 0) this.#reportDropped(set.droppedKeys);
    if (set.ids.length <= MAX_SPARE_IDS) spareReader = set;
    return row === OVERFLOW_ROW ? this.#overflow() : this.#use(row);
  }

  #findOrMake(set: SetReader, attributes: Attributes | undefined): number {
    // A pair that no row of the provider has, is in none of this table: then there is nothing to look up.
    const { forgotten } = this.interner;
    const isKnown = set.read(attributes, this.interner, this.#leftOut, false);
    // A getter may have had pairs forgotten that were read before it: then all are read anew, and held.
    const isGood = this.interner.forgotten === forgotten;
    if (isKnown && isGood) {
      const found = this.#index.find(set.hash, set.ids, set.count);
      if (found > 0 && set.isPath)
        this.#trie.add(found, set.path, set.steps, this.interner, this.#leftOut?.keys ?? []);
      if (found >= 0) return found;
      if (!this.isFull) {
        for (let i = 0; i < set.count; i++) this.interner.retain(set.ids[i]!);
        return this.#makeRow(set);
      }
    }
    if (isGood && this.isFull && this.#options.makeRoom?.() !== true) return OVERFLOW_ROW;
    set.read(attributes, this.interner, this.#leftOut, true);
    // A getter may tell another value this time, or have recorded what filled the table.
    const found = this.#index.find(set.hash, set.ids, set.count);
    if (found < 0 && !this.isFull) return this.#makeRow(set);
    for (let i = 0; i < set.count; i++) this.interner.release(set.ids[i]!);
    return Math.max(found, OVERFLOW_ROW);
  }

  // The row takes over the reader's holds of its pairs.
  #makeRow(set: SetReader): number {
    const row = this.#freeRow === 0 ? this.#rowCount : this.#freeRow;
    this.#options.onNewRow?.(row);
    if (row === this.#rowCount) this.#rowCount++;
    else this.#freeRow = this.#spans.noteOf(row);
    this.#spans.put(row, set.ids, set.count);
    this.#index.add(set.hash, row, this.#rowCount);
    if (row !== OVERFLOW_ROW) this.#size++;
    if (this.#startTimes !== undefined && row >= this.#startTimes.length) {
      this.#startTimes = grownFloat64(this.#startTimes, row + 1);
    }
    this.setStartTime(row, this.#options.clock?.() ?? 0);
    return row;
  }

  #reportDropped(keys: readonly string[]): void {
    for (const key of keys) this.#options.onDroppedAttribute?.(key);
  }

  #overflow(): number {
    if (!this.#overflowed) {
      this.#overflowed = true;
      this.setStartTime(OVERFLOW_ROW, this.#options.clock?.() ?? 0);
    }
    return this.#use(OVERFLOW_ROW);
  }

  #use(row: number): number {
    this.#activity?.use(row);
    return row;
  }
}
