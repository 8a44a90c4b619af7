/** What a stream keeps for a reader, or, where temporality is cumulative, for several that want the same. */
import type { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import type { SeriesSource } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { SeriesTable } from "../series/series-table.ts";
import type { Recorder } from "../aggregation/store.ts";
import type { KeptAggregation } from "./make-store.ts";

/** The series of one stream, as one reader or several see them. */
export interface StreamStore {
  readonly aggregation: KeptAggregation;
  readonly temporality: AggregationTemporality;
  /** Series and their rows. */
  readonly series: SeriesTable;
  readonly exemplars: SeriesExemplars;
  /** Ends a collection cycle: what it holds, or `undefined` where it is nothing. Synchronous. */
  collect(unixMillis: number): SeriesSource | undefined;
}

/** The series of a synchronous instrument's stream. */
export interface RecordedStore extends StreamStore {
  readonly recorder: Recorder;
  /** Has a row exported though nothing was recorded in it, where its aggregation can say so. */
  showEmpty(row: number): void;
}
