/** The store of an aggregation. */
import type { SeriesTableOptions } from "../series/series-table.ts";
import { ExplicitHistogramStore } from "../aggregation/explicit-histogram-store.ts";
import { ExponentialHistogramStore } from "../aggregation/exponential-histogram-store.ts";
import { LastValueStore } from "../aggregation/last-value-store.ts";
import { SumStore } from "../aggregation/sum-store.ts";
import type { Aggregation } from "./aggregation.ts";

/** An aggregation that keeps something. */
export type KeptAggregation = Exclude<Aggregation, { kind: "drop" }>;

/** The stores of synchronous instruments. */
export type SyncStore = SumStore | LastValueStore | ExplicitHistogramStore | ExponentialHistogramStore;

/** Makes the store that aggregates a synchronous instrument's measurements. */
export function makeStore(aggregation: KeptAggregation, options: SeriesTableOptions): SyncStore {
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
