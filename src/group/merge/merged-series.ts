/** The series of one store of this process, merged with those of the other members. */
import type { Attributes } from "@opentelemetry/api";
import { AggregationTemporality } from "../../engine/sdk-values.ts";
import type { OnSeriesEnd, SeriesSource, SeriesVisitor } from "../../engine/collection/series-source.ts";
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import { grownFloat64, grownInt32 } from "../../engine/aggregation/grown.ts";
import type { SeriesTable } from "../../engine/series/series-table.ts";
import { CopiedSeries } from "../../engine/streams/copied-series.ts";
import type { StreamStore } from "../../engine/streams/stream-store.ts";
import { type Rows, rowsOf } from "../memory/rows.ts";
import { Growth } from "./growth.ts";
import type { Totals } from "./totals.ts";

const NO_EXEMPLARS: readonly Exemplar[] = [];
const ROWS_PER_STEP = 64;
const NO_ROW = -1;

/** Whether a store has what was recorded since the last collection. Gauges have the same values under either temporality. */
export function isDelta({ temporality, aggregation }: StreamStore): boolean {
  return temporality === AggregationTemporality.DELTA && aggregation.kind !== "lastValue";
}

/** A series of this process: its position and its row in its source. */
interface OwnSeries {
  readonly position: number;
  readonly row: number;
}

export interface MergedSeriesOptions {
  /** Growth of the totals, for a delta reader. */
  readonly growth: Growth | undefined;
  /**
   * Whether series of this process are added to the totals, which keep them once they are removed because they are idle.
   * If not, they are in the totals already.
   */
  readonly isOwnCounted: boolean;
}

/** The series of this process in one collection. */
export interface OwnCollection {
  readonly own: SeriesSource | undefined;
  /** The table of their rows. */
  readonly table: SeriesTable;
  readonly unixMillis: number;
}

/** Positions and rows are those of the group's series. */
export class MergedSeries implements SeriesSource, SeriesVisitor {
  readonly #totals: Totals;
  /** The growth of the totals, for a delta reader. */
  readonly growth: Growth | undefined;
  #ownTable: SeriesTable;
  readonly #reading: Float64Array;
  // The sum of both, in row 0.
  readonly #both: Rows;
  // The group's row by row of the store, with the start time by which a reused row is recognised.
  #groupRows: Int32Array = new Int32Array(16).fill(NO_ROW);
  #starts: Float64Array = new Float64Array(16);
  #own: SeriesSource | undefined;
  // By row of the group: position and row in `#own`, each plus 1; 0 for none.
  #positions: Int32Array = new Int32Array(16);
  #ownRows: Int32Array = new Int32Array(16);
  // Further series of this process that are part of the group's overflow series.
  #further: OwnSeries[] = [];
  #hasTotal = false;
  readonly #isOwnCounted: boolean;
  #since = Date.now();
  #shownSince = Date.now();
  readonly #endUse: () => void;
  #onEnd: OnSeriesEnd | undefined;
  // Whether no collection of a cumulative reader has had the series: the reader cannot follow them to their ends yet.
  #isNew: boolean;

  constructor(totals: Totals, store: StreamStore, { growth, isOwnCounted }: MergedSeriesOptions) {
    this.#totals = totals;
    this.#isOwnCounted = isOwnCounted;
    this.growth = growth;
    this.#ownTable = store.series;
    this.#both = rowsOf(store.aggregation);
    this.#both.reserve(0);
    this.#reading = new Float64Array(this.#both.readingLength);
    const isCumulative = growth === undefined;
    this.#isNew = isCumulative;
    if (isCumulative && isOwnCounted)
      store.watch?.((last, row, isRemoved) => this.#keep(last, row, isRemoved));
    this.#endUse = totals.addUser({
      // Rows of series of this process are held for cumulative readers.
      uses: (row) => !isCumulative && (this.#positions[row] ?? 0) !== 0,
      freed: () => {},
      ends: (row) => {
        if (this.#read(row)) this.#onEnd?.(this.#reading.slice(), row, true);
      },
    });
  }

  watch(onEnd: OnSeriesEnd): void {
    this.#onEnd = onEnd;
  }

  /** The table of the rows. */
  get table(): SeriesTable {
    return this.#totals.series;
  }

  /** Finds the group's rows for new series of this process, before a collection. */
  *prepare(series: SeriesTable): Generator<undefined, void> {
    if (this.growth !== undefined) return;
    this.#useTable(series);
    for (let row = 0; row < series.rowCount; row++) {
      if (row % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
      if (series.isLive(row)) this.#groupRowOf(row);
      else this.#releaseRow(row);
    }
  }

  /** Ends the use of the totals, if the reader was removed. */
  end(): void {
    this.growth?.end();
    this.#endUse();
    this.#releaseAll();
  }

  /** Begins a collection. */
  begin({ own, table, unixMillis }: OwnCollection): SeriesSource | undefined {
    this.#own = own;
    this.#useTable(table);
    this.#positions.fill(0);
    this.#ownRows.fill(0);
    this.#further = [];
    if (own instanceof CopiedSeries) this.#locateCopied(own);
    else if (own !== undefined) this.#locateLive();
    // The clock may have been set back.
    this.#totals.series.startBy(unixMillis);
    this.#shownSince = Math.min(this.#since, unixMillis);
    this.#since = unixMillis;
    this.growth?.take();
    if (this.#isEmpty) {
      if (this.#isNew) this.#totals.keepRemoved();
      return undefined;
    }
    this.#isNew = false;
    return this;
  }

  get hasExemplars(): boolean {
    return this.#own?.hasExemplars === true || !this.#totals.exemplars.isEmpty;
  }

  get length(): number {
    return this.#totals.series.rowCount;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    const end = Math.min(to, this.length);
    for (let row = from; row < end; row++) if (this.#read(row)) visitor.series(this.#reading, 0, row);
  }

  pairsOf(row: number, ids: Int32Array): number {
    return this.#totals.series.pairsOf(row, ids);
  }

  attributesOf(row: number): Attributes {
    return this.#totals.series.attributesOf(row);
  }

  startTimeOf(row: number): number {
    if (this.growth !== undefined) return this.#shownSince;
    const start = this.#totals.series.startTimeOf(row);
    const own = (this.#ownRows[row] ?? 0) - 1;
    if (own < 0 || this.#own === undefined) return start;
    return Math.min(start, this.#own.startTimeOf(own));
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    const ownRow = (this.#ownRows[row] ?? 0) - 1;
    const own = ownRow < 0 || this.#own === undefined ? NO_EXEMPLARS : this.#own.exemplarsOf(ownRow);
    const { exemplars } = this.#totals;
    if (exemplars.isEmpty) return own;
    // Those of an earlier interval were exported with it.
    return exemplars.with(row, own, this.growth === undefined ? 0 : this.#shownSince);
  }

  /** @internal Adds a series of this process to the reading. */
  series(cells: Float64Array, offset: number): void {
    const both = this.#both;
    if (this.#hasTotal) {
      both.set(0, this.#reading, 0);
      both.add(0, cells, offset);
    } else both.set(0, cells, offset);
    both.read(0, this.#reading);
    this.#hasTotal = true;
  }

  // Writes the sum of a row to the reading. Returns false if nothing is recorded.
  #read(row: number): boolean {
    const { growth } = this;
    this.#hasTotal =
      growth === undefined ? this.#totals.rows.read(row, this.#reading) : growth.read(row, this.#reading);
    const own = this.#own;
    if (own === undefined || !this.#isOwnCounted) return this.#hasTotal;
    const position = (this.#positions[row] ?? 0) - 1;
    if (position >= 0) own.visit(position, position + 1, this);
    if (row === 0) for (const { position: other } of this.#further) own.visit(other, other + 1, this);
    return this.#hasTotal;
  }

  get #isEmpty(): boolean {
    for (let row = 0; row < this.length; row++) if (this.#read(row)) return false;
    return true;
  }

  // Another one once the first thread has joined this process.
  #useTable(table: SeriesTable): void {
    if (table === this.#ownTable) return;
    this.#ownTable = table;
    this.#releaseAll();
  }

  #releaseAll(): void {
    for (const row of this.#groupRows) if (row !== NO_ROW) this.#totals.series.release(row);
    this.#groupRows.fill(NO_ROW);
  }

  #locateLive(): void {
    const series = this.#ownTable;
    for (let row = 0; row < series.rowCount; row++)
      if (series.isLive(row)) this.#locate(this.#groupRowOf(row), row, row);
      else this.#releaseRow(row);
  }

  // Copied series have positions of their own.
  #locateCopied(own: CopiedSeries): void {
    let position = 0;
    own.visit(0, own.length, {
      series: (_cells, _offset, row) => {
        this.#locate(this.#totals.series.rowOf(own.attributesOf(row)), position++, row);
      },
    });
  }

  #locate(groupRow: number, position: number, row: number): void {
    if (groupRow >= this.#positions.length) {
      this.#positions = grownInt32(this.#positions, groupRow + 1);
      this.#ownRows = grownInt32(this.#ownRows, groupRow + 1);
    }
    if (this.#positions[groupRow] === 0) {
      this.#positions[groupRow] = position + 1;
      this.#ownRows[groupRow] = row + 1;
    } else this.#further.push({ position, row });
  }

  #groupRowOf(row: number): number {
    const series = this.#ownTable;
    if (row >= this.#groupRows.length) {
      const { length } = this.#groupRows;
      this.#groupRows = grownInt32(this.#groupRows, row + 1).fill(NO_ROW, length);
      this.#starts = grownFloat64(this.#starts, row + 1);
    }
    const start = series.startTimeOf(row);
    let groupRow = this.#groupRows[row]!;
    if (groupRow === NO_ROW || this.#starts[row] !== start) {
      const before = groupRow;
      groupRow = this.#totals.ownRowOf(series.attributesOf(row), start);
      if (before !== NO_ROW) this.#totals.series.release(before);
      this.#groupRows[row] = groupRow;
      this.#starts[row] = start;
    }
    return groupRow;
  }

  // The row was freed.
  #releaseRow(row: number): void {
    const groupRow = this.#groupRows[row] ?? NO_ROW;
    if (groupRow === NO_ROW) return;
    this.#groupRows[row] = NO_ROW;
    this.#totals.series.release(groupRow);
  }

  // A series of this process ends, but other members may still have it.
  #keep(last: Float64Array, row: number, isRemoved: boolean): void {
    // One that is removed may have begun since the last collection.
    const groupRow = isRemoved ? this.#groupRowOf(row) : (this.#groupRows[row] ?? NO_ROW);
    if (groupRow === NO_ROW) return;
    this.#totals.keep(groupRow, this.#starts[row]!, last);
    if (isRemoved) this.#totals.left(groupRow, true);
    this.#releaseRow(row);
  }
}
