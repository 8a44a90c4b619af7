import { AggregationTemporality } from "../sdk-values.ts";
import type { SeriesSource } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { SeriesTable } from "../series/series-table.ts";
import type { Recorder } from "../aggregation/store.ts";
import { cellsOf } from "./cells.ts";
import { freeIdle } from "./free-idle.ts";
import { LiveSeries } from "./live-series.ts";
import type { KeptAggregation, SyncStore } from "./make-store.ts";
import type { RecordedStore } from "./stream-store.ts";

/** What series of a synchronous instrument hold since their first measurement. Several readers may share it. */
export class CumulativeStore implements RecordedStore {
  readonly temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE;
  readonly aggregation: KeptAggregation;
  readonly series: SeriesTable;
  readonly exemplars: SeriesExemplars;
  readonly recorder: Recorder;
  readonly #store: SyncStore;
  readonly #live: LiveSeries;
  readonly #timeToLiveMillis: number;

  /** @param timeToLiveMillis how long a series may be idle before it leaves; `Infinity`: for ever. */
  constructor(
    aggregation: KeptAggregation,
    store: SyncStore,
    recorder: Recorder,
    exemplars: SeriesExemplars,
    timeToLiveMillis: number,
  ) {
    this.aggregation = aggregation;
    this.series = store.series;
    this.exemplars = exemplars;
    this.recorder = recorder;
    this.#store = store;
    this.#live = new LiveSeries(cellsOf(store), store.series, exemplars);
    this.#timeToLiveMillis = timeToLiveMillis;
  }

  showEmpty(row: number): void {
    if ("showEmpty" in this.#store) this.#store.showEmpty(row);
  }

  collect(unixMillis: number): SeriesSource | undefined {
    if (this.#timeToLiveMillis < Infinity) {
      freeIdle(this.series, unixMillis, this.#timeToLiveMillis, (row) => {
        this.#store.empty(row);
        this.exemplars.forget(row);
      });
    }
    return this.#live.isEmpty ? undefined : this.#live;
  }
}
