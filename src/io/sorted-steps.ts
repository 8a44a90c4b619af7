// Sorting in steps, between which the event loop may run.

/** Items per step, if they are compared fast. */
export const ITEMS_OF_A_STEP = 512;

/** A stable sort in steps of `run` items; returns the same order as `toSorted`. */
export function* sortedSteps<Item>(
  items: readonly Item[],
  compare: (left: Item, right: Item) => number,
  run: number = ITEMS_OF_A_STEP,
): Generator<undefined, readonly Item[]> {
  if (items.length <= run) return items.toSorted(compare);
  let sorted: Item[] = [];
  for (let from = 0; from < items.length; from += run) {
    for (const item of items.slice(from, from + run).toSorted(compare)) sorted.push(item);
    yield;
  }
  for (let width = run; width < items.length; width *= 2)
    sorted = yield* mergedSteps(sorted, width, compare, run);
  return sorted;
}

// Merges each two neighbouring sorted parts of `width` items into one.
function* mergedSteps<Item>(
  parts: readonly Item[],
  width: number,
  compare: (left: Item, right: Item) => number,
  run: number,
): Generator<undefined, Item[]> {
  const merged: Item[] = [];
  for (let begin = 0; begin < parts.length; begin += 2 * width) {
    const middle = Math.min(begin + width, parts.length);
    const end = Math.min(begin + 2 * width, parts.length);
    let left = begin;
    let right = middle;
    while (left < middle || right < end) {
      const isLeft = right === end || (left < middle && compare(parts[left]!, parts[right]!) <= 0);
      merged.push(isLeft ? parts[left++]! : parts[right++]!);
      if (merged.length % run === 0) yield;
    }
  }
  return merged;
}
