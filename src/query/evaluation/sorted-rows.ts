import { sortedSteps } from "../../io/sorted-steps.ts";
import type { Pieces, Work } from "./evaluation.ts";
import type { LabelSet } from "./label-set.ts";

/** The order of texts by code units. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The order of texts whose numbers are compared by their value, such as `node2` before `node10`. */
export function compareNaturally(left: string, right: string): number {
  const [lefts, rights] = [partsOf(left), partsOf(right)];
  for (const [i, part] of lefts.entries()) {
    const other = rights[i];
    if (other === undefined) return 1;
    if (part === other) continue;
    const areNumbers = /^\d/.test(part) && /^\d/.test(other);
    const order = areNumbers ? compareDigits(part, other) : compareTexts(part, other);
    if (order !== 0) return order;
  }
  return rights.length > lefts.length ? -1 : compareTexts(left, right);
}

function partsOf(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function compareDigits(left: string, right: string): number {
  const [a, b] = [left.replace(/^0+/, ""), right.replace(/^0+/, "")];
  return a.length - b.length || compareTexts(a, b);
}

/** Rows in the order of their labels. */
export function sortedRows(labels: readonly LabelSet[], work: Work): Pieces<readonly number[]> {
  return rowsByKey(labels.length, (row) => labels[row]!.sortKey, compareTexts, work);
}

/** Rows in the order of their keys, `run` of them in a step. Rows with equal keys keep their order. */
export function* rowsByKey<Key>(
  rows: number,
  keyOf: (row: number) => Key,
  compare: (left: Key, right: Key) => number,
  work: Work,
  run?: number,
): Pieces<readonly number[]> {
  const entries: { readonly key: Key; readonly row: number }[] = [];
  for (let row = 0; row < rows; row++) {
    entries.push({ key: keyOf(row), row });
    if (work.spend(50)) yield;
  }
  const sorted = yield* sortedSteps(entries, (left, right) => compare(left.key, right.key), run);
  return sorted.map(({ row }) => row);
}
