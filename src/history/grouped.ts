// Grouping of items by key or by overlapping times.
import type { Attributes } from "@opentelemetry/api";

/** Groups items by key, in order. */
export function grouped<Item, Key>(items: Iterable<Item>, keyFrom: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyFrom(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** A key that is equal for equal attributes. */
export function keyOf(attributes: Attributes): string {
  const entries = Object.entries(attributes);
  return JSON.stringify(entries.length < 2 ? entries : entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Groups items with overlapping times. Groups are in order of time, items in order of arrival. */
export function* overlapping<Item extends { readonly from: number; readonly to: number }>(
  byArrival: readonly Item[],
): Generator<readonly Item[]> {
  let group: number[] = [];
  let end = -Infinity;
  const arrived = (): Item[] => group.toSorted((a, b) => a - b).map((i) => byArrival[i]!);
  for (const i of [...byArrival.keys()].toSorted((a, b) => byArrival[a]!.from - byArrival[b]!.from)) {
    const { from, to } = byArrival[i]!;
    if (from > end && group.length > 0) {
      yield arrived();
      group = [];
    }
    group.push(i);
    end = Math.max(end, to);
  }
  if (group.length > 0) yield arrived();
}

/** Whether two lists contain the same numbers. */
export function areEqual(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
