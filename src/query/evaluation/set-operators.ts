import type { Matching, SetOperator } from "../expression.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, Frame, withoutEmptyRows } from "./frame.ts";
import { matchRows } from "./matched-rows.ts";
import { uniqueRows } from "./unique-rows.ts";

/** Evaluates `and`, `or` and `unless`, step by step. */
export function* setOperation(
  operator: SetOperator,
  left: Frame,
  right: Frame,
  matching: Matching,
  { work }: Evaluation,
): Pieces<Frame> {
  const { steps } = left;
  const matched = yield* matchRows(left.labels, right.labels, matching, work);
  // Groups with a value on the side that decides, by step.
  const decides = operator === "or" ? left : right;
  const groupsOf = operator === "or" ? matched.left : matched.right;
  work.reserve(matched.groups * steps);
  const isPresent = new Uint8Array(matched.groups * steps);
  for (let row = 0; row < decides.rows; row++) {
    const group = groupsOf[row]! * steps;
    for (let step = 0; step < steps; step++)
      if (decides.cells[row * steps + step] !== ABSENT) isPresent[group + step] = 1;
    if (work.spend(steps)) yield;
  }
  const filtered = operator === "or" ? right : left;
  const filteredGroups = operator === "or" ? matched.right : matched.left;
  const wanted = operator === "and" ? 1 : 0;
  const offset = operator === "or" ? left.rows : 0;
  work.reserve((offset + filtered.rows) * steps);
  const result = new Frame(operator === "or" ? [...left.labels, ...right.labels] : left.labels, steps);
  for (let row = 0; row < offset; row++) {
    result.copyRow(row, left, row);
    if (work.spend(steps)) yield;
  }
  for (let row = 0; row < filtered.rows; row++) {
    const group = filteredGroups[row]! * steps;
    for (let step = 0; step < steps; step++)
      if (filtered.cells[row * steps + step] !== ABSENT && isPresent[group + step] === wanted)
        result.copyCell(offset + row, step, filtered, row);
    if (work.spend(2 * steps)) yield;
  }
  return operator === "or" ? yield* uniqueRows(result, work) : withoutEmptyRows(result);
}
