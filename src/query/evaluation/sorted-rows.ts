import type { Pieces, Work } from "./evaluation.ts";
import type { LabelSet } from "./label-set.ts";
import { type Compare, compareTexts, type Entry, sorted } from "./sorted.ts";

/** Rows in the order of their labels. */
export function sortedRows(labels: readonly LabelSet[], work: Work): Pieces<readonly number[]> {
  return rowsByKey(labels.length, (row) => labels[row]!.sortKey, compareTexts, work);
}

/** Rows in the order of their keys. Rows with equal keys keep their order. */
export function* rowsByKey<Key>(
  rows: number,
  keyOf: (row: number) => Key,
  compare: Compare<Key>,
  work: Work,
): Pieces<readonly number[]> {
  const entries: Entry<Key, number>[] = [];
  for (let row = 0; row < rows; row++) {
    entries.push({ key: keyOf(row), item: row });
    if (work.spend(50)) yield;
  }
  return yield* sorted(entries, compare);
}
