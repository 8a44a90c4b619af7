/**
 * Maps attribute sets to rows. Equal sets have the same row, in any order of their keys. Row 0 is the overflow series,
 * in addition to `limit`. Other rows are numbered from 1 in the order of their first measurement; the number of a freed
 * row is reused.
 *
 *     attributes ─► trie ─(not there)─► pair ids ─► index ─(not there)─► a new row, or row 0 at the limit
 *
 * - `rowOf(attributes)` always returns a row and never throws. It allocates nothing once the set has a row, nor in
 *   overflow, for which nothing is stored.
 * - A store calls `free(row)` or `retire(row)` and empties the row's cells. A row that a bound handle holds (`retain`) is
 *   neither freed nor retired.
 * - To walk all rows: `for (let row = 0; row < table.rowCount; row++) if (table.isLive(row)) …`.
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
  /** Maximum number of live rows, without the overflow row. */
  readonly limit: number;
  /**
   * Selects the keys that identify series (a view's filter); called once per key. All keys by default. Must not
   * throw.
   */
  readonly keep?: ((key: string) => boolean) | undefined;
  /** Called for each row before it is first returned, including row 0, to reserve its cells. */
  readonly onNewRow?: ((row: number) => void) | undefined;
  /** Called for each row that was given to a series, and for row 0 at the first overflow. */
  readonly onAdded?: ((row: number, series: SeriesTable) => void) | undefined;
  /** Called for each attribute that is left out because its value is invalid (a function) or its reading threw. */
  readonly onDroppedAttribute?: ((key: string) => void) | undefined;
  /** Returns milliseconds since the epoch. With a clock, a row's start time is the time of its creation. */
  readonly clock?: (() => number) | undefined;
  /**
   * Called if a new set arrives at a full table: frees rows that are no longer needed. Returns whether any were
   * freed.
   */
  readonly makeRoom?: (() => boolean) | undefined;
  /** Records when rows were last used, for {@link SeriesTable.isIdle}. @defaultValue false */
  readonly trackActivity?: boolean | undefined;
  /** Counted up whenever a row is freed, and at each collection if activity is tracked. */
  readonly changes?: RowChanges | undefined;
}

/**
 * Counts the changes after which a handle without a hold looks up its row again. The row may belong to another series
 * then, or its use must be noted. One count for all tables of a provider.
 */
export interface RowChanges {
  count: number;
}

export const OVERFLOW_ROW = 0;

const OVERFLOW: Attributes = { "otel.metric.overflow": true };

// A walk in slices may still read the attributes of a row that was retired less than this time ago.
const RETIRED_MILLIS = 10_000;

// Maximum number of ids for which the spare reader keeps room.
const MAX_SPARE_IDS = 1024;

// Spare reader for attribute sets. Removed while in use, because a getter may record to another series and need
// one too.
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
  readonly #changes: RowChanges;
  // Number of bound handles by row. Few rows have any.
  readonly #holds = new Map<number, number>();
  #startTimes: Float64Array | undefined;
  // No start time is later.
  #latestStart = 0;
  #rowCount = 0;
  #size = 0;
  // Retired rows, and when they were retired, the oldest first.
  readonly #retired = new Map<number, number>();
  // The row that was freed last, 0 for none. Each freed row links to the one freed before it.
  #freeRow = 0;
  #overflowed = false;
  #version = 0;

  constructor(options: SeriesTableOptions) {
    this.interner = options.interner;
    this.limit = options.limit;
    this.#options = options;
    this.#changes = options.changes ?? { count: 0 };
    this.#leftOut = options.keep === undefined ? undefined : new FilteredKeys(options.keep);
    if (options.clock !== undefined) this.#startTimes = new Float64Array(16);
    this.#activity = options.trackActivity === true ? new RowActivity() : undefined;
    const overflow = new SetReader();
    overflow.read(OVERFLOW, this.interner, undefined, true);
    this.#makeRow(overflow);
  }

  /** The highest row so far, plus one; freed rows are included. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Number of live rows, without the overflow row. */
  get size(): number {
    return this.#size;
  }

  /** Changes whenever a row gets a set or loses it, or gets another start time. */
  get version(): number {
    return this.#version;
  }

  get isFull(): boolean {
    return this.#size >= this.limit;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Returns the row of the attributes' own enumerable properties; creates it if missing. Returns 0 in overflow. */
  rowOf(attributes: Attributes | undefined): number {
    const row = this.#trie.find(attributes);
    if (row < 0) return this.#rowOfSet(attributes);
    if (this.#activity !== undefined) this.#activity.use(row);
    return row;
  }

  /** As {@link rowOf}, for a set that is seldom looked up: the next look-up is not made faster. */
  seldomRowOf(attributes: Attributes | undefined): number {
    return this.#rowOfSet(attributes, false);
  }

  /** Returns the row of a set that was looked up often enough to be found fast, otherwise -1. Creates nothing. */
  quickRowOf(attributes: Attributes | undefined): number {
    return this.#trie.find(attributes);
  }

  /** Returns the row of the attributes, or -1. Creates nothing. */
  existingRowOf(attributes: Attributes | undefined): number {
    const set = spareReader ?? new SetReader();
    spareReader = undefined;
    const { forgotten } = this.interner;
    const isKnown = set.read(attributes, this.interner, this.#leftOut, false);
    // A getter may have caused pairs that were already read to be forgotten.
    const isGood = isKnown && this.interner.forgotten === forgotten;
    const found = isGood ? this.#index.find(set.hash, set.ids, set.count) : -1;
    const row = this.#retired.has(found) ? -1 : found;
    if (set.droppedKeys.length > 0) this.#reportDropped(set.droppedKeys);
    spareReader = set;
    return row;
  }

  /** Whether the row has a set. For row 0: whether anything overflowed. */
  isLive(row: number): boolean {
    if (row === OVERFLOW_ROW) return this.#overflowed;
    return row < this.#rowCount && this.#spans.has(row) && !this.#retired.has(row);
  }

  /** Copies the pair ids of a live row to `ids`, as far as there is room. Returns the number of pairs. */
  pairsOf(row: number, ids: Int32Array): number {
    return this.#spans.copy(row, ids);
  }

  pairCountOf(row: number): number {
    return this.#spans.countOf(row);
  }

  /** Pair id of a live row's attribute number `index`, in the order of the first measurement. */
  pairAt(row: number, index: number): number {
    return this.#spans.at(row, index);
  }

  attributesOf(row: number): Attributes {
    const attributes: Attributes = {};
    const count = this.#spans.countOf(row);
    for (let i = 0; i < count; i++) {
      const id = this.#spans.at(row, i);
      const key = this.interner.keyOf(id);
      // A plain assignment takes a tenth of the time, but would set the prototype for this key.
      if (key === "__proto__") setOwn(attributes, key, this.interner.valueOf(id));
      else attributes[key] = this.interner.valueOf(id);
    }
    return attributes;
  }

  /** Time of a live row's creation, or of row 0's first use, in milliseconds since the epoch; 0 without a clock. */
  startTimeOf(row: number): number {
    return this.#startTimes === undefined ? 0 : this.#startTimes[row]!;
  }

  /** A time that no start time exceeds. */
  get latestStart(): number {
    return this.#latestStart;
  }

  setStartTime(row: number, unixMillis: number): void {
    this.#version++;
    if (this.#startTimes !== undefined) this.#startTimes[row] = unixMillis;
    if (unixMillis > this.#latestStart) this.#latestStart = unixMillis;
  }

  /**
   * Lowers the start times after a collection's time to that time, because the clock was set back. These series begin
   * again then: a first point without duration shows that the start of its value is unknown.
   *
   * @see OpenTelemetry specification, "Metrics Data Model", cumulative streams: handling unknown start time
   */
  startBy(unixMillis: number): void {
    if (this.#startTimes === undefined || this.#latestStart <= unixMillis) return;
    this.#version++;
    this.#latestStart = unixMillis;
    for (let row = 0; row < this.#rowCount; row++)
      if (this.#startTimes[row]! > unixMillis) this.#startTimes[row] = unixMillis;
  }

  /** Holds a live row for a bound handle: it is not freed until each hold is released. */
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

  /** Frees a live row without holds. The caller empties its cells. For row 0 it resets the overflow state. */
  free(row: number): boolean {
    if (!this.#leave(row)) return false;
    if (row !== OVERFLOW_ROW) this.#giveBack(row);
    return true;
  }

  /**
   * As {@link free}, at any time: a walk in slices that has visited the row may read its attributes and start time later. So
   * no other series gets the row at once. Its own series gets it again, so that no walk sees that twice.
   */
  retire(row: number): boolean {
    if (!this.#leave(row)) return false;
    if (row === OVERFLOW_ROW) return true;
    this.#retired.set(row, performance.now());
    this.#giveBackRetired(this.#retired.size > this.limit ? 1 : 0);
    return true;
  }

  /** Makes the rows that were retired some time ago free for others. Called at each collection. */
  reclaim(): void {
    if (this.#retired.size > 0) this.#giveBackRetired(0);
  }

  /**
   * Sets the time of a collection, in milliseconds of `performance.now()`. All use since the previous one counts as
   * made then.
   */
  advanceActivity(nowMillis: number): void {
    if (this.#activity === undefined) return;
    this.#activity.advance(nowMillis);
    this.#changes.count++;
  }

  /** Whether a live row was neither used nor held after `sinceMillis`; always false if activity is not tracked. */
  isIdle(row: number, sinceMillis: number): boolean {
    return this.#activity !== undefined && !this.isHeld(row) && !this.#activity.isUsedAfter(row, sinceMillis);
  }

  #leave(row: number): boolean {
    if (!this.isLive(row) || this.isHeld(row)) return false;
    this.#changes.count++;
    if (row === OVERFLOW_ROW) {
      this.#overflowed = false;
      return true;
    }
    this.#version++;
    this.#trie.clear();
    this.#size--;
    return true;
  }

  #giveBack(row: number): void {
    this.#index.remove(row);
    const count = this.#spans.countOf(row);
    for (let i = 0; i < count; i++) this.interner.release(this.#spans.at(row, i));
    this.#spans.remove(row, this.#freeRow);
    this.#freeRow = row;
  }

  // At least the number of `excess`, so that there are at most as many as live rows.
  #giveBackRetired(excess: number): void {
    const before = performance.now() - RETIRED_MILLIS;
    for (const [row, millis] of this.#retired) {
      if (excess-- <= 0 && millis > before) return;
      this.#retired.delete(row);
      this.#giveBack(row);
    }
  }

  // Slow path, for sets that the trie does not have: other key orders, arrays and objects, rows beyond its
  // capacity, new sets.
  #rowOfSet(attributes: Attributes | undefined, isOften = true): number {
    const set = spareReader ?? new SetReader();
    spareReader = undefined;
    const row = this.#findOrMake(set, attributes, isOften);
    if (set.droppedKeys.length > 0) this.#reportDropped(set.droppedKeys);
    if (set.ids.length <= MAX_SPARE_IDS) spareReader = set;
    return row === OVERFLOW_ROW ? this.#overflow() : this.#use(row);
  }

  #findOrMake(set: SetReader, attributes: Attributes | undefined, isOften: boolean): number {
    // If no row of the provider has one of the pairs, the set is not in this table and the look-up is skipped.
    const { forgotten } = this.interner;
    const isKnown = set.read(attributes, this.interner, this.#leftOut, false);
    // A getter may have caused pairs that were already read to be forgotten. If so, all are read again, and
    // held.
    const isGood = this.interner.forgotten === forgotten;
    if (isKnown && isGood) {
      const found = this.#index.find(set.hash, set.ids, set.count);
      const isRetired = this.#retired.has(found);
      if (found > 0 && !isRetired && set.isPath && isOften)
        this.#trie.add(found, set.path, set.steps, this.interner, this.#leftOut?.keys ?? []);
      if (found >= 0 && !isRetired) return found;
      if (!this.isFull) {
        if (isRetired) return this.#begin(found);
        for (let i = 0; i < set.count; i++) this.interner.retain(set.ids[i]!);
        return this.#makeRow(set);
      }
    }
    if (isGood && this.isFull && this.#options.makeRoom?.() !== true) return OVERFLOW_ROW;
    set.read(attributes, this.interner, this.#leftOut, true);
    // A getter may return another value this time, or may have filled the table by recording.
    const found = this.#index.find(set.hash, set.ids, set.count);
    if (found < 0 && !this.isFull) return this.#makeRow(set);
    for (let i = 0; i < set.count; i++) this.interner.release(set.ids[i]!);
    if (!this.#retired.has(found)) return Math.max(found, OVERFLOW_ROW);
    return this.isFull ? OVERFLOW_ROW : this.#begin(found);
  }

  // The row takes over the reader's holds of its pairs.
  #makeRow(set: SetReader): number {
    const row = this.#freeRow === 0 ? this.#rowCount : this.#freeRow;
    this.#options.onNewRow?.(row);
    if (row === this.#rowCount) this.#rowCount++;
    else this.#freeRow = this.#spans.noteOf(row);
    this.#spans.put(row, set.ids, set.count);
    this.#index.add(set.hash, row, this.#rowCount);
    if (this.#startTimes !== undefined && row >= this.#startTimes.length) {
      this.#startTimes = grownFloat64(this.#startTimes, row + 1);
    }
    return this.#begin(row);
  }

  // Begins the series of a row, which may have been retired.
  #begin(row: number): number {
    this.#retired.delete(row);
    if (row !== OVERFLOW_ROW) this.#size++;
    this.setStartTime(row, this.#options.clock?.() ?? 0);
    if (row !== OVERFLOW_ROW) this.#options.onAdded?.(row, this);
    return row;
  }

  #reportDropped(keys: readonly string[]): void {
    for (const key of keys) this.#options.onDroppedAttribute?.(key);
  }

  #overflow(): number {
    if (!this.#overflowed) {
      this.#overflowed = true;
      this.setStartTime(OVERFLOW_ROW, this.#options.clock?.() ?? 0);
      this.#options.onAdded?.(OVERFLOW_ROW, this);
    }
    return this.#use(OVERFLOW_ROW);
  }

  #use(row: number): number {
    this.#activity?.use(row);
    return row;
  }
}
