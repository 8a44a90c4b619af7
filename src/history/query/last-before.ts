// What came before a range, for what counts on from it.
import type { Block } from "../store/block.ts";
import type { Store } from "../store/index.ts";

/** Points before a range are looked for this far back at first; it is longer than between two collections. */
export const BEFORE_MILLIS = 3_600_000;

// Each look back is longer by this factor.
const GROWTH = 8;

/** The last block of each series that reaches back to `time` or before. For few series: after a machine slept. */
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
