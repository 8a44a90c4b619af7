import type { Attributes } from "@opentelemetry/api";
import { AggregationTemporality } from "../sdk-values.ts";
import { copyOfAttributes } from "../attribute-copy.ts";
import type { SeriesSource, SeriesVisitor } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import { OVERFLOW_ROW, SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { grownFloat64 } from "../aggregation/grown.ts";
import { FormerTotals, growthOf } from "./former-totals.ts";
import { freeIdle, type Cells, type IdleSettings, LiveSeries } from "./live-series.ts";
import type { KeptAggregation, StreamStore } from "./stream-store.ts";

// A row: the exported value; the round in which it was observed. For sums that grow, also the last observed total of a set
// with its own series, and the growth since the series began.
const ROUND = 1;
const BEFORE = 2;
const TOTAL = 3;
const WIDTH = 4;

/** Observations of one callback for one stream, held back until the callback has succeeded. */
export interface Observations {
  /** The round in which the call began. */
  readonly round: number;
  readonly rows: number[];
  readonly values: number[];
  /** Rows of the former totals, if sets share series. */
  readonly formers: number[];
  /**
   * Observations without a row, because the table was full. Their attributes are copied, since rows may still be
   * freed.
   */
  readonly withoutRow: {
    readonly attributes: Attributes;
    readonly value: number;
    readonly former: number | undefined;
  }[];
}

export interface ObservedStoreOptions {
  readonly aggregation: KeptAggregation;
  readonly temporality: AggregationTemporality;
  readonly isMonotonic: boolean;
  /** Whether observations of different attribute sets may fall into one series, because keys are left out. */
  readonly isFiltered: boolean;
  readonly table: SeriesTableOptions;
  readonly exemplars: SeriesExemplars;
  readonly unixMillis: number;
  readonly idle: IdleSettings;
}

/**
 * The series of an observable instrument's stream, for one reader. A collection contains the series observed for it.
 * Other series keep their rows, with start times and values for deltas, until the rows are needed.
 *
 * Sums are added up in the overflow series, and in series whose keys are filtered by a view. Otherwise the last
 * observation of a set is used.
 *
 * Deltas, and sums that never fall, add up the growth of each attribute set since it was last observed, in whatever series
 * that was. So a set counts once if it was missing in a collection, got another series, or came back.
 */
export class ObservedStore implements StreamStore, Cells {
  readonly aggregation: KeptAggregation;
  readonly temporality: AggregationTemporality;
  readonly series: SeriesTable;
  readonly exemplars: SeriesExemplars;
  readonly totals: SeriesSource | undefined;
  readonly #addsUp: boolean;
  readonly #isFiltered: boolean;
  readonly #isMonotonic: boolean;
  readonly #isDelta: boolean;
  // Undefined if values are exported as they are observed.
  readonly #formers: FormerTotals | undefined;
  readonly #idle: IdleSettings;
  readonly #observed: LiveSeries;
  // Most observable instruments have few series, and no handles are bound to their cells, so the cells may move.
  #cells: Float64Array = new Float64Array(2 * WIDTH);
  // There is one round per collection. It starts when its observations are written to the cells.
  #round = 1;
  #taken: Observations[] = [];
  // Number of running callback calls. While there are any, no row that they may have observed is reused.
  #running = 0;
  #since: number;
  #shownSince: number;

  constructor(options: ObservedStoreOptions) {
    this.aggregation = options.aggregation;
    this.temporality = options.temporality;
    this.exemplars = options.exemplars;
    this.#isFiltered = options.isFiltered;
    this.#isMonotonic = options.isMonotonic;
    this.#addsUp = options.aggregation.kind === "sum";
    this.#idle = options.idle;
    this.#since = options.unixMillis;
    this.#shownSince = options.unixMillis;
    this.series = new SeriesTable({
      ...options.table,
      // A series starts at the collection before the first that contains it, or at the creation of its instrument.
      clock: () => this.#since,
      trackActivity: options.idle.tracksActivity,
      onNewRow: (row) => this.#reserve(row),
      onAdded: (row) => this.#begin(row),
    });
    const isDelta = options.temporality === AggregationTemporality.DELTA;
    this.#isDelta = isDelta;
    if (this.#addsUp && (isDelta || options.isMonotonic))
      this.#formers = new FormerTotals(options.table, options.isMonotonic);
    if (isDelta && this.#addsUp) this.totals = new LiveSeries(this.#totalCells, this.series, this.exemplars);
    const startTime = isDelta ? () => this.#shownSince : undefined;
    this.#observed = new LiveSeries(this, this.series, this.exemplars, startTime);
  }

  /** Begins a call of a callback. It ends with {@link take} or {@link leave}. */
  begin(): Observations {
    this.#running++;
    return { round: this.#round, rows: [], values: [], formers: [], withoutRow: [] };
  }

  /**
   * Notes an observation of a running callback. Returns its row.
   *
   * @param attributes identify the series. @param observed the attributes before a view's processors.
   */
  note(
    value: number,
    attributes: Attributes | undefined,
    observed: Attributes | undefined,
    observations: Observations,
  ): number {
    const row = this.series.rowOf(attributes);
    const former = this.#isFiltered ? this.#formers?.rowOf(observed) : undefined;
    if (row === OVERFLOW_ROW)
      observations.withoutRow.push({ attributes: copyOfAttributes(attributes), value, former });
    else {
      observations.rows.push(row);
      observations.values.push(value);
      if (former !== undefined) observations.formers.push(former);
    }
    return row;
  }

  /** Accepts the observations of a successful call, for the next collection. */
  take(observations: Observations): void {
    this.#running--;
    this.#taken.push(observations);
  }

  /** Discards the observations of a failed call. */
  leave(): void {
    this.#running--;
  }

  collect(unixMillis: number): SeriesSource | undefined {
    this.#round++;
    const taken = this.#taken;
    this.#taken = [];
    for (const { round, rows, values, formers } of taken)
      for (let i = 0; i < rows.length; i++) this.#put(rows[i]!, values[i]!, formers[i], round);
    const isFull = taken.some(({ withoutRow }) => withoutRow.length > 0);
    if (isFull && this.#running === 0) this.#freeUnobserved();
    for (const { round, withoutRow } of taken) {
      for (const { attributes, value, former } of withoutRow) {
        const row = this.series.rowOf(attributes);
        const counted = former ?? (row === OVERFLOW_ROW ? this.#formers?.rowOf(attributes) : undefined);
        this.#put(row, value, counted, round);
      }
    }
    if (this.#formers !== undefined) this.#grow(this.#formers);
    // Observations without a row may have one now. If all do, nothing has overflowed.
    if (!this.isRecorded(OVERFLOW_ROW) && this.series.free(OVERFLOW_ROW)) this.#forget(OVERFLOW_ROW);
    // The clock may have been set back.
    this.series.startBy(unixMillis);
    this.#shownSince = Math.min(this.#since, unixMillis);
    this.#since = unixMillis;
    const { timeToLiveMillis } = this.#idle;
    if (timeToLiveMillis < Infinity && this.#running === 0)
      freeIdle(this.series, timeToLiveMillis, (row) => this.#free(row));
    if (this.#running === 0) this.#formers?.makeRoom(this.#round);
    return this.#observed.isEmpty ? undefined : this.#observed;
  }

  isRecorded(row: number): boolean {
    return this.#cells[row * WIDTH + ROUND] === this.#round;
  }

  show(row: number, visitor: SeriesVisitor): void {
    visitor.series(this.#cells, row * WIDTH, row);
  }

  lengthOf(): number {
    return 1;
  }

  readonly #totalCells: Cells = {
    isRecorded: (row) => this.#cells[row * WIDTH + ROUND]! > 0,
    show: (row, visitor) => visitor.series(this.#cells, row * WIDTH + TOTAL, row),
    lengthOf: () => 1,
  };

  #reserve(row: number): void {
    const length = (row + 1) * WIDTH;
    if (length > this.#cells.length) this.#cells = grownFloat64(this.#cells, length);
  }

  // The set may have been counted before, in another series.
  #begin(row: number): void {
    if (this.#formers === undefined || this.#isFiltered || row === OVERFLOW_ROW) return;
    this.#cells[row * WIDTH + BEFORE] = this.#formers.take(this.series.attributesOf(row));
  }

  // A synchronous collection may have had a larger total while a callback ran. The older one is not a reset. The rest of
  // the sets is a sum of several, which cannot be compared with one total.
  #newest(value: number, round: number, row: number, former: number | undefined): number {
    if (round === this.#round - 1 || !this.#isMonotonic || former === OVERFLOW_ROW) return value;
    const { [row * WIDTH + BEFORE]: before = 0 } = this.#cells;
    return Math.max(value, former === undefined ? before : (this.#formers?.totalOf(former) ?? 0));
  }

  #put(row: number, observed: number, former: number | undefined, begun: number): void {
    const value = this.#newest(observed, begun, row, former);
    const cells = this.#cells;
    const offset = row * WIDTH;
    if (former !== undefined) {
      this.#formers?.observe(former, value, row, this.#round);
      if (cells[offset + ROUND] !== this.#round) cells[offset] = 0;
      cells[offset + ROUND] = this.#round;
      return;
    }
    const meets = cells[offset + ROUND] === this.#round && this.#addsUp;
    cells[offset] = meets && (this.#isFiltered || row === OVERFLOW_ROW) ? cells[offset]! + value : value;
    cells[offset + ROUND] = this.#round;
  }

  #freeUnobserved(): void {
    for (let row = OVERFLOW_ROW + 1; row < this.series.rowCount; row++)
      if (!this.isRecorded(row)) this.#free(row);
  }

  #free(row: number): void {
    const before = this.#cells[row * WIDTH + BEFORE]!;
    const attributes = before === 0 || !this.series.isLive(row) ? undefined : this.series.attributesOf(row);
    if (!this.series.free(row)) return;
    if (attributes !== undefined) this.#formers?.keep(attributes, before);
    this.#forget(row);
  }

  #forget(row: number): void {
    this.#cells.fill(0, row * WIDTH, (row + 1) * WIDTH);
    this.exemplars.forget(row);
  }

  #grow(formers: FormerTotals): void {
    const cells = this.#cells;
    for (let row = OVERFLOW_ROW + 1; row < this.series.rowCount; row++) {
      if (this.#isFiltered || !this.isRecorded(row)) continue;
      const offset = row * WIDTH;
      const observed = cells[offset]!;
      const before = cells[offset + BEFORE]!;
      const growth = growthOf(observed, before, this.#isMonotonic);
      // Exactly the observed total, if all of it was counted in this series.
      const total = cells[offset + TOTAL] === before ? observed : cells[offset + TOTAL]! + growth;
      // A fall is a reset: what is observed now began after the collection before.
      if (total < cells[offset + TOTAL]! && !this.#isDelta) this.series.setStartTime(row, this.#since);
      cells[offset] = this.#isDelta ? growth : total;
      cells[offset + BEFORE] = observed;
      cells[offset + TOTAL] = total;
    }
    formers.settle(this.#round, (row, growth) => {
      const offset = row * WIDTH;
      cells[offset + TOTAL]! += growth;
      cells[offset] = this.#isDelta ? cells[offset]! + growth : cells[offset + TOTAL]!;
    });
  }
}
