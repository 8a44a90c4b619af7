import type { Pieces, Work } from "./evaluation.ts";
import type { LabelSet } from "./label-set.ts";

// Rows that are sorted at once.
const ROWS_OF_A_PIECE = 500;

type Compare<Key> = (left: Key, right: Key) => number;

interface Sorted<Key> {
  readonly key: Key;
  readonly row: number;
}

/** Rows in the order of their labels. */
export function sortedRows(labels: readonly LabelSet[], work: Work): Pieces<readonly number[]> {
  const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
  return rowsByKey(labels.length, (row) => labels[row]!.sortKey, compare, work);
}

/** Rows in the order of their keys. Rows with equal keys keep their order. */
export function* rowsByKey<Key>(
  rows: number,
  keyOf: (row: number) => Key,
  compare: Compare<Key>,
  work: Work,
): Pieces<readonly number[]> {
  let runs: Sorted<Key>[][] = [];
  for (let from = 0; from < rows; from += ROWS_OF_A_PIECE) {
    const length = Math.min(ROWS_OF_A_PIECE, rows - from);
    const run = Array.from({ length }, (_, i) => ({ key: keyOf(from + i), row: from + i }));
    runs.push(run.toSorted((left, right) => compare(left.key, right.key)));
    if (work.spend(100 * run.length)) yield;
  }
  while (runs.length > 1) {
    const merged: Sorted<Key>[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      merged.push(yield* merge(runs[i]!, runs[i + 1] ?? [], compare, work));
    runs = merged;
  }
  return (runs[0] ?? []).map(({ row }) => row);
}

function* merge<Key>(
  left: readonly Sorted<Key>[],
  right: readonly Sorted<Key>[],
  compare: Compare<Key>,
  work: Work,
): Pieces<Sorted<Key>[]> {
  const merged: Sorted<Key>[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [fromLeft, fromRight] = [left[i], right[j]];
    const takesLeft =
      fromRight === undefined || (fromLeft !== undefined && compare(fromLeft.key, fromRight.key) <= 0);
    const taken = takesLeft ? fromLeft : fromRight;
    if (taken !== undefined) merged.push(taken);
    if (takesLeft) i++;
    else j++;
    if (work.spend(10)) yield;
  }
  return merged;
}
