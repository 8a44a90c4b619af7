// What questions are answered from.
import type { Block } from "../store/block.ts";
import type { StoredMetric, StoredSeries } from "../store/stored.ts";

/** The store as far as questions need it. Times are in milliseconds since the epoch. */
export interface QueryStore {
  /** The metrics of this name, OpenTelemetry's or Prometheus'; none where nobody knows it. */
  find(metric: string): readonly StoredMetric[];
  /** All series of a metric. */
  series(metricId: number): readonly StoredSeries[];
  /**
   * All blocks of these series that have points from `from` to `to`, both included. Those of one series come in the order
   * of their times and do not overlap; those of several may be mixed in any way.
   */
  read(seriesIds: readonly number[], from: number, to: number): Iterable<Block>;
  /** The same, several at a time, since each step of an iteration costs as much as what is done with a block. */
  batches(seriesIds: readonly number[], from: number, to: number): Iterable<readonly Block[]>;
  /** The time of its oldest point, in milliseconds; `undefined` if it has none. */
  usage(): { readonly oldest?: number };
}
