/**
 * The series of one metric by their labels. As in prom-client, values are compared as texts: `200` and `"200"` are one
 * series. It is shown with the labels by which it was created.
 */
import type { Attributes } from "@opentelemetry/api";
import { Interner } from "../engine/series/interner.ts";
import type { SeriesTable } from "../engine/series/series-table.ts";
import type { StoreOptions } from "../engine/aggregation/store.ts";
import { allSteps } from "../io/yield.ts";
import { Generations } from "./generations.ts";
import type { GivenLabels } from "./label-checks.ts";

/** Options of a store without a limit, whose rows have a time of creation. */
export function storeOptions(): StoreOptions {
  return { interner: new Interner(), limit: Infinity, clock: risingMillis() };
}

// A thousandth of a millisecond, rounded to what a double of this size holds.
const STEP_MILLIS = 2 ** -10;
// Many rows that are created at once are ahead of the clock.
const MAX_AHEAD_MILLIS = 1_000;

// No two rows have the same time, so that they can be sorted by it.
function risingMillis(): () => number {
  let last = 0;
  return () => {
    const now = Date.now();
    last = now > last ? now : last + STEP_MILLIS;
    return last;
  };
}

/** Functions that own the cells of the rows. */
interface RowCells {
  /** Counts that fall only if the series was reset: its value, or its count and those of its buckets. None of a gauge. */
  countsOf(row: number): readonly number[];
  /** Called before the counts are compared. It may add a row. */
  readonly settle?: () => void;
  /** Empties a row whose series was removed. */
  empty(row: number): void;
}

/** A series before it was removed or restarted. */
interface FormerSeries {
  readonly labels: GivenLabels;
  readonly startTime: number;
  readonly counts: readonly number[];
}

export class LabelRows {
  readonly table: SeriesTable;
  readonly generations: Generations = new Generations();
  // Functions that write the rest of documents.
  readonly #documents = new Set<() => void>();
  readonly #names: readonly string[];
  readonly #cells: RowCells;
  // Labels of rows that their pairs cannot show: undefined, lists, or a number if the text is known.
  readonly #shown = new Map<number, GivenLabels>();
  // Start times of rows that were restarted.
  readonly #starts = new Map<number, number>();
  #latestRestart = 0;
  #isInOrder = true;
  // Calls of callback `collect` that have not ended, and series that were removed or restarted meanwhile, as they were at first.
  // By the texts of their labels. At most as many as the table has had rows at once: a call may never end.
  #collecting = 0;
  readonly #former = new Map<string, FormerSeries>();

  constructor(table: SeriesTable, labelNames: readonly string[], cells: RowCells) {
    this.table = table;
    this.#names = labelNames.toSorted();
    this.#cells = cells;
  }

  /** Returns the row of a series; creates it if missing. */
  rowOf(labels: GivenLabels): number {
    const { attributes, isExact } = this.#attributesOf(labels);
    const { size } = this.table;
    const row = this.table.rowOf(attributes);
    if (!isExact && this.table.size > size) this.#shown.set(row, { ...labels });
    return row;
  }

  /** Returns the row of a series, emptied; creates it if missing. */
  renewedRowOf(labels: GivenLabels): number {
    const { size } = this.table;
    const row = this.rowOf(labels);
    if (this.table.size > size) return row;
    this.restart(row);
    this.#cells.empty(row);
    this.#shown.set(row, { ...labels });
    return row;
  }

  /** Sets the start time of a series to now, before it is emptied. Its place among the others stays. */
  restart(row: number): void {
    this.#noteFormer(row);
    this.#latestRestart = Math.max(Date.now(), this.startTimeOf(row) + STEP_MILLIS);
    this.#starts.set(row, this.#latestRestart);
  }

  /** Time since which a series has counted. */
  startTimeOf(row: number): number {
    return this.#starts.get(row) ?? this.table.startTimeOf(row);
  }

  /**
   * Calls callback `collect`, which often removes or resets series to record their totals again. They continue unless a count
   * has fallen. Returns a promise if the callback does.
   */
  whileCollecting(collect: () => void | Promise<void>): Promise<void> | undefined {
    const end = (): void => {
      this.#collecting--;
      this.resume();
    };
    this.#collecting++;
    let result: void | Promise<void> = undefined;
    try {
      result = collect();
    } finally {
      if (!(result instanceof Promise)) end();
    }
    if (!(result instanceof Promise)) return undefined;
    void result.then(end, end);
    return result;
  }

  /** Sets the former start times of series that were removed or reset by `collect` and have not fallen. */
  resume(): void {
    if (this.#former.size === 0) return;
    this.#cells.settle?.();
    for (const [key, { labels, startTime, counts }] of this.#former) {
      const row = this.find(labels);
      if (row < 0) continue;
      this.#former.delete(key);
      const now = this.#cells.countsOf(row);
      if (counts.every((count, i) => now[i]! >= count)) this.#starts.set(row, startTime);
    }
    // A call that has not ended may still record the others.
    if (this.#collecting === 0) this.#former.clear();
  }

  /** Lowers start times after a collection's time, if the clock was set back. The order of the series stays. */
  startBy(unixMillis: number): void {
    const latest = Math.max(this.table.latestStart, this.#latestRestart);
    if (latest <= unixMillis + MAX_AHEAD_MILLIS) return;
    this.#latestRestart = Math.min(this.#latestRestart, unixMillis);
    for (const row of this.inOrder())
      if (this.startTimeOf(row) > unixMillis) this.#starts.set(row, unixMillis);
  }

  /** Returns the row of a series, or -1. */
  find(labels: GivenLabels | null): number {
    return this.table.existingRowOf(this.#attributesOf(labels).attributes);
  }

  remove(labels: GivenLabels | null): void {
    const row = this.find(labels);
    if (row < 0) return;
    this.#free(row);
    this.#isInOrder = false;
  }

  /** Removes all series. */
  clear(): void {
    // From the last to the first, so that the first is the next to be reused.
    for (let row = this.table.rowCount - 1; row > 0; row--) if (this.table.isLive(row)) this.#free(row);
  }

  /** Rows of all series, in the order of their creation. */
  inOrder(): number[] {
    const { table } = this;
    const rows: number[] = [];
    for (let row = 1; row < table.rowCount; row++) if (table.isLive(row)) rows.push(row);
    if (!this.#isInOrder) rows.sort((a, b) => table.startTimeOf(a) - table.startTimeOf(b));
    return rows;
  }

  /** Labels of a row, if they differ from its pairs. */
  shownOf(row: number): GivenLabels | undefined {
    return this.#shown.size === 0 ? undefined : this.#shown.get(row);
  }

  /** Labels of a row, as a new object. */
  labelsOf(row: number): Record<string, unknown> {
    return { ...(this.shownOf(row) ?? this.table.attributesOf(row)) };
  }

  /** Runs `steps`, which write all rows. Before a row is freed they run to their end, so that each series is there once. */
  *whole(steps: Generator<undefined, void>): Generator<undefined, void> {
    const failures: unknown[] = [];
    const end = (): void => {
      this.#documents.delete(end);
      try {
        allSteps(steps);
      } catch (error) {
        failures.push(error);
      }
    };
    this.#documents.add(end);
    try {
      yield* steps;
    } finally {
      this.#documents.delete(end);
    }
    if (failures.length > 0) throw failures[0];
  }

  #noteFormer(row: number): void {
    if (this.#collecting === 0 || this.#former.size >= this.table.rowCount) return;
    const labels = this.table.attributesOf(row);
    const key = JSON.stringify(this.#names.map((name) => name in labels && String(labels[name])));
    if (this.#former.has(key)) return;
    this.#former.set(key, { labels, startTime: this.startTimeOf(row), counts: this.#cells.countsOf(row) });
  }

  #free(row: number): void {
    for (const end of this.#documents) end();
    this.#noteFormer(row);
    this.generations.beforeFree(row);
    if (!this.table.free(row)) return;
    this.#shown.delete(row);
    this.#starts.delete(row);
    this.#cells.empty(row);
  }

  // Whether the attributes show the labels exactly.
  #attributesOf(labels: GivenLabels | null): { readonly attributes: Attributes; readonly isExact: boolean } {
    const [first] = this.#names;
    if (labels === null && first !== undefined)
      throw new TypeError(`Cannot read properties of null (reading '${first}')`);
    const pairs: [name: string, value: string | number | boolean][] = [];
    let isExact = true;
    for (const name in labels) {
      const value = labels[name];
      const isPair = value !== undefined && this.#names.includes(name);
      const known = isPair ? this.#knownValue(name, value) : undefined;
      if (known !== value || !isPair) isExact = false;
      if (known !== undefined) pairs.push([name, known]);
    }
    return { attributes: Object.fromEntries(pairs), isExact };
  }

  // The value under which the text is known.
  #knownValue(name: string, value: unknown): string | number | boolean {
    const { interner } = this.table;
    const isKnown = (other: string | number | boolean): boolean => interner.find(name, other) > 0;
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
      return this.#knownValue(name, textOf(value));
    if (isKnown(value)) return value;
    if (typeof value !== "string") return isKnown(String(value)) ? String(value) : value;
    const number = Number(value);
    if (String(number) === value && isKnown(number)) return number;
    if ((value === "true" || value === "false") && isKnown(value === "true")) return value === "true";
    return value;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
  return String(value);
}
