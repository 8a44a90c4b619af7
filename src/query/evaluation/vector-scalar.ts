import type { Binary } from "../expression.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, FLOAT, Frame, withoutEmptyRows } from "./frame.ts";
import {
  floatOperation,
  histogramOperation,
  isComparison,
  isSetOperator,
  isTrim,
  trimOfFloats,
} from "./operators.ts";
import { STEPS_OF_A_PIECE, numbersOf } from "./scalars.ts";
import { droppedNames } from "./unique-rows.ts";

/** Applies an operator to each value of a vector and a scalar. `isSwapped` if the scalar is on the left. */
export function* vectorScalar(
  node: Binary,
  vector: Frame,
  scalars: Float64Array,
  isSwapped: boolean,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { operator, returnsBool } = node;
  const { work } = evaluation;
  const { steps, rows } = vector;
  const result = new Frame(vector.labels, steps);
  if (isSetOperator(operator)) return result;
  const isFilter = isComparison(operator) && !returnsBool;
  const refusal = isTrim(operator) ? trimOfFloats(operator) : undefined;
  const operation = isTrim(operator) ? () => 0 : floatOperation(operator);
  const note = (annotation: string): void => evaluation.annotations.add(annotation, node);
  const evaluateFloat = isSwapped ? (value: number, scalar: number) => operation(scalar, value) : operation;
  for (let row = 0; row < rows; row++)
    for (let from = 0; from < steps; from += STEPS_OF_A_PIECE) {
      const to = Math.min(steps, from + STEPS_OF_A_PIECE);
      for (let step = from; step < to; step++) {
        const cell = row * steps + step;
        const [kind, scalar] = [vector.cells[cell], scalars[step]!];
        if (kind === ABSENT) continue;
        const histogram = vector.histogram(row, step);
        if (histogram !== undefined) {
          const [left, right] = isSwapped ? [scalar, histogram] : [histogram, scalar];
          const found = histogramOperation({ operator, returnsBool }, left, right, histogram, note);
          if (typeof found === "string") note(found);
          else if (typeof found === "number") result.setFloat(row, step, found);
          else if (found !== undefined) result.setHistogram(row, step, found);
          continue;
        }
        if (refusal !== undefined) {
          note(refusal);
          continue;
        }
        const value = vector.values[cell]!;
        const computed = evaluateFloat(value, scalar);
        if (isFilter && computed === 0) continue;
        result.values[cell] = isFilter ? value : computed;
        result.cells[cell] = FLOAT;
      }
      work.reserve(result.size);
      if (work.spend(2 * (to - from))) yield;
    }
  return isFilter || refusal !== undefined ? withoutEmptyRows(result) : yield* droppedNames(result, work);
}

/** Applies an operator to two scalars. */
export function* scalarScalar(
  { operator }: Binary,
  left: Float64Array,
  right: Float64Array,
  { work }: Evaluation,
): Pieces<Float64Array> {
  if (isSetOperator(operator) || isTrim(operator)) return left;
  const evaluateFloat = floatOperation(operator);
  return yield* numbersOf(left.length, (step) => evaluateFloat(left[step]!, right[step]!), work);
}
