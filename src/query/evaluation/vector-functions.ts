import { annotations } from "../annotations.ts";
import type { Call } from "../expression.ts";
import { ITEMS_OF_A_STEP } from "../../io/sorted-steps.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, FLOAT, Frame } from "./frame.ts";
import { type LabelSet, NO_LABELS } from "./label-set.ts";
import { STEPS_OF_A_PIECE } from "./scalars.ts";
import { compareNaturally, compareTexts, rowsByKey } from "./sorted-rows.ts";
import { droppedNames } from "./unique-rows.ts";

/** Maps all floats and drops histograms and names. Steps for which `isKept` returns false have no result. */
export function* mapFloats(
  frame: Frame,
  { work }: Evaluation,
  map: (value: number, step: number) => number,
  isKept?: (step: number) => boolean,
): Pieces<Frame> {
  const { steps, rows } = frame;
  const result = new Frame(frame.labels, steps);
  for (let row = 0; row < rows; row++)
    for (let from = 0; from < steps; from += STEPS_OF_A_PIECE) {
      const to = Math.min(steps, from + STEPS_OF_A_PIECE);
      for (let step = from; step < to; step++) {
        const cell = row * steps + step;
        if (frame.cells[cell] !== FLOAT || isKept?.(step) === false) continue;
        result.values[cell] = map(frame.values[cell]!, step);
        result.cells[cell] = FLOAT;
      }
      if (work.spend(2 * (to - from))) yield;
    }
  return yield* droppedNames(result, work);
}

/** Maps all values and drops names. Those for which `map` returns `undefined` have no result. */
export function* mapCells(
  frame: Frame,
  { work }: Evaluation,
  map: (value: number | NativeHistogram, step: number) => number | NativeHistogram | undefined,
): Pieces<Frame> {
  const { steps, rows } = frame;
  const result = new Frame(frame.labels, steps);
  for (let row = 0; row < rows; row++) {
    let units = 0;
    for (let step = 0; step < steps; step++) {
      const cell = row * steps + step;
      if (frame.cells[cell] === ABSENT) continue;
      const isFloat = frame.cells[cell] === FLOAT;
      const value = frame.values[cell]!;
      const mapped = map(isFloat ? value : (frame.histogram(row, step) ?? value), step);
      if (typeof mapped === "number") {
        result.values[cell] = mapped;
        result.cells[cell] = FLOAT;
      } else if (mapped !== undefined) result.setHistogram(row, step, mapped);
      units += isFloat ? 2 : 100;
      if (units < STEPS_OF_A_PIECE) continue;
      if (work.spend(units)) yield;
      units = 0;
    }
    work.reserve(result.size);
    if (work.spend(units)) yield;
  }
  return yield* droppedNames(result, work);
}

/** `clamp`, `clamp_min` and `clamp_max`. */
export function clamp(
  frame: Frame,
  mins: Float64Array | undefined,
  maxes: Float64Array | undefined,
  evaluation: Evaluation,
): Pieces<Frame> {
  const minAt = (step: number): number => mins?.[step] ?? -Infinity;
  const maxAt = (step: number): number => maxes?.[step] ?? Infinity;
  return mapFloats(
    frame,
    evaluation,
    (value, step) => larger(minAt(step), smaller(maxAt(step), value)),
    (step) => !(maxAt(step) < minAt(step)),
  );
}

/** `round`; ties are rounded up. */
export function round(
  frame: Frame,
  nearest: Float64Array | undefined,
  evaluation: Evaluation,
): Pieces<Frame> {
  return mapFloats(frame, evaluation, (value, step) => {
    const inverse = 1 / (nearest?.[step] ?? 1);
    return Math.floor(value * inverse + 0.5) / inverse;
  });
}

/** `scalar`: the value of the only float; NaN without floats or with several. */
export function* scalarOf(frame: Frame, { work }: Evaluation): Pieces<Float64Array> {
  const { steps, rows } = frame;
  const counts = new Uint32Array(steps);
  const values = new Float64Array(steps).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < steps; step++) {
      if (frame.cells[row * steps + step] !== FLOAT) continue;
      values[step] = counts[step]!++ === 0 ? frame.values[row * steps + step]! : Number.NaN;
    }
    if (work.spend(steps)) yield;
  }
  return values;
}

/** `vector`: one series without labels. */
export function vectorOf(values: Float64Array, { work }: Evaluation): Frame {
  work.reserve(values.length);
  return Frame.ofRow(NO_LABELS, values);
}

/** `absent`: 1 at the steps at which no series has a value. */
export function* absent(frame: Frame, labels: LabelSet, { work }: Evaluation): Pieces<Frame> {
  const { steps, rows } = frame;
  work.reserve(steps);
  const result = new Frame([labels], steps);
  result.values.fill(1);
  result.cells.fill(FLOAT);
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < steps; step++)
      if (frame.cells[row * steps + step] !== ABSENT) result.cells[step] = ABSENT;
    if (work.spend(steps)) yield;
  }
  return result;
}

/** `timestamp` of anything but a selector: the time of evaluation. */
export function timestamps(frame: Frame, evaluation: Evaluation): Pieces<Frame> {
  const { start, stepMillis } = evaluation.steps;
  return mapCells(frame, evaluation, (_, step) => (start + step * stepMillis) / 1_000);
}

/** `sort` and `sort_desc`: floats alone, NaN last. The order matters in an instant query alone. */
export function* sorted(
  call: Call,
  frame: Frame,
  isDescending: boolean,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { steps } = frame;
  const { work } = evaluation;
  noteSortInRange(call, evaluation);
  const rows =
    steps === 1
      ? yield* rowsByKey(
          frame.rows,
          (row) => frame.values[row]!,
          (left, right) => compare(left, right, isDescending),
          work,
        )
      : frame.labels.map((_, row) => row);
  const result = new Frame(
    rows.map((row) => frame.labels[row]!),
    steps,
  );
  for (const [to, from] of rows.entries()) {
    for (let step = 0; step < steps; step++)
      if (frame.cells[from * steps + step] === FLOAT)
        result.setFloat(to, step, frame.values[from * steps + step]!);
    if (work.spend(2 * steps)) yield;
  }
  return result;
}

/**
 * `sort_by_label` and, with `direction` -1, `sort_by_label_desc`: numbers in texts are compared by their value. Series that
 * agree in the labels are in the order of all labels.
 */
export function* sortedByLabel(
  call: Call,
  frame: Frame,
  labels: readonly string[],
  direction: 1 | -1,
  evaluation: Evaluation,
): Pieces<Frame> {
  noteSortInRange(call, evaluation);
  if (frame.steps > 1) return frame;
  const { work } = evaluation;
  let longest = SHORT_TEXT;
  for (const set of frame.labels) {
    for (const label of labels) longest = Math.max(longest, set.get(label).length);
    if (work.spend(50 * labels.length)) yield;
  }
  const rows = yield* rowsByKey(
    frame.rows,
    (row) => frame.labels[row]!,
    (left, right) => direction * compareByLabels(left, right, labels),
    work,
    Math.ceil((ITEMS_OF_A_STEP * SHORT_TEXT) / longest),
  );
  const result = new Frame(
    rows.map((row) => frame.labels[row]!),
    1,
  );
  for (const [to, from] of rows.entries()) result.copyCell(to, 0, frame, from);
  return result;
}

// Characters of a text that is compared fast. The time to compare numbers in texts grows with the texts.
const SHORT_TEXT = 16;

function compareByLabels(left: LabelSet, right: LabelSet, labels: readonly string[]): number {
  for (const label of labels) {
    const order = compareNaturally(left.get(label), right.get(label));
    if (order !== 0) return order;
  }
  return compareTexts(left.sortKey, right.sortKey);
}

/** Adds a warning if a range is evaluated: its results are ordered by labels. */
export function noteSortInRange(call: Call, { annotations: found, steps }: Evaluation): void {
  if (steps.count > 1) found.add(annotations.sortInRange(), call);
}

function compare(left: number, right: number, isDescending: boolean): number {
  if (Number.isNaN(left) || Number.isNaN(right))
    return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  if (left === right) return 0;
  return left < right === isDescending ? 1 : -1;
}

/** The smaller number; -Infinity wins against NaN. */
export function smaller(left: number, right: number): number {
  return left === -Infinity || right === -Infinity ? -Infinity : Math.min(left, right);
}

/** The larger number; Infinity wins against NaN. */
export function larger(left: number, right: number): number {
  return left === Infinity || right === Infinity ? Infinity : Math.max(left, right);
}
