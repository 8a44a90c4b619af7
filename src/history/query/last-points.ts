// Baselines of exact increases.
import { grouped } from "../../query/grouped.ts";
import { keyOf } from "../comparison.ts";
import { type LaneSeries, serviceOf } from "../select/lanes.ts";
import { type Block, lastBefore } from "../store/block.ts";
import type { Store } from "../store/index.ts";
import type { KnownStarts } from "./restarts.ts";
import { BEFORE_MILLIS, blocksFurtherBack } from "./exact-figures.ts";

/**
 * The last point before a time of each series that has later ones. If no series with the same attributes has both, that of
 * the latest one which ended before: another process may continue it.
 */
export function lastPointsBefore(
  store: Pick<Store, "read">,
  series: readonly LaneSeries[],
  { lifetimeOf }: Pick<KnownStarts, "lifetimeOf">,
  time: number,
): readonly Block[] {
  const ids = [...grouped(series, (each) => `${serviceOf(each)} ${keyOf(each.attributes)}`).values()].flatMap(
    (alike) => olderOf(alike, lifetimeOf, time),
  );
  const found = new Map<number, Block>();
  for (const block of store.read(ids, time - BEFORE_MILLIS, time - 1)) note(found, block, time);
  for (const block of blocksFurtherBack(store, ids, time, found)) note(found, block, time);
  return [...found.values()].toSorted((a, b) => a.to - b.to);
}

// Ids of the series with points before and after a time, or that of the latest one which ended before.
function olderOf(
  alike: readonly LaneSeries[],
  lifetimeOf: KnownStarts["lifetimeOf"],
  time: number,
): readonly number[] {
  const older = alike.flatMap((each) => {
    const lifetime = lifetimeOf(each);
    return lifetime === undefined || lifetime.from >= time ? [] : { id: each.id, to: lifetime.to };
  });
  const spanning = older.filter(({ to }) => to >= time);
  const latest = Math.max(...older.map(({ to }) => to));
  return (spanning.length > 0 ? spanning : older.filter(({ to }) => to === latest)).map(({ id }) => id);
}

// Blocks of a series come in order of time within each look back.
function note(found: Map<number, Block>, block: Block, time: number): void {
  const last = lastBefore(block, time);
  if (last !== undefined && last.to > (found.get(last.series)?.to ?? -Infinity)) found.set(last.series, last);
}
