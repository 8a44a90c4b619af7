/** The figures of all members for one stream, added up. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import type { RowGrowth } from "../../engine/aggregation/row-growth.ts";
import { compensationOf, KahanSum } from "../../engine/aggregation/kahan-sum.ts";
import { SeriesTable, OVERFLOW_ROW } from "../../engine/series/series-table.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import type { ImageReader, MemberStream } from "../memory/image-reader.ts";
import { type Rows, rowsOf } from "../memory/rows.ts";
import type { SentExemplars } from "../exemplars.ts";
import { MemberExemplars } from "./member-exemplars.ts";
import { Contribution } from "./contribution.ts";
import type { ContributionOptions, ContributionTarget } from "./contribution-target.ts";
import type { RowUser } from "./row-user.ts";

export interface TotalsOptions extends ContributionOptions {
  readonly aggregation: KeptAggregation;
  readonly interner: Interner;
  /** Maximum number of series. */
  readonly limit: number;
  /** Whether series are removed once all live members have removed them, and no ended member had them. */
  readonly isRemovable: boolean;
  /** Time after which a series is removed that no member has and that has not changed; `Infinity` for never. */
  readonly timeToLiveMillis: number;
  /** Whether another merge reads the totals. Series then never move to the overflow series. */
  readonly isReported?: (() => boolean) | undefined;
  /** Attributes of the group's series, from those of a member's series. */
  readonly attributesFrom: (attributes: Attributes) => Attributes;
}

/** Number of this process as a member; others have numbers from 1. */
export const OWN_SLOT = 0;

// Members' rows for which a step takes less than half a millisecond, also while V8 has not optimized the code yet.
const MEMBER_ROWS_PER_STEP: Readonly<Record<KeptAggregation["kind"], number>> = {
  sum: 8_192,
  lastValue: 8_192,
  explicitHistogram: 128,
  exponentialHistogram: 32,
};
// Few, because they are moved in one step.
const ROWS_MADE_FREE = 64;
const OVERFLOW: Attributes = { "otel.metric.overflow": true };
// Kinds of changes of a row.
const SUM = 1;
const WHOLLY = 2;

/**
 * Sums and histograms of all members of a group but this one. Those of members that have ended stay if they never
 * fall.
 */
export class Totals implements ContributionTarget {
  readonly series: SeriesTable;
  readonly rows: Rows;
  readonly exemplars: MemberExemplars;
  readonly #options: TotalsOptions;
  #contributions: readonly Contribution[] = [];
  // Made when the first series ends.
  #departed: Rows | undefined;
  #hasRetired = false;
  // By row: how it has changed since its sum was added up.
  #changes: Uint8Array = new Uint8Array(64);
  #hasChanges = false;
  readonly #reading: Float64Array;
  readonly #sum = new KahanSum();
  #users: readonly RowUser[] = [];
  // Refreshes without a series that leaves.
  #waits = 0;
  // Rows whose series a live member does not have any more, and whether the application has removed it there.
  readonly #left = new Map<number, boolean>();
  // Whether rows of series without members may be freed now. False during walks.
  #mayMakeRoom = false;
  #hasRoom = true;
  // The row at which the search for such series goes on.
  #roomAt = OVERFLOW_ROW + 1;

  constructor(options: TotalsOptions) {
    this.#options = options;
    this.rows = rowsOf(options.aggregation);
    this.exemplars = new MemberExemplars(options.aggregation);
    this.#reading = new Float64Array(this.rows.readingLength);
    this.series = new SeriesTable({
      interner: options.interner,
      limit: options.limit,
      clock: () => Date.now(),
      onNewRow: (row) => this.#reserve(row),
      makeRoom: () => this.#makeRoom(),
      trackActivity: options.timeToLiveMillis < Infinity,
    });
  }

  /** Adds a member's stream. @param isOwn whether the member is this process. */
  join(stream: MemberStream, image: ImageReader, isOwn: boolean): Contribution {
    const contribution = new Contribution(stream, image, this, this.#options, isOwn);
    this.#contributions = [...this.#contributions, contribution];
    return contribution;
  }

  /** Removes a member's stream. With `isKept`, its growing totals stay. */
  remove(contribution: Contribution, isKept: boolean): void {
    contribution.end(isKept);
    this.#hasRoom = true;
    this.#contributions = this.#contributions.filter((each) => each !== contribution);
  }

  /** Whether figures have been retired since the last call. */
  takeRetired(): boolean {
    const had = this.#hasRetired;
    this.#hasRetired = false;
    return had;
  }

  /** Series of members that have ended, and those that live members have removed; `undefined` without any. */
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
    const row = this.#rowOf(this.#options.attributesFrom(attributes));
    this.#startAt(row, startTime);
    return row;
  }

  #startAt(row: number, startTime: number): void {
    if (startTime > 0 && startTime < this.series.startTimeOf(row)) this.series.setStartTime(row, startTime);
  }

  /** The row of a series of this process. No other series gets it until it is released. */
  ownRowOf(attributes: Attributes, startTime: number): number {
    const row = this.#rowOf(attributes);
    // Also if it is the overflow series, whose start must not rise when it gets further series.
    this.#startAt(row, startTime);
    this.series.retain(row);
    return row;
  }

  takeExemplars(series: SentExemplars["series"]): void {
    for (const { attributes, exemplars } of series) this.exemplars.add(this.rowOf(attributes, 0), exemplars);
  }

  changed(row: number): void {
    this.#changes[row]! |= SUM;
    this.#hasChanges = true;
  }

  changedWholly(row: number): void {
    this.#changes[row]! |= WHOLLY;
    this.#hasChanges = true;
  }

  grow(row: number, growth: RowGrowth): void {
    this.changed(row);
    this.rows.grow(row, growth);
  }

  add(row: number, reading: Float64Array): void {
    this.changed(row);
    // It is added up anew.
    reading[this.rows.sumCell] = 0;
    this.rows.add(row, reading, 0);
  }

  retire(row: number, cells: Float64Array): void {
    this.changed(row);
    this.#hasRetired = true;
    this.#departed ??= rowsOf(this.#options.aggregation);
    this.#departed.reserve(row);
    const { cells: kept, sumCell } = this.#departed;
    const [page, at] = [kept.pageOf(row), kept.offsetOf(row) + sumCell];
    const before = page[at]!;
    this.#departed.add(row, cells, 0);
    // Rounded up: a sum that was exported with all of its parts does not fall once they are one.
    if (this.#options.neverFalls && compensationOf(before, cells[sumCell]!, page[at]!, 0) > 0)
      page[at]! *= 1 + Number.EPSILON;
  }

  /** Keeps the last figures of a series that this process removes, from now on. */
  keep(row: number, startTime: number, cells: Float64Array): void {
    if (this.#options.atEnd === "leaves") return;
    // With a later start, an aggregator would take it for another series, and count it twice.
    this.#startAt(row, startTime);
    this.retire(row, cells);
    this.changedWholly(row);
    this.#addUpRow(row);
    for (const user of this.#users) user.kept?.(row, cells);
  }

  left(row: number, isRemoved: boolean): void {
    if (isRemoved || this.#options.isRemovable)
      this.#left.set(row, isRemoved || this.#left.get(row) === true);
  }

  removedHere(row: number, cells: Float64Array): void {
    for (const user of this.#users) user.removedHere?.(row, cells);
  }

  /** Adds a user of rows. It is called with those that are freed. Returns a function that removes it. */
  addUser(user: RowUser): () => void {
    this.#users = [...this.#users, user];
    this.keepRemoved();
    return () => (this.#users = this.#users.filter((each) => each !== user));
  }

  /** Removed series stay until each user has had a further collection. */
  keepRemoved(): void {
    this.#waits = this.#users.length;
  }

  /** Takes over what the members have recorded. Each row is complete at the end of its step. */
  *refresh(): Generator<undefined, void> {
    const memberRows = MEMBER_ROWS_PER_STEP[this.#options.aggregation.kind];
    const rows = Math.ceil(memberRows / Math.max(1, this.#contributions.length));
    for (let from = 0; from < this.series.rowCount; from += rows) {
      const to = Math.min(from + rows, this.series.rowCount);
      for (const contribution of this.#contributions) contribution.take(from, to);
      this.#addUp(from, to);
      yield;
    }
    this.#hasChanges = false;
    this.#hasRoom = true;
    this.#freeLeft();
    if (this.#options.timeToLiveMillis < Infinity) this.#freeIdle();
  }

  /** Completes all rows now. */
  settle(): void {
    this.#addUp(0, this.series.rowCount);
    this.#hasChanges = false;
  }

  #hasMember(row: number): boolean {
    return this.#contributions.some((each) => each.has(row));
  }

  #reserve(row: number): void {
    this.rows.reserve(row);
    if (row < this.#changes.length) return;
    const grown = new Uint8Array(2 * row);
    grown.set(this.#changes);
    this.#changes = grown;
  }

  #addUp(from: number, to: number): void {
    if (!this.#hasChanges) return;
    for (let row = from; row < to; row++) if (this.#changes[row] !== 0) this.#addUpRow(row);
  }

  #addUpRow(row: number): void {
    this.#addUpInto(row, this.#changes[row]!);
    this.#changes[row] = 0;
    if (this.#options.timeToLiveMillis === Infinity) return;
    // Marks it as used now.
    this.series.retain(row);
    this.series.release(row);
  }

  // Counts of histograms have grown already. Sums are added up anew, so that no errors accumulate, and rounded once. Another
  // aggregator, which adds them in another order, gets the same.
  #addUpInto(row: number, change: number): void {
    const { cells, sumCell } = this.rows;
    const cell = cells.offsetOf(row) + sumCell;
    const page = cells.pageOf(row);
    const before = page[cell]!;
    this.#departed?.reserve(row);
    if ((change & WHOLLY) !== 0) this.#rebuild(row);
    const departed = this.#departed?.cells;
    const sum = this.#sum;
    // An empty sum is -0, to which nothing is added.
    sum.restart(departed === undefined ? -0 : departed.pageOf(row)[cell]!);
    for (const contribution of this.#contributions) contribution.addSum(row, sum);
    const total = Object.is(sum.uncorrected, -0) ? -0 : sum.value;
    page[cell] = this.#options.neverFalls && total < before ? before : total;
  }

  #rebuild(row: number): void {
    const { rows } = this;
    rows.clear(row);
    if (this.#departed?.read(row, this.#reading) === true) rows.add(row, this.#reading, 0);
    for (const contribution of this.#contributions) contribution.addTo(rows, row, this.#reading);
  }

  // A delta reader would get the figures of a series that is not observed again if it returned.
  get #hasDeltaReader(): boolean {
    return this.#users.some((user) => user.hasUnexported !== undefined);
  }

  #freeLeft(): void {
    this.series.reclaim();
    // Each user has a collection with the stream first, and may follow the series to their ends from then on.
    if (this.#waits > 0) return void this.#waits--;
    for (const [row, isRemoved] of this.#left) {
      const isOver = !this.#hasMember(row);
      // Readers of deltas get the rest first.
      if (isOver && isRemoved && this.#isAwaited(row)) continue;
      this.#left.delete(row);
      if (isOver && isRemoved) this.#end(row);
      else if (isOver && !this.#hasDeltaReader && !this.#hasDeparted(row) && this.series.free(row))
        this.#clear(row, undefined);
    }
  }

  #isAwaited(row: number): boolean {
    return this.#users.some((user) => user.uses(row) || user.hasUnexported?.(row) === true);
  }

  #hasDeparted(row: number): boolean {
    this.#departed?.reserve(row);
    return this.#departed?.read(row, this.#reading) === true;
  }

  // Removes a series, also the figures of members that have ended.
  #end(row: number): void {
    // The overflow series also has figures of series that were moved there.
    if (row === OVERFLOW_ROW || !this.series.isLive(row) || this.series.isHeld(row)) return;
    for (const user of this.#users) user.ends?.(row);
    // They must leave the disk, too.
    if (this.#hasDeparted(row)) this.#hasRetired = true;
    this.series.retire(row);
    this.#clear(row, undefined);
  }

  #freeIdle(): void {
    const { series } = this;
    const nowMillis = performance.now();
    series.advanceActivity(nowMillis);
    for (let row = OVERFLOW_ROW + 1; row < series.rowCount; row++) {
      if (!series.isLive(row) || !series.isIdle(row, nowMillis - this.#options.timeToLiveMillis)) continue;
      if (this.#hasMember(row) || this.#users.some((user) => user.hasUnexported?.(row) === true)) continue;
      if (this.#hasDeltaReader && this.#contributions.some((each) => each.hasMissing(row))) continue;
      if (series.free(row)) this.#clear(row, undefined);
    }
  }

  #rowOf(attributes: Attributes): number {
    this.#mayMakeRoom = true;
    const row = this.series.seldomRowOf(attributes);
    this.#mayMakeRoom = false;
    return row;
  }

  // Called if the limit is reached. Series without members are moved to the overflow series, so that totals stay.
  #makeRoom(): boolean {
    if (!this.#mayMakeRoom || !this.#hasRoom || this.#options.isReported?.() === true) return false;
    const { series } = this;
    let freed = 0;
    for (let tried = 1; tried < series.rowCount && freed < ROWS_MADE_FREE; tried++) {
      this.#roomAt = this.#roomAt + 1 < series.rowCount ? this.#roomAt + 1 : OVERFLOW_ROW + 1;
      const row = this.#roomAt;
      if (!series.isLive(row) || this.#hasMember(row) || this.#users.some((user) => user.uses(row))) continue;
      const start = series.startTimeOf(row);
      if (!series.free(row)) continue;
      freed++;
      this.#moveToOverflow(row, start);
    }
    if (freed > 0) this.#addUpRow(OVERFLOW_ROW);
    this.#hasRoom = freed > 0;
    return this.#hasRoom;
  }

  #moveToOverflow(row: number, start: number): void {
    for (const contribution of this.#contributions)
      for (const cells of contribution.forget(row)) this.retire(row, cells);
    const hasFigures = this.#hasDeparted(row);
    if (hasFigures) {
      this.retire(OVERFLOW_ROW, this.#reading);
      this.rowOf(OVERFLOW, start);
      this.changedWholly(OVERFLOW_ROW);
    }
    this.#clear(row, hasFigures ? OVERFLOW_ROW : undefined);
  }

  #clear(row: number, movedTo: number | undefined): void {
    this.rows.clear(row);
    this.exemplars.forget(row);
    this.#changes[row] = 0;
    for (const contribution of this.#contributions) contribution.forget(row);
    this.#departed?.reserve(row);
    this.#departed?.clear(row);
    for (const user of this.#users) user.freed(row, movedTo);
  }
}
