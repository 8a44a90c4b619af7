import type { Pieces, Work } from "./evaluation.ts";
import { labelList, type LabelSet, NO_LABELS } from "./label-set.ts";

/** Groups of an aggregation. */
export interface Grouping {
  /** Group of each row. */
  readonly groups: Int32Array;
  /** Labels of each group. */
  readonly labels: readonly LabelSet[];
}

/** Groups rows by labels, or with `isWithout` by all other labels. */
export function* groupRows(
  rows: readonly LabelSet[],
  labels: readonly string[],
  isWithout: boolean,
  work: Work,
): Pieces<Grouping> {
  const groups = new Int32Array(rows.length);
  if (rows.length === 0) return { groups, labels: [] };
  if (labels.length === 0 && !isWithout) return { groups, labels: [NO_LABELS] };
  const found: LabelSet[] = [];
  const known = new Map<string, number>();
  const list = labelList(labels);
  const named = new Set(labels);
  const withName = new Set([...labels, "__name__"]);
  for (let row = 0; row < rows.length; row++) {
    const each = rows[row]!;
    const signature = isWithout ? each.signatureWithout(named) : each.signatureOf(list);
    let group = known.get(signature);
    if (group === undefined) {
      group = found.length;
      known.set(signature, group);
      found.push(isWithout ? each.without(withName) : each.kept(list));
    }
    groups[row] = group;
    if (work.spend(isWithout ? 100 : 20)) yield;
  }
  return { groups, labels: found };
}

/** Rows of each group, in order. */
export function* rowsOfGroups(
  groups: Int32Array,
  count: number,
  work: Work,
): Pieces<readonly (readonly number[])[]> {
  const rows: number[][] = [];
  for (let group = 0; group < count; group++) {
    rows.push([]);
    if (work.spend(10)) yield;
  }
  for (let row = 0; row < groups.length; row++) {
    rows[groups[row]!]!.push(row);
    if (work.spend(10)) yield;
  }
  return rows;
}
