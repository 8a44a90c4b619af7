import { QueryError } from "../query-error.ts";
import type { Pieces, Work } from "./evaluation.ts";
import { ABSENT, Frame, withoutNames } from "./frame.ts";
import type { LabelSet } from "./label-set.ts";

/**
 * Merges rows with equal labels. Throws if two of them have a value at one step, or, with `isStrict`, if there are two of
 * them with any value.
 */
export function* uniqueRows(frame: Frame, work: Work, isStrict = false): Pieces<Frame> {
  if (frame.rows < 2) return frame;
  const { steps } = frame;
  const rowOf = new Map<string, number>();
  const targets: number[] = [];
  for (const { signature } of frame.labels) {
    const target = rowOf.get(signature) ?? rowOf.size;
    rowOf.set(signature, target);
    targets.push(target);
    if (work.spend(100)) yield;
  }
  if (rowOf.size === frame.rows) return frame;
  const labels: LabelSet[] = [];
  for (const [row, target] of targets.entries()) labels[target] ??= frame.labels[row]!;
  const merged = new Frame(labels, steps);
  const filled = new Set<number>();
  for (const [row, target] of targets.entries()) {
    let isEmpty = true;
    for (let step = 0; step < steps; step++) {
      if (frame.cells[row * steps + step] === ABSENT) continue;
      isEmpty = false;
      if (merged.cells[target * steps + step] !== ABSENT) throw new QueryError("execution", PROBLEM);
      merged.copyCell(target, step, frame, row);
    }
    if (isStrict && !isEmpty && filled.has(target)) throw new QueryError("execution", PROBLEM);
    if (!isEmpty) filled.add(target);
    if (work.spend(steps)) yield;
  }
  return merged;
}

const PROBLEM = "vector cannot contain metrics with the same labelset";

/** Drops the names, then merges rows as {@link uniqueRows}. */
export function* droppedNames(frame: Frame, work: Work, isStrict = false): Pieces<Frame> {
  const [first] = frame.labels;
  const dropped = withoutNames(frame);
  // Series of one name have different labels beside it.
  if (first === undefined || frame.labels.every((labels) => labels.hasNameOf(first))) return dropped;
  return yield* uniqueRows(dropped, work, isStrict);
}
