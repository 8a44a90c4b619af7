import { QueryError } from "../query-error.ts";
import { histogramText } from "../histograms/text.ts";
import type { Aggregation } from "../expression.ts";
import { decimalText } from "./decimal-text.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, FLOAT, Frame } from "./frame.ts";
import { isLabelName, type LabelSet } from "./label-set.ts";

/** Evaluates `count_values`: a row for each value of each group, with the value as a label. */
export function* countValues(
  { grouping, isWithout }: Aggregation,
  label: string,
  frame: Frame,
  { work }: Evaluation,
): Pieces<Frame> {
  if (!isLabelName(label)) throw new QueryError("execution", `invalid label name ${JSON.stringify(label)}`);
  const { steps } = frame;
  const kept = new Set([...grouping, label]);
  const dropped = new Set([...grouping, "__name__"]);
  const labels: LabelSet[] = [];
  const counts: Float64Array[] = [];
  const rowOf = new Map<string, number>();
  for (let row = 0; row < frame.rows; row++) {
    const ofValue = new Map<string, number>();
    for (let step = 0; step < steps; step++) {
      const cell = row * steps + step;
      if (frame.cells[cell] === ABSENT) continue;
      const histogram = frame.histogram(row, step);
      const value = histogram === undefined ? decimalText(frame.values[cell]!) : histogramText(histogram);
      let target = ofValue.get(value);
      if (target === undefined) {
        const withValue = frame.labels[row]!.with(label, value);
        const ofGroup = isWithout ? withValue.without(dropped) : withValue.keep(kept);
        target = rowOf.get(ofGroup.signature) ?? rowOf.size;
        rowOf.set(ofGroup.signature, target);
        ofValue.set(value, target);
        if (target === labels.length) {
          labels.push(ofGroup);
          counts.push(new Float64Array(steps));
          work.reserve(labels.length * steps);
        }
      }
      counts[target]![step]! += 1;
      if (work.spend(50)) yield;
    }
  }
  const result = new Frame(labels, steps);
  for (const [row, ofRow] of counts.entries()) {
    for (let step = 0; step < steps; step++)
      if (ofRow[step]! > 0) {
        result.values[row * steps + step] = ofRow[step]!;
        result.cells[row * steps + step] = FLOAT;
      }
    if (work.spend(steps)) yield;
  }
  return result;
}
