// Sorting in steps, between which the event loop may run.

// Items per step.
const RUN = 512;

/** A stable sort in steps; returns the same order as `toSorted`. */
export function* sortedSteps<Item>(
  items: readonly Item[],
  compare: (left: Item, right: Item) => number,
): Generator<undefined, readonly Item[]> {
  if (items.length <= RUN) return items.toSorted(compare);
  let sorted: Item[] = [];
  for (let from = 0; from < items.length; from += RUN) {
    for (const item of items.slice(from, from + RUN).toSorted(compare)) sorted.push(item);
    yield;
  }
  for (let width = RUN; width < items.length; width *= 2) sorted = yield* mergedSteps(sorted, width, compare);
  return sorted;
}

// Merges each two neighbouring sorted runs of `width` items into one.
function* mergedSteps<Item>(
  runs: readonly Item[],
  width: number,
  compare: (left: Item, right: Item) => number,
): Generator<undefined, Item[]> {
  const merged: Item[] = [];
  for (let begin = 0; begin < runs.length; begin += 2 * width) {
    const middle = Math.min(begin + width, runs.length);
    const end = Math.min(begin + 2 * width, runs.length);
    let left = begin;
    let right = middle;
    while (left < middle || right < end) {
      const isLeft = right === end || (left < middle && compare(runs[left]!, runs[right]!) <= 0);
      merged.push(isLeft ? runs[left++]! : runs[right++]!);
      if (merged.length % RUN === 0) yield;
    }
  }
  return merged;
}
