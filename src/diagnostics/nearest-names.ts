const MAX_LENGTH = 255;

/** Returns at most `limit` names similar to `name`, the most similar first. */
export function nearestNames(name: string, names: readonly string[], limit: number): readonly string[] {
  const wanted = comparable(name);
  return names
    .map((each) => ({ each, distance: distanceBetween(wanted, comparable(each)) }))
    .filter(({ each, distance }) => distance <= Math.max(name.length, each.length) / 2)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ each }) => each);
}

// Separators count as equal: `messages_sent` and `messages.sent`.
function comparable(name: string): string {
  return name
    .slice(0, MAX_LENGTH)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ".");
}

/** Levenshtein distance: the number of characters to insert, delete or replace. */
export function distanceBetween(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const exchanged = above[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(exchanged, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[right.length]!;
}
