// Sorting in steps, between which the event loop may go on.

// Items from one step to the next.
const RUN = 512;

/** The items in order, as `toSorted` answers them: equal items keep their order. */
export function* sortedSteps<Item>(
  items: readonly Item[],
  compare: (left: Item, right: Item) => number,
): Generator<void, readonly Item[]> {
  if (items.length <= RUN) return items.toSorted(compare);
  let sorted: Item[] = [];
  for (let from = 0; from < items.length; from += RUN) {
    for (const item of items.slice(from, from + RUN).toSorted(compare)) sorted.push(item);
    yield;
  }
  for (let width = RUN; width < items.length; width *= 2) sorted = yield* mergedSteps(sorted, width, compare);
  return sorted;
}

// Of runs that are each in order, `width` items long, each two become one.
function* mergedSteps<Item>(
  runs: readonly Item[],
  width: number,
  compare: (left: Item, right: Item) => number,
): Generator<void, Item[]> {
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
