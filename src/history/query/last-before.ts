// Lookup of the last values before a range, the baseline of increases.
import type { Block } from "../store/block.ts";
import type { Store } from "../store/index.ts";

/** The first look back, longer than any interval of collections. */
export const BEFORE_MILLIS = 3_600_000;

// Factor between one look back and the next.
const GROWTH = 8;

/**
 * Returns the last block of each series at or before `time`. Meant for few series, such as after the machine was
 * suspended.
 */
export function* lastBefore(store: Store, seriesIds: readonly number[], time: number): Iterable<Block> {
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
