import type { Resource } from "@opentelemetry/resources";
import type { Interner } from "../series/interner.ts";
import type { CollectedMetric } from "./collected-metric.ts";

/** All metrics of a provider that hold anything, for one reader, at one moment. */
export interface Collection {
  readonly resource: Resource;
  /** When it was collected: the end of all series' intervals, in milliseconds since the epoch. */
  readonly timeUnixMillis: number;
  /** The metrics, those of one scope beside each other. */
  readonly metrics: readonly CollectedMetric[];
  /** The pairs that the series' sources give ids of. */
  readonly interner: Interner;
  /** What callbacks threw, and the `TimeoutError`s of those that did not end in time. */
  readonly errors: readonly unknown[];
}
