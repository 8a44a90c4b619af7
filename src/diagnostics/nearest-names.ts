const MAX_LENGTH = 255;
const MIN_PART_LENGTH = 3;

/** Returns at most `limit` names similar to `name`, the most similar first. */
export function nearestNames(name: string, names: readonly string[], limit: number): readonly string[] {
  const wanted = comparable(name);
  return names
    .map((each) => ({ each, other: comparable(each), distance: distanceOf(wanted, comparable(each)) }))
    .filter(({ other, distance }) => isNear(wanted, other, distance))
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

// A third of the characters differ at most, or one name is a part of the other, and at least a third of it.
function isNear(wanted: string, other: string, distance: number): boolean {
  if (distance <= Math.max(wanted.length, other.length) / 3) return true;
  const [short, long] = wanted.length < other.length ? [wanted, other] : [other, wanted];
  return short.length >= Math.max(MIN_PART_LENGTH, long.length / 3) && long.includes(short);
}

function distanceOf(left: string, right: string): number {
  return isExchanged(left, right) ? 1 : distanceBetween(left, right);
}

/** Whether a long name is most likely another one, misspelt: at most 2 characters differ, or two are swapped. */
export function isMisspelt(name: string, right: string): boolean {
  return Math.abs(name.length - right.length) <= 2 && distanceOf(name, right) <= 2;
}

/** Whether two neighbouring characters are swapped. */
export function isExchanged(word: string, right: string): boolean {
  if (word === right || word.length !== right.length) return false;
  const at = word.split("").findIndex((letter, i) => letter !== right[i]);
  return `${word.slice(0, at)}${word[at + 1] ?? ""}${word[at] ?? ""}${word.slice(at + 2)}` === right;
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
