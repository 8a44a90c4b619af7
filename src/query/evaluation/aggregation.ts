import { annotations } from "../annotations.ts";
import type { Aggregation, Place } from "../expression.ts";
import { type Accumulator, Counts, Extremes, Means, Sums, Variances } from "./accumulators.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { FLOAT, Frame, HISTOGRAM } from "./frame.ts";
import { type Grouping, groupRows, rowsOfGroups } from "./grouping.ts";
import { aggregateHistograms } from "./histogram-aggregation.ts";
import { quantileInPieces } from "./quantile.ts";
import { extremesOf } from "./scalars.ts";

/** Operators with a result for each group, computed from all its values. */
export type FoldingOperator = Exclude<
  Aggregation["operator"],
  "topk" | "bottomk" | "count_values" | "limitk" | "limit_ratio"
>;

/** Aggregates each group to one row. `parameter` is the quantile at each step. */
export function* aggregate(
  node: Aggregation,
  operator: FoldingOperator,
  frame: Frame,
  parameter: Float64Array | undefined,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { work } = evaluation;
  const grouping = yield* groupRows(frame.labels, node.grouping, node.isWithout, work);
  work.reserve(grouping.labels.length * frame.steps);
  const result = new Frame(grouping.labels, frame.steps);
  if (operator === "quantile")
    yield* aggregateQuantiles(node, frame, grouping, parameter, result, evaluation);
  else {
    const accumulator = accumulatorOf(operator, result);
    for (let row = 0; row < frame.rows; row++) {
      accumulator.addRow(frame, row, grouping.groups[row]!);
      if (work.spend(frame.steps)) yield;
    }
    for (let group = 0; group < result.rows; group++) {
      accumulator.finishRow(group);
      if (work.spend(frame.steps)) yield;
    }
  }
  if (!frame.hasHistograms) return result;
  if (operator === "sum" || operator === "avg")
    return yield* aggregateHistograms(node, operator, frame, grouping, result, evaluation);
  if (operator !== "count" && operator !== "group")
    noteIgnoredHistograms(node, node.expression, frame, evaluation);
  return result;
}

/** Adds the info that histograms are ignored, if there are any. */
export function noteIgnoredHistograms(
  { operator }: Aggregation,
  place: Place,
  frame: Frame,
  evaluation: Evaluation,
): void {
  if (frame.hasHistograms && frame.cells.includes(HISTOGRAM))
    evaluation.annotations.add(annotations.histogramIgnoredInAggregation(operator), place);
}

function accumulatorOf(operator: Exclude<FoldingOperator, "quantile">, result: Frame): Accumulator {
  switch (operator) {
    case "sum":
      return new Sums(result);
    case "avg":
      return new Means(result);
    case "min":
      return new Extremes(result, -1);
    case "max":
      return new Extremes(result, 1);
    case "stddev":
      return new Variances(result, true);
    case "stdvar":
      return new Variances(result, false);
    case "count":
      return new Counts(result, false);
    case "group":
      return new Counts(result, true);
    default:
      return operator satisfies never;
  }
}

function* aggregateQuantiles(
  node: Aggregation,
  frame: Frame,
  grouping: Grouping,
  quantiles: Float64Array = new Float64Array(frame.steps).fill(Number.NaN),
  result: Frame,
  { annotations: found, work }: Evaluation,
): Pieces<void> {
  const { steps } = frame;
  const { min, max } = yield* extremesOf(quantiles, work);
  for (const invalid of new Set([min, max]))
    if (!(invalid >= 0 && invalid <= 1))
      found.add(annotations.invalidQuantile(invalid), node.parameter ?? node);
  for (const [group, rows] of (yield* rowsOfGroups(
    grouping.groups,
    grouping.labels.length,
    work,
  )).entries()) {
    const values = new Float64Array(rows.length);
    for (let step = 0; step < steps; step++) {
      let count = 0;
      for (const row of rows) {
        const cell = row * steps + step;
        if (frame.cells[cell] === FLOAT) values[count++] = frame.values[cell]!;
      }
      if (count > 0)
        result.setFloat(
          group,
          step,
          yield* quantileInPieces(quantiles[step]!, values.subarray(0, count), work),
        );
      if (work.spend(20 * rows.length)) yield;
    }
  }
}
