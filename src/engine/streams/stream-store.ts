/** Stores of streams: one per reader. Cumulative readers with the same settings share one. */
import type { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import type { OnSeriesEnd, SeriesSource } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { SeriesTable } from "../series/series-table.ts";
import type { BindableRecorder, StoreOptions } from "../aggregation/store.ts";
import { ExplicitHistogramStore } from "../aggregation/explicit-histogram-store.ts";
import { ExponentialHistogramStore } from "../aggregation/exponential-histogram-store.ts";
import { LastValueStore } from "../aggregation/last-value-store.ts";
import { SumStore } from "../aggregation/sum-store.ts";
import type { Aggregation } from "./aggregation.ts";

export interface StreamStore {
  readonly aggregation: KeptAggregation;
  readonly temporality: AggregationTemporality;
  readonly series: SeriesTable;
  readonly exemplars: SeriesExemplars;
  /** Ends a collection cycle. Returns its series, or `undefined` without any. Synchronous. */
  collect(unixMillis: number): SeriesSource | undefined;
  /** The observed totals, if this store is a delta store of an observable instrument. */
  readonly totals?: SeriesSource | undefined;
  /** See `SeriesSource.watch`. */
  watch?(onEnd: OnSeriesEnd): void;
}

export interface RecordedStore extends StreamStore {
  readonly recorder: BindableRecorder;
  /**
   * Removes the series of a live row that no handle holds. Deltas of other kinds than gauges stay: their rest is exported
   * once more, and then they leave by themselves.
   */
  remove(row: number): void;
  /** Exports a row even if nothing is recorded in it, if its aggregation supports that. */
  showEmpty(row: number): void;
}

/** A bound instrument, which holds a series in each store. */
export interface SeriesHolder {
  /** Lets go of the series in rows `from` to `to` (exclusive) of a store: they are removed. */
  lose(store: RecordedStore, from: number, to: number): void;
}

export type KeptAggregation = Exclude<Aggregation, { kind: "drop" }>;

export type SyncStore = SumStore | LastValueStore | ExplicitHistogramStore | ExponentialHistogramStore;

export function makeStore(aggregation: KeptAggregation, options: StoreOptions): SyncStore {
  switch (aggregation.kind) {
    case "sum":
      return new SumStore(options);
    case "lastValue":
      return new LastValueStore(options);
    case "explicitHistogram":
      return new ExplicitHistogramStore({ ...options, ...aggregation });
    case "exponentialHistogram":
      return new ExponentialHistogramStore({ ...options, ...aggregation });
    default:
      return aggregation satisfies never;
  }
}
