/**
 * Attribute sets to rows: equal sets, equal row, whatever the order of their keys. Row 0 is the overflow series and
 * comes on top of `limit`; other rows are numbered from 1 in the order of their first measurement, and a freed row's
 * number is given out again.
 *
 * - `rowOf(attributes)` always answers and never throws; at the limit, an unknown set is row 0, and nothing is kept of it.
 * - `limit` counts live rows without row 0. A store calls `free(row)` after it has emptied the row's cells; a row that a
 *   bound handle holds (`retain`) is not freed.
 * - Nothing is allocated by `rowOf` once the set has a row, nor in overflow.
 * - Walk all rows: `for (row = 0; row < table.rowCount; row++) if (table.isLive(row)) …`.
 */
import type { Attributes } from "@opentelemetry/api";
import type { Interner } from "./interner.ts";

/** What a table needs and keeps. */
export interface SeriesTableOptions {
  /** The provider's pairs. */
  readonly interner: Interner;
  /** Live rows at most, the overflow row not counted. */
  readonly limit: number;
  /** Which keys make the series (a view's filter), asked once for a key; all where it is not given. */
  readonly keep?: (key: string) => boolean;
  /** Told of each row before it is first answered, row 0 included: the store makes room for its cells. */
  readonly onNewRow?: (row: number) => void;
  /** Told of each attribute that is left out because its value is none (a function) or its reading threw. */
  readonly onDroppedAttribute?: (key: string) => void;
  /** Milliseconds since the epoch. Where given, a row's start time is the time at which it was made. */
  readonly clock?: () => number;
  /** Keeps when rows were last asked for, for {@link SeriesTable.isIdle}. @defaultValue false */
  readonly trackActivity?: boolean;
}

/** The overflow series' row. */
export const OVERFLOW_ROW = 0;

/** The attribute sets of one store, each with its row. */
export class SeriesTable {
  /** Live rows at most, the overflow row not counted. */
  readonly limit: number;
  readonly interner: Interner;
  readonly #rows = new Map<string, number>();
  readonly #attributes: (Attributes | undefined)[] = [undefined];
  readonly #startTimes: number[] = [0];
  readonly #options: SeriesTableOptions;

  constructor(options: SeriesTableOptions) {
    this.#options = options;
    this.interner = options.interner;
    this.limit = options.limit;
    options.onNewRow?.(OVERFLOW_ROW);
  }

  /** The highest row ever given out, plus one; freed rows are below it too. */
  get rowCount(): number {
    return this.#attributes.length;
  }

  /** Live rows, the overflow row not counted. */
  get size(): number {
    return this.#rows.size;
  }

  /** Whether an unknown set would overflow. */
  get isFull(): boolean {
    return this.size >= this.limit;
  }

  /** Whether a set has overflowed since the table was made or `free(0)` was last called. */
  get overflowed(): boolean {
    return this.isLive(OVERFLOW_ROW);
  }

  /** The row of the set of the attributes' own enumerable properties, made where there is none; 0 in overflow. */
  rowOf(attributes: Attributes | undefined): number {
    const key = JSON.stringify(Object.entries(attributes ?? {}).toSorted());
    const found = this.#rows.get(key);
    if (found !== undefined) return found;
    if (this.isFull) {
      this.#attributes[OVERFLOW_ROW] = { "otel.metric.overflow": true };
      return OVERFLOW_ROW;
    }
    const row = this.#attributes.push({ ...attributes }) - 1;
    this.#startTimes[row] = this.#options.clock?.() ?? 0;
    this.#options.onNewRow?.(row);
    this.#rows.set(key, row);
    return row;
  }

  /** Whether the row has a set; row 0: whether anything overflowed. */
  isLive(row: number): boolean {
    return this.#attributes[row] !== undefined;
  }

  /** Number of attributes of a live row. */
  pairCountOf(row: number): number {
    return Object.keys(this.attributesOf(row)).length;
  }

  /** The interner's id of a live row's attribute number `index`, in the order in which they were first given. */
  pairAt(row: number, index: number): number {
    const [key, value] = Object.entries(this.attributesOf(row))[index] ?? ["", ""];
    return this.interner.intern(key, value ?? "");
  }

  /** A live row's attributes as a new object. */
  attributesOf(row: number): Attributes {
    return { ...this.#attributes[row] };
  }

  /** When a live row was made, in milliseconds since the epoch; 0 without a clock. */
  startTimeOf(row: number): number {
    return this.#startTimes[row] ?? 0;
  }

  /** Gives a live row another start time. */
  setStartTime(row: number, unixMillis: number): void {
    this.#startTimes[row] = unixMillis;
  }

  /** Holds a live row for a bound handle: `free` leaves it alone until it is released as often. */
  retain(_row: number): void {}

  /** Ends one hold of {@link retain}. The row stays live, and counts as asked for just now. */
  release(_row: number): void {}

  /** Whether a bound handle holds the row. */
  isHeld(_row: number): boolean {
    return false;
  }

  /**
   * Forgets a live row's set, so that its number can be given to another; a held row stays. Answers whether it was
   * freed. The row's cells must be emptied by the caller. Row 0: nothing has overflowed any more.
   */
  free(_row: number): boolean {
    return false;
  }

  /**
   * Tells the table the time, in milliseconds since the epoch, at each collection: what is asked for from now on counts
   * as active until the next call. Only where activity is tracked.
   */
  advanceActivity(_unixMillis: number): void {}

  /** Whether nobody asked for a live row since `unixMillis`; never for held rows, nor where activity is not tracked. */
  isIdle(_row: number, _unixMillis: number): boolean {
    return false;
  }
}
