// What questions are answered from.
import type { Block } from "../store/block.ts";
import type { StoredMetric, StoredSeries } from "../store/stored.ts";

export interface QueryStore {
  /** By OpenTelemetry's or Prometheus' name. */
  find(metric: string): readonly StoredMetric[];
  series(metricId: number): readonly StoredSeries[];
  /** All blocks with points from `from` to `to`. One series' blocks come by time and do not overlap. */
  read(seriesIds: readonly number[], from: number, to: number): Iterable<Block>;
  /** Several at a time, since iterating costs as much as using a block. */
  batches(seriesIds: readonly number[], from: number, to: number): Iterable<readonly Block[]>;
  /** In milliseconds. */
  usage(): { readonly oldest?: number };
}

/** Points before a range are looked for this far back at first; it is longer than between two collections. */
export const BEFORE_MILLIS = 3_600_000;

// Each look back is longer by this factor.
const GROWTH = 8;

/** The last block of each series that reaches back to `time` or before. For few series: after a machine slept. */
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
