/** The figures of all members for one stream, added up. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import { SeriesTable, OVERFLOW_ROW } from "../../engine/series/series-table.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import type { MemberStream } from "../memory/image-reader.ts";
import { type Rows, rowsOf } from "../memory/rows.ts";
import type { SentExemplars } from "../exemplars/sent-exemplars.ts";
import { MemberExemplars } from "./member-exemplars.ts";
import { Contribution, type ContributionTarget } from "./contribution.ts";

export interface TotalsOptions {
  readonly aggregation: KeptAggregation;
  readonly interner: Interner;
  /** Maximum number of series. */
  readonly limit: number;
  /** Whether figures of members that have ended stay: they can only grow. */
  readonly isKept: boolean;
  /** Whether sums never fall. */
  readonly neverFalls: boolean;
  /** Whether values are observed by callbacks. */
  readonly isObserved: boolean;
  /** Time after which a series is removed that no member has and that has not changed; `Infinity` for never. */
  readonly timeToLiveMillis: number;
  /** Attributes of the group's series, from those of a member's series. */
  readonly attributesFrom: (attributes: Attributes) => Attributes;
}

/** Number of this process as a member; others have numbers from 1. */
export const OWN_SLOT = 0;

const ROWS_PER_STEP = 64;

/**
 * Sums and histograms of all members of a group but this one. Those of members that have ended stay if they never
 * fall.
 */
export class Totals implements ContributionTarget {
  readonly series: SeriesTable;
  readonly rows: Rows;
  readonly exemplars: MemberExemplars;
  readonly #options: TotalsOptions;
  readonly #contributions = new Set<Contribution>();
  // Made when the first series ends.
  #departed: Rows | undefined;
  // Rows that have changed, and whether a row is among them.
  #dirty: number[] = [];
  #isDirty: Uint8Array = new Uint8Array(64);
  readonly #reading: Float64Array;
  readonly #freeListeners: ((row: number) => void)[] = [];

  constructor(options: TotalsOptions) {
    this.#options = options;
    this.rows = rowsOf(options.aggregation);
    this.exemplars = new MemberExemplars(options.aggregation);
    this.#reading = new Float64Array(this.rows.readingLength);
    this.series = new SeriesTable({
      interner: options.interner,
      limit: options.limit,
      clock: () => Date.now(),
      onNewRow: (row) => this.rows.reserve(row),
      trackActivity: options.timeToLiveMillis < Infinity,
    });
  }

  /** Adds a member's stream. */
  add(stream: MemberStream, slot: number): Contribution {
    const contribution = new Contribution(stream, slot, this, this.#options);
    this.#contributions.add(contribution);
    return contribution;
  }

  /** Removes a member's stream. With `isKept`, its growing totals stay. */
  remove(contribution: Contribution, isKept: boolean): void {
    contribution.end(isKept);
    this.#contributions.delete(contribution);
  }

  /** Series of members that have ended; `undefined` without any. */
  departedSeries(): SeriesSource | undefined {
    return this.#departed === undefined ? undefined : this.sourceOf(this.#departed);
  }

  /** The series with the figures in `rows`, which have the numbers of the totals' rows. */
  sourceOf(rows: Rows): SeriesSource {
    const { series } = this;
    return {
      length: series.rowCount,
      visit: (from, to, visitor) => {
        for (let row = from; row < Math.min(to, series.rowCount); row++) {
          rows.reserve(row);
          if (series.isLive(row) && rows.read(row, this.#reading)) visitor.series(this.#reading, 0, row);
        }
      },
      pairsOf: (row, ids) => series.pairsOf(row, ids),
      attributesOf: (row) => series.attributesOf(row),
      startTimeOf: (row) => series.startTimeOf(row),
      exemplarsOf: () => [],
    };
  }

  rowOf(attributes: Attributes, startTime: number): number {
    const isOverflow = attributes["otel.metric.overflow"] === true;
    const row = this.series.rowOf(isOverflow ? attributes : this.#options.attributesFrom(attributes));
    if (startTime > 0 && startTime < this.series.startTimeOf(row)) this.series.setStartTime(row, startTime);
    return row;
  }

  takeExemplars(series: SentExemplars["series"]): void {
    for (const { attributes, exemplars } of series) this.exemplars.add(this.rowOf(attributes, 0), exemplars);
  }

  changed(row: number): void {
    if (row >= this.#isDirty.length) {
      const grown = new Uint8Array(Math.max(2 * this.#isDirty.length, row + 1));
      grown.set(this.#isDirty);
      this.#isDirty = grown;
    }
    if (this.#isDirty[row] === 1) return;
    this.#isDirty[row] = 1;
    this.#dirty.push(row);
  }

  retire(row: number, cells: Float64Array, offset = 0): void {
    this.#departed ??= rowsOf(this.#options.aggregation);
    this.#departed.reserve(row);
    this.#departed.add(row, cells, offset);
  }

  /** Keeps the last figures of a series that this process removes, from now on. */
  keep(row: number, cells: Float64Array, offset: number): void {
    if (!this.#options.isKept) return;
    this.retire(row, cells, offset);
    this.#addUpRow(row);
  }

  /** Calls the listener with each row that is freed, and that another series may get. */
  onFreed(listener: (row: number) => void): void {
    this.#freeListeners.push(listener);
  }

  /** Adds up the rows that have changed. Each row is complete at the end of its step. */
  *addUp(unixMillis: number): Generator<undefined, void> {
    const rows = this.#dirty;
    this.#dirty = [];
    for (const [i, row] of rows.entries()) {
      this.#isDirty[row] = 0;
      this.#addUpRow(row);
      if (i % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
    }
    if (this.#options.timeToLiveMillis < Infinity) this.#freeIdle(unixMillis);
  }

  /** Whether a member's series is part of the row. */
  hasMember(row: number): boolean {
    for (const contribution of this.#contributions) if (contribution.has(row)) return true;
    return false;
  }

  #addUpRow(row: number): void {
    this.#addUpInto(this.rows, row);
    if (this.#options.timeToLiveMillis === Infinity) return;
    // Marks it as used now.
    this.series.retain(row);
    this.series.release(row);
  }

  #addUpInto(rows: Rows, row: number): void {
    rows.reserve(row);
    // Adding in another order rounds differently. No sum may fall by that.
    const before = rows.sumOf(row);
    rows.clear(row);
    if (this.#departed !== undefined) {
      this.#departed.reserve(row);
      if (this.#departed.read(row, this.#reading)) rows.add(row, this.#reading, 0);
    }
    for (const contribution of this.#contributions) {
      contribution.addTo(rows, row, this.#reading);
      const unobserved = contribution.unobservedOf(row);
      if (unobserved !== undefined) {
        this.#reading[0] = unobserved;
        rows.add(row, this.#reading, 0);
      }
    }
    if (this.#options.neverFalls) rows.raiseSum(row, before);
  }

  #freeIdle(unixMillis: number): void {
    const { series } = this;
    series.advanceActivity(unixMillis);
    for (let row = OVERFLOW_ROW + 1; row < series.rowCount; row++) {
      if (!series.isLive(row) || !series.isIdle(row, unixMillis - this.#options.timeToLiveMillis)) continue;
      if (this.hasMember(row) || !series.free(row)) continue;
      this.rows.clear(row);
      this.exemplars.forget(row);
      this.#departed?.reserve(row);
      this.#departed?.clear(row);
      for (const listener of this.#freeListeners) listener(row);
    }
  }
}
