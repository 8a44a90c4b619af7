// `limitk` and `limit_ratio`: some series of each group, whatever their values are.
import { annotations } from "../annotations.ts";
import type { Aggregation } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, Frame, withoutEmptyRows } from "./frame.ts";
import { groupRows, rowsOfGroups } from "./grouping.ts";
import { shareOf } from "./label-hash.ts";
import { haveRoom } from "./rank.ts";
import { extremesOf } from "./scalars.ts";

/** Evaluates `limitk`: the first series of each group that have a value, at each step. */
export function* limitCount(
  node: Aggregation,
  frame: Frame,
  counts: Float64Array,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { work } = evaluation;
  const { steps } = frame;
  if (!(yield* haveRoom(counts, work))) return new Frame([], steps);
  const grouping = yield* groupRows(frame.labels, node.grouping, node.isWithout, work);
  const kept = new Frame(frame.labels, steps);
  for (const rows of yield* rowsOfGroups(grouping.groups, grouping.labels.length, work))
    for (let step = 0; step < steps; step++) {
      let left = Math.trunc(counts[step]!);
      for (const row of rows) {
        if (left < 1) break;
        if (work.spend(5)) yield;
        if (frame.cells[row * steps + step] === ABSENT) continue;
        kept.copyCell(row, step, frame, row);
        left--;
      }
    }
  return withoutEmptyRows(kept);
}

/**
 * Evaluates `limit_ratio`: a share of the series, by the hash of their labels, as in Prometheus. A negative ratio keeps those
 * that the complement of its absolute value leaves out.
 */
export function* limitRatio(
  node: Aggregation,
  frame: Frame,
  ratios: Float64Array,
  { annotations: found, work }: Evaluation,
): Pieces<Frame> {
  const { steps } = frame;
  const place = node.parameter ?? node;
  const { min, max } = yield* extremesOf(ratios, work);
  if (Number.isNaN(max)) throw new QueryError("execution", "Ratio value is NaN");
  if (max > 1) found.add(annotations.invalidRatio(max, 1), place);
  if (min < -1) found.add(annotations.invalidRatio(min, -1), place);
  const kept = new Frame(frame.labels, steps);
  for (const [row, labels] of frame.labels.entries()) {
    const share = shareOf(labels.toLabels());
    for (let step = 0; step < steps; step++) {
      const ratio = ratios[step]!;
      const isKept = ratio >= 0 ? share < ratio : share >= 1 + ratio;
      if (isKept && frame.cells[row * steps + step] !== ABSENT) kept.copyCell(row, step, frame, row);
    }
    if (work.spend(2_000 + steps)) yield;
  }
  return withoutEmptyRows(kept);
}
