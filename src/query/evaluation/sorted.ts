// Sorting in pieces.

// Entries that are sorted at once, and merged between two pieces.
const PIECE = 500;

/** Order of two keys: negative if the left one comes first. */
export type Compare<Key> = (left: Key, right: Key) => number;

/** An item, and the key that it is sorted by. */
export interface Entry<Key, Item> {
  readonly key: Key;
  readonly item: Item;
}

/** The order of texts by code units. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The items in the order of their keys. Items with equal keys keep their order. */
export function* sorted<Key, Item>(
  entries: readonly Entry<Key, Item>[],
  compare: Compare<Key>,
): Generator<undefined, readonly Item[], undefined> {
  let runs: (readonly Entry<Key, Item>[])[] = [];
  for (let from = 0; from < entries.length; from += PIECE) {
    const run = entries.slice(from, from + PIECE);
    runs.push(run.toSorted((left, right) => compare(left.key, right.key)));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly Entry<Key, Item>[])[] = [];
    for (let i = 0; i < runs.length; i += 2)
      merged.push(yield* merge(runs[i] ?? [], runs[i + 1] ?? [], compare));
    runs = merged;
  }
  return (runs[0] ?? []).map(({ item }) => item);
}

function* merge<Key, Item>(
  left: readonly Entry<Key, Item>[],
  right: readonly Entry<Key, Item>[],
  compare: Compare<Key>,
): Generator<undefined, Entry<Key, Item>[], undefined> {
  const merged: Entry<Key, Item>[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [fromLeft, fromRight] = [left[i], right[j]];
    const takesLeft =
      fromRight === undefined || (fromLeft !== undefined && compare(fromLeft.key, fromRight.key) <= 0);
    const taken = takesLeft ? fromLeft : fromRight;
    if (taken !== undefined) merged.push(taken);
    if (takesLeft) i++;
    else j++;
    if (merged.length % PIECE === 0) yield;
  }
  return merged;
}
