// Frequent events do not push out rare ones.

// Each type keeps at least this part of the places.
const SHARE = 1 / 20;

/** Number of places that each type keeps of `max`. */
export function placesOfType(max: number): number {
  return Math.ceil(max * SHARE);
}

/** The latest `max` items in their order; first of all the latest ones of each type. */
export function latestOfTypes<Item>(
  items: readonly Item[],
  max: number,
  typeOf: (item: Item) => string,
): readonly Item[] {
  if (items.length <= max) return items;
  const counts = new Map<string, number>();
  const kept = new Set<Item>();
  const others: Item[] = [];
  for (const item of items.toReversed()) {
    const type = typeOf(item);
    const count = counts.get(type) ?? 0;
    counts.set(type, count + 1);
    if (count < placesOfType(max) && kept.size < max) kept.add(item);
    else others.push(item);
  }
  for (const item of others.slice(0, max - kept.size)) kept.add(item);
  return items.filter((item) => kept.has(item));
}
