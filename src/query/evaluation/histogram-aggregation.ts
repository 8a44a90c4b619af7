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
  const total = operator === "sum" ? new HistogramSum(true) : new HistogramMean();
  for (const [group, rows] of (yield* rowsOfGroups(
    grouping.groups,
    grouping.labels.length,
    work,
  )).entries()) {
    const hasHistograms = rows.some((row) =>
      frame.cells.subarray(row * steps, (row + 1) * steps).includes(HISTOGRAM),
    );
    if (!hasHistograms) continue;
    for (let step = 0; step < steps; step++) {
      total.clear();
      let hasFloat = false;
      let hasHistogram = false;
      let isRefused = false;
      // As in Prometheus, histograms behind a first float are not added up, and nothing behind a refused one counts.
      for (const row of rows) {
        const kind = frame.cells[row * steps + step];
        if (kind === FLOAT) hasFloat = true;
        if (kind !== HISTOGRAM) continue;
        const startsWithFloat = hasFloat && !hasHistogram;
        hasHistogram = true;
        if (startsWithFloat) break;
        const incompatibility = total.add(frame.histogram(row, step)!);
        if (work.spend(500)) yield;
        if (incompatibility === undefined) continue;
        found.add(annotations.mixedSchemas(frame.labels[row]!.get("__name__")), expression);
        isRefused = true;
        break;
      }
      if (!hasHistogram) continue;
      if (total.hasConflict) found.add(annotations.conflictingResets("aggregation"), expression);
      if (total.isReconciled) found.add(annotations.reconciledBounds("aggregation"), expression);
      if (hasFloat) found.add(annotations.mixedFloatsAndHistogramsInAggregation(), expression);
      if (hasFloat || isRefused) result.cells[group * steps + step] = ABSENT;
      else result.setHistogram(group, step, total.result());
      work.reserve(result.size);
    }
  }
  return result;
}
