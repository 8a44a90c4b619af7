import type { Pieces, Work } from "./evaluation.ts";
import type { LabelSet } from "./label-set.ts";

// Rows that are sorted at once.
const ROWS_OF_A_PIECE = 500;

interface Sorted {
  readonly key: string;
  readonly row: number;
}

/** Rows in the order of their labels. */
export function* sortedRows(labels: readonly LabelSet[], work: Work): Pieces<readonly number[]> {
  let runs: Sorted[][] = [];
  for (let from = 0; from < labels.length; from += ROWS_OF_A_PIECE) {
    const run = labels
      .slice(from, from + ROWS_OF_A_PIECE)
      .map((each, i) => ({ key: each.sortKey, row: from + i }));
    runs.push(run.toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0)));
    if (work.spend(100 * run.length)) yield;
  }
  while (runs.length > 1) {
    const merged: Sorted[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* merge(runs[i]!, runs[i + 1] ?? [], work));
    runs = merged;
  }
  return (runs[0] ?? []).map(({ row }) => row);
}

function* merge(left: readonly Sorted[], right: readonly Sorted[], work: Work): Pieces<Sorted[]> {
  const merged: Sorted[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [fromLeft, fromRight] = [left[i], right[j]];
    const takesLeft = fromRight === undefined || (fromLeft !== undefined && fromLeft.key <= fromRight.key);
    const taken = takesLeft ? fromLeft : fromRight;
    if (taken !== undefined) merged.push(taken);
    if (takesLeft) i++;
    else j++;
    if (work.spend(10)) yield;
  }
  return merged;
}
