import { AggregationTemporality } from "../sdk-values.ts";
import type { OnSeriesEnd, SeriesSource } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import {
  type RowChanges,
  type SeriesTable,
  OVERFLOW_ROW,
  type SeriesTableOptions,
} from "../series/series-table.ts";
import type { BindableRecorder } from "../aggregation/store.ts";
import { cellsOf, freeIdle, type IdleSettings, LiveSeries, type Cells } from "./live-series.ts";
import { type KeptAggregation, type SyncStore, type RecordedStore, makeStore } from "./stream-store.ts";
import { CopiedSeries } from "./copied-series.ts";

/**
 * Values of a synchronous instrument since the first measurement of each series. Several readers may share the store.
 */
export class CumulativeStore implements RecordedStore {
  readonly temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE;
  readonly aggregation: KeptAggregation;
  readonly series: SeriesTable;
  readonly exemplars: SeriesExemplars;
  readonly recorder: BindableRecorder;
  readonly #store: SyncStore;
  readonly #live: LiveSeries;
  readonly #idle: IdleSettings;

  constructor(
    aggregation: KeptAggregation,
    store: SyncStore,
    recorder: BindableRecorder,
    exemplars: SeriesExemplars,
    idle: IdleSettings,
  ) {
    this.aggregation = aggregation;
    this.series = store.series;
    this.exemplars = exemplars;
    this.recorder = recorder;
    this.#store = store;
    this.#live = new LiveSeries(cellsOf(store), store.series, exemplars);
    this.#idle = idle;
  }

  showEmpty(row: number): void {
    if ("showEmpty" in this.#store) this.#store.showEmpty(row);
  }

  watch(onEnd: OnSeriesEnd): void {
    this.#live.watch(onEnd);
  }

  remove(row: number): void {
    if (this.series.isHeld(row)) return;
    const last = this.#live.end(row, true);
    if (this.series.retire(row)) this.#empty(row, last);
  }

  collect(unixMillis: number): SeriesSource | undefined {
    this.series.startBy(unixMillis);
    this.series.reclaim();
    const { timeToLiveMillis } = this.#idle;
    if (timeToLiveMillis < Infinity) {
      freeIdle(this.series, timeToLiveMillis, (row) => {
        this.#live.end(row, false);
        // The collection of another reader may be walked.
        if (this.series.retire(row)) this.#empty(row);
      });
    }
    return this.#live.isEmpty ? undefined : this.#live;
  }

  #empty(row: number, last?: Float64Array): void {
    this.#store.empty(row, last);
    this.exemplars.forget(row);
  }
}

/**
 * Values of a synchronous instrument since the last collection of one reader. Collecting copies and resets them in
 * one step. A series without measurements since then is removed, unless a bound handle holds it. The collection can
 * be walked until the next one.
 */
export class DeltaStore implements RecordedStore {
  readonly temporality: AggregationTemporality = AggregationTemporality.DELTA;
  readonly aggregation: KeptAggregation;
  readonly series: SeriesTable;
  readonly exemplars: SeriesExemplars;
  readonly recorder: BindableRecorder;
  readonly #store: SyncStore;
  readonly #cells: Cells;
  readonly #cycle: CopiedSeries;
  readonly #changes: RowChanges | undefined;
  #since: number;

  // Whether no row can have become idle since the last search, so that a full table is not searched repeatedly.
  #isPacked = true;

  constructor(
    aggregation: KeptAggregation,
    table: SeriesTableOptions,
    recorderOf: (store: SyncStore) => BindableRecorder,
    exemplars: SeriesExemplars,
    unixMillis: number,
  ) {
    this.aggregation = aggregation;
    this.exemplars = exemplars;
    this.#changes = table.changes;
    this.#store = makeStore(aggregation, { ...table, makeRoom: () => this.#freeIdle() });
    this.series = this.#store.series;
    this.recorder = recorderOf(this.#store);
    this.#cells = cellsOf(this.#store);
    this.#cycle = new CopiedSeries(this.#cells, this.series, exemplars);
    this.#since = unixMillis;
  }

  showEmpty(row: number): void {
    if ("showEmpty" in this.#store) this.#store.showEmpty(row);
  }

  remove(row: number): void {
    // Amounts are exported once more. A gauge has none.
    if (this.aggregation.kind !== "lastValue") return;
    if (row !== OVERFLOW_ROW) this.#cycle.remember(row);
    this.#store.empty(row);
    if (this.#free(row)) return;
    // A bound handle holds it.
    this.exemplars.forget(row);
    this.#isPacked = false;
  }

  collect(unixMillis: number): SeriesSource | undefined {
    // The clock may have been set back.
    this.#cycle.restart(Math.min(this.#since, unixMillis));
    this.#since = unixMillis;
    // Handles in the overflow series may find room in the new cycle.
    if (this.#changes !== undefined && this.series.overflowed) this.#changes.count++;
    for (let row = 0; row < this.series.rowCount; row++) {
      if (this.#cells.isRecorded(row)) {
        this.#cells.show(row, this.#cycle);
        this.#store.empty(row);
      } else this.#free(row);
    }
    this.#isPacked = false;
    return this.#cycle.length === 0 ? undefined : this.#cycle;
  }

  // Each cycle may have as many series as the limit allows, whatever the previous one had. So series without
  // measurements in this cycle are removed, though the last collection may still be walked.
  #freeIdle(): boolean {
    if (this.#isPacked) return false;
    this.#isPacked = true;
    let isFreed = false;
    for (let row = OVERFLOW_ROW + 1; row < this.series.rowCount; row++) {
      if (this.#cells.isRecorded(row) || !this.series.isLive(row) || this.series.isHeld(row)) continue;
      this.#cycle.remember(row);
      isFreed = this.#free(row) || isFreed;
    }
    return isFreed;
  }

  #free(row: number): boolean {
    if (!this.series.free(row)) return false;
    this.exemplars.forget(row);
    return true;
  }
}
