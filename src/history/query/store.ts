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

/** How far before a range the last point before it is looked for at once: longer than between two collections. */
export const BEFORE_MILLIS = 3_600_000;

// Each look back covers a period that is so many times as long as the one before.
const GROWTH = 8;

/**
 * The last block of each of these series that has points at `time` or before, however long before; none of those that have
 * no such points. Only for few series: where a machine was asleep, or is seldom collected.
 */
export function* lastBefore(store: QueryStore, seriesIds: readonly number[], time: number): Iterable<Block> {
  let missing = seriesIds;
  let to = time;
  for (let millis = GROWTH * BEFORE_MILLIS; missing.length > 0 && to >= 0; millis *= GROWTH) {
    const found = new Map<number, Block>();
    for (const block of store.read(missing, to - millis, to)) found.set(block.series, block);
    yield* found.values();
    missing = missing.filter((id) => !found.has(id));
    to -= millis;
  }
}
