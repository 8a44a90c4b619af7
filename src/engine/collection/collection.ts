import type { Resource } from "@opentelemetry/resources";
import type { Interner } from "../series/interner.ts";
import type { CollectedMetric } from "./collected-metric.ts";

/** All metrics of a provider that have data, collected for one reader at one moment. */
export interface Collection {
  readonly resource: Resource;
  /** Time of the collection, in milliseconds since the epoch: the end of the intervals of all series. */
  readonly timeUnixMillis: number;
  /** The metrics. Those of one scope are adjacent. */
  readonly metrics: readonly CollectedMetric[];
  /** Interner of the pair ids that the series return. */
  readonly interner: Interner;
  /** Errors that callbacks threw, and the `TimeoutError`s of those that did not end in time. */
  readonly errors: readonly unknown[];
}
