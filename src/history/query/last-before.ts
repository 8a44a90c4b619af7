// What came before a range, for what counts on from it.
import type { Block } from "../store/block.ts";
import type { QueryStore } from "./store.ts";

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
