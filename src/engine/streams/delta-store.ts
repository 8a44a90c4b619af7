import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import type { SeriesSource } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { SeriesTable } from "../series/series-table.ts";
import type { Recorder } from "../stores/store.ts";
import { cellsOf } from "./cells.ts";
import { CopiedSeries } from "./copied-series.ts";
import type { Cells } from "./live-series.ts";
import type { KeptAggregation, SyncStore } from "./make-store.ts";
import type { RecordedStore } from "./stream-store.ts";

/**
 * What series of a synchronous instrument hold since the last collection of one reader. Collecting copies them and starts
 * them anew, in one step; a series that recorded nothing since leaves, unless a bound handle holds it.
 */
export class DeltaStore implements RecordedStore {
  readonly temporality: AggregationTemporality = AggregationTemporality.DELTA;
  readonly aggregation: KeptAggregation;
  readonly series: SeriesTable;
  readonly exemplars: SeriesExemplars;
  readonly recorder: Recorder;
  readonly #store: SyncStore;
  readonly #cells: Cells;
  readonly #cycle: CopiedSeries;
  #since: number;

  /** @param unixMillis when the first cycle began. */
  constructor(
    aggregation: KeptAggregation,
    store: SyncStore,
    recorder: Recorder,
    exemplars: SeriesExemplars,
    unixMillis: number,
  ) {
    this.aggregation = aggregation;
    this.series = store.series;
    this.exemplars = exemplars;
    this.recorder = recorder;
    this.#store = store;
    this.#cells = cellsOf(store);
    this.#cycle = new CopiedSeries(this.#cells, store.series, exemplars);
    this.#since = unixMillis;
  }

  collect(unixMillis: number): SeriesSource | undefined {
    this.#cycle.restart(this.#since);
    this.#since = unixMillis;
    for (let row = 0; row < this.series.rowCount; row++) {
      if (this.#cells.isRecorded(row)) {
        this.#cells.show(row, this.#cycle);
        this.#store.empty(row);
      } else if (this.series.isLive(row) && this.series.free(row)) this.exemplars.forget(row);
    }
    return this.#cycle.length === 0 ? undefined : this.#cycle;
  }
}
