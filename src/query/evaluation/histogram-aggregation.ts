import { annotations } from "../annotations.ts";
import type { Aggregation } from "../expression.ts";
import { HistogramMean } from "../histograms/histogram-mean.ts";
import { HistogramSum } from "../histograms/histogram-sum.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, FLOAT, type Frame, HISTOGRAM } from "./frame.ts";
import { type Grouping, rowsOfGroups } from "./grouping.ts";

/**
 * Adds the native histograms of `sum` and `avg` to a result with the floats. A group with both at one step has no
 * result, nor has one with histograms that cannot be combined.
 */
export function* aggregateHistograms(
  { expression }: Aggregation,
  operator: "sum" | "avg",
  frame: Frame,
  grouping: Grouping,
  result: Frame,
  { annotations: found, work }: Evaluation,
): Pieces<Frame> {
  const { steps } = frame;
  const total = operator === "sum" ? new HistogramSum() : new HistogramMean();
  for (const [group, rows] of rowsOfGroups(grouping.groups, grouping.labels.length).entries()) {
    const withHistograms = rows.filter((row) =>
      frame.cells.subarray(row * steps, (row + 1) * steps).includes(HISTOGRAM),
    );
    if (withHistograms.length === 0) continue;
    for (let step = 0; step < steps; step++) {
      total.clear();
      let isRefused = false;
      for (const row of withHistograms) {
        const histogram = frame.histogram(row, step);
        if (histogram === undefined) continue;
        const incompatibility = total.add(histogram);
        if (work.spend(500)) yield;
        if (incompatibility === undefined) continue;
        const name = frame.labels[row]!.get("__name__");
        found.add(annotations.incompatible(incompatibility, name), expression);
        isRefused = true;
        break;
      }
      if (total.isEmpty && !isRefused) continue;
      const cell = group * steps + step;
      if (result.cells[cell] === FLOAT) {
        found.add(annotations.mixedFloatsAndHistogramsInAggregation(), expression);
        result.cells[cell] = ABSENT;
      } else if (!isRefused) result.setHistogram(group, step, total.result());
    }
  }
  return result;
}
