import type { Binary, Fill, Matching } from "../expression.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { QueryError } from "../query-error.ts";
import type { Evaluation, Pieces, Work } from "./evaluation.ts";
import { ABSENT, FLOAT, Frame } from "./frame.ts";
import { labelList, type LabelSet, NO_LABELS } from "./label-set.ts";
import { type MatchedRows, matchRows } from "./matched-rows.ts";
import { rowsOfGroups } from "./grouping.ts";
import {
  floatOperation,
  histogramOperation,
  isComparison,
  isSetOperator,
  isTrim,
  trimOfFloats,
} from "./operators.ts";
import { uniqueRows } from "./unique-rows.ts";

// Memory of a pair and its labels, in cells.
const CELLS_OF_A_PAIR = 10;

/** Applies an arithmetic operator or a comparison to the matching series of two vectors. */
export function* vectorVector(
  node: Binary,
  matching: Matching,
  left: Frame,
  right: Frame,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { work } = evaluation;
  const { steps } = left;
  // The "one" side is on the right from here on.
  const isSwapped = matching.cardinality === "one-to-many";
  const [many, one] = isSwapped ? [right, left] : [left, right];
  const matched = yield* matchRows(many.labels, one.labels, matching, work);
  const rowsOfOne = yield* filledRowsOfGroups(one, matched.right, matched.groups, work);
  yield* assertUnique(many, one, rowsOfOne, matching, isSwapped, work);
  const pairs: Pair[] = [];
  const labels: LabelSet[] = [];
  for (let row = 0; row < many.rows; row++) {
    const group = matched.left[row]!;
    const oneRows = rowsOfOne[group]!;
    if (work.spend(steps)) yield;
    if (oneRows.length === 0 || !many.hasAny(row)) continue;
    work.reserve((pairs.length + oneRows.length) * (steps + CELLS_OF_A_PAIR));
    for (const oneRow of oneRows) {
      pairs.push({ manyRow: row, oneRow, group });
      labels.push(labelsOf(node, matching, many.labels[row]!, one.labels[oneRow]!));
      if (work.spend(200)) yield;
    }
  }
  const filling = matching.fill && new Filling(matching.fill, many, one, matched);
  for (const pair of filling?.pairs() ?? []) {
    const { manyRow, oneRow } = pair;
    const [ofMany, ofOne] = [many.labels[manyRow], one.labels[oneRow]];
    work.reserve(pairs.length * (steps + CELLS_OF_A_PAIR));
    pairs.push(pair);
    labels.push(
      labelsOf(node, matching, ofMany ?? groupOf(ofOne, matching), ofOne ?? groupOf(ofMany, matching)),
    );
    if (work.spend(300 + steps)) yield;
  }
  const result = new Frame(labels, steps);
  // As in Prometheus, only the last annotation of a step is reported.
  const notes: (string | undefined)[] = [];
  let note: string | undefined;
  const evaluateCell = cellOperation(node, isSwapped, (annotation) => (note = annotation));
  // Cells of pairs that exclude each other.
  const slots = yield* slotsOf(pairs, labels, matching, work);
  const taken = new Uint8Array(slots.count * steps);
  for (const [pair, { manyRow, oneRow }] of pairs.entries()) {
    for (let step = 0; step < steps; step++) {
      const [manyCell, oneCell] = [manyRow * steps + step, oneRow * steps + step];
      const isFilled = manyRow < 0 || oneRow < 0;
      if (isFilled) {
        if (filling?.isWanted(manyRow, oneRow, step) !== true) continue;
      } else if (many.cells[manyCell] === ABSENT || one.cells[oneCell] === ABSENT) continue;
      const found = evaluateCell(
        manyRow < 0 ? filling!.ofMany : (many.histogram(manyRow, step) ?? many.values[manyCell]!),
        oneRow < 0 ? filling!.ofOne : (one.histogram(oneRow, step) ?? one.values[oneCell]!),
      );
      if (note !== undefined) {
        notes[step] = note;
        note = undefined;
      }
      if (typeof found === "string") {
        notes[step] = found;
        continue;
      }
      if (slots.count > 0 && taken[slots.of[pair]! * steps + step]!++ > 0)
        throw new QueryError("execution", `multiple matches for labels: ${slots.problem}`);
      if (found === undefined) continue;
      if (typeof found === "number") {
        result.values[pair * steps + step] = found;
        result.cells[pair * steps + step] = FLOAT;
      } else result.setHistogram(pair, step, found);
    }
    work.reserve(result.size);
    if (work.spend(10 * steps)) yield;
  }
  for (const each of new Set(notes)) if (each !== undefined) evaluation.annotations.add(each, node);
  return yield* uniqueRows(result, work);
}

/** Slots of pairs of which one alone may match at a step, also if a comparison does not hold. No slots if none do. */
interface Slots {
  readonly count: number;
  readonly of: readonly number[];
  readonly problem: string;
}

function* slotsOf(
  pairs: readonly Pair[],
  labels: readonly LabelSet[],
  { cardinality }: Matching,
  work: Work,
): Pieces<Slots> {
  const isOneToOne = cardinality === "one-to-one";
  const known = new Map<string | number, number>();
  const of: number[] = [];
  for (const [i, { group }] of pairs.entries()) {
    const key = isOneToOne ? group : `${group} ${labels[i]!.signature}`;
    const slot = known.get(key) ?? known.size;
    known.set(key, slot);
    of.push(slot);
    if (work.spend(isOneToOne ? 10 : 100)) yield;
  }
  const problem = isOneToOne
    ? "many-to-one matching must be explicit (group_left/group_right)"
    : "grouping labels must ensure unique matches";
  return { count: known.size === pairs.length ? 0 : known.size, of, problem };
}

interface Pair {
  /** -1 for a value that is filled in. */
  readonly manyRow: number;
  /** As `manyRow`. */
  readonly oneRow: number;
  readonly group: number;
}

/**
 * Values in place of missing series. As in Prometheus, that of `fill_left` is for the "many" side and that of `fill_right`
 * for the "one" side, also with `group_right`.
 */
class Filling {
  readonly ofMany: number;
  readonly ofOne: number;
  readonly #fill: Fill;
  readonly #many: Frame;
  readonly #one: Frame;
  readonly #matched: MatchedRows;
  // Whether a group has a series on the side, by group and step.
  readonly #hasMany: Uint8Array;
  readonly #hasOne: Uint8Array;

  constructor(fill: Fill, many: Frame, one: Frame, matched: MatchedRows) {
    this.#fill = fill;
    this.ofMany = fill.left ?? Number.NaN;
    this.ofOne = fill.right ?? Number.NaN;
    this.#many = many;
    this.#one = one;
    this.#matched = matched;
    this.#hasMany = presenceOf(many, matched.left, matched.groups);
    this.#hasOne = presenceOf(one, matched.right, matched.groups);
  }

  /** Rows of each side with a value in place of the other one. */
  *pairs(): Generator<Pair> {
    const { left, right } = this.#fill;
    const { left: ofMany, right: ofOne } = this.#matched;
    if (right !== undefined)
      for (const [manyRow, group] of ofMany.entries()) yield { manyRow, oneRow: -1, group };
    if (left !== undefined)
      for (const [oneRow, group] of ofOne.entries()) yield { manyRow: -1, oneRow, group };
  }

  /** Whether a row of such a pair has a value at a step, and its group none on the other side. */
  isWanted(manyRow: number, oneRow: number, step: number): boolean {
    const { steps } = this.#many;
    if (oneRow < 0)
      return (
        this.#many.cells[manyRow * steps + step] !== ABSENT &&
        this.#hasOne[this.#matched.left[manyRow]! * steps + step] === 0
      );
    return (
      this.#one.cells[oneRow * steps + step] !== ABSENT &&
      this.#hasMany[this.#matched.right[oneRow]! * steps + step] === 0
    );
  }
}

function presenceOf({ cells, steps }: Frame, groups: Int32Array, count: number): Uint8Array {
  const found = new Uint8Array(count * steps);
  for (const [row, group] of groups.entries())
    for (let step = 0; step < steps; step++)
      if (cells[row * steps + step] !== ABSENT) found[group * steps + step] = 1;
  return found;
}

// The labels by which series match.
function groupOf(labels: LabelSet = NO_LABELS, { isOn, labels: names }: Matching): LabelSet {
  return isOn ? labels.kept(labelList(names)) : labels.without(new Set([...names, "__name__"]));
}

/** Rows of each group, without those that have no value at any step. */
function* filledRowsOfGroups(
  frame: Frame,
  groups: Int32Array,
  count: number,
  work: Work,
): Pieces<readonly (readonly number[])[]> {
  const filled: number[][] = [];
  for (const [group, rows] of (yield* rowsOfGroups(groups, count, work)).entries()) {
    const kept: number[] = [];
    for (const row of rows) {
      if (frame.hasAny(row)) kept.push(row);
      if (work.spend(frame.steps)) yield;
    }
    filled[group] = kept;
  }
  return filled;
}

/** Throws if a group has two series of the "one" side at a step at which the other side has any, or may be filled. */
function* assertUnique(
  many: Frame,
  one: Frame,
  rowsOfOne: readonly (readonly number[])[],
  matching: Matching,
  isSwapped: boolean,
  work: Work,
): Pieces<void> {
  const { steps } = one;
  for (const rows of rowsOfOne) {
    if (rows.length < 2) continue;
    for (let step = 0; step < steps; step++) {
      const present = rows.filter((row) => one.cells[row * steps + step] !== ABSENT);
      if (work.spend(5 * rows.length)) yield;
      const [first, second] = present;
      if (first === undefined || second === undefined) continue;
      if (matching.fill === undefined && !many.hasAnyAt(step)) continue;
      const labels = new Set(matching.labels);
      const later = one.labels[second]!;
      const group = matching.isOn ? later.keep(labels) : later.without(labels.add("__name__"));
      const side = isSwapped ? "left" : "right";
      const found = `found duplicate series for the match group ${String(group)} on the ${side} hand-side of the operation`;
      const series = `[${[String(later), String(one.labels[first]!)].toSorted().join(", ")}]`;
      const reason = "many-to-many matching not allowed: matching labels must be unique on one side";
      throw new QueryError("execution", `${found}: ${series};${reason}`);
    }
  }
}

function labelsOf(
  { operator, returnsBool }: Binary,
  matching: Matching,
  many: LabelSet,
  one: LabelSet,
): LabelSet {
  let labels = isComparison(operator) || isTrim(operator) ? many : many.withoutName();
  if (matching.cardinality === "one-to-one") {
    if (matching.isOn) labels = labels.kept(labelList(matching.labels));
    else if (matching.labels.length > 0) labels = labels.without(new Set(matching.labels));
  }
  for (const label of matching.include) labels = labels.with(label, one.get(label));
  return returnsBool ? labels.withoutName() : labels;
}

/**
 * Operation of two values, those of the "many" and of the "one" side. Its result is `undefined` if a comparison does not
 * hold, and an annotation if the types do not fit.
 */
function cellOperation(
  node: Binary,
  isSwapped: boolean,
  note: (annotation: string) => void,
): (
  many: number | NativeHistogram,
  one: number | NativeHistogram,
) => number | NativeHistogram | string | undefined {
  const { operator, returnsBool } = node;
  if (isSetOperator(operator)) return () => undefined;
  const isFilter = isComparison(operator) && !returnsBool;
  const ofFloats = isTrim(operator) ? () => trimOfFloats(operator) : floatOperation(operator);
  return (many, one) => {
    const [left, right] = isSwapped ? [one, many] : [many, one];
    if (typeof left !== "number" || typeof right !== "number")
      return histogramOperation({ operator, returnsBool }, left, right, left, note);
    const value = ofFloats(left, right);
    if (!isFilter) return value;
    return value === 0 ? undefined : left;
  };
}
