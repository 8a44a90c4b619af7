import type { Matching } from "../expression.ts";
import type { Pieces, Work } from "./evaluation.ts";
import { labelList, type LabelSet } from "./label-set.ts";

/** Rows of two vectors by match group. */
export interface MatchedRows {
  /** Group of each row. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly groups: number;
}

/** Finds the match group of each row. */
export function* matchRows(
  left: readonly LabelSet[],
  right: readonly LabelSet[],
  { isOn, labels }: Matching,
  work: Work,
): Pieces<MatchedRows> {
  const groups = new Map<string, number>();
  const named = new Set(labels);
  const list = labelList(labels);
  const sides: Int32Array[] = [];
  for (const rows of [left, right]) {
    const found = new Int32Array(rows.length);
    for (const [row, each] of rows.entries()) {
      const signature = isOn ? each.signatureOf(list) : each.signatureWithout(named);
      const group = groups.get(signature) ?? groups.size;
      groups.set(signature, group);
      found[row] = group;
      if (work.spend(isOn ? 20 : 100)) yield;
    }
    sides.push(found);
  }
  const [ofLeft = new Int32Array(0), ofRight = new Int32Array(0)] = sides;
  return { left: ofLeft, right: ofRight, groups: groups.size };
}
