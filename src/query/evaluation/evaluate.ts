import type {
  Aggregation,
  Binary,
  Call,
  Expression,
  Range,
  Selector,
  Subquery,
  Unary,
} from "../expression.ts";
import { negated } from "../histograms/binary.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { QueryError } from "../query-error.ts";
import { unwrapped } from "../syntax/tree-parts.ts";
import { aggregate } from "./aggregation.ts";
import { type Arguments, scalarCall, vectorCall } from "./call.ts";
import { countValues } from "./count-values.ts";
import { type Evaluation, type Pieces, firstStep } from "./evaluation.ts";
import { smoothedSelector } from "./extended-selector.ts";
import { ABSENT, Frame, HISTOGRAM } from "./frame.ts";
import { type RangeSeries, rangeSeries } from "./loaded-series.ts";
import { enriched } from "./info.ts";
import { limitCount, limitRatio } from "./limit.ts";
import { isSetOperator } from "./operators.ts";
import { rank } from "./rank.ts";
import type { Ranges } from "./range-call.ts";
import { withoutResetHint } from "../histograms/is-reset.ts";
import { RowReader, timesOf } from "./row-samples.ts";
import { evaluateSelector } from "./selector.ts";
import { setOperation } from "./set-operators.ts";
import { numbersOf } from "./scalars.ts";
import { atOf } from "./spans.ts";
import { subquerySteps } from "./steps.ts";
import { droppedNames } from "./unique-rows.ts";
import { scalarScalar, vectorScalar } from "./vector-scalar.ts";
import { mapCells, vectorOf } from "./vector-functions.ts";
import { vectorVector } from "./vector-vector.ts";

/** Evaluates a node with the type scalar at all steps. Nodes with the same value at all steps are evaluated once. */
export function* evaluateScalar(node: Expression, evaluation: Evaluation): Pieces<Float64Array> {
  const { steps, invariants, work } = evaluation;
  if (node.kind === "number" && steps.count === 1) return Float64Array.of(node.value);
  const { held } = work;
  work.reserve(steps.count);
  let values: Float64Array;
  if (steps.count === 1 || !invariants.has(node)) values = yield* evaluateScalarNode(node, evaluation);
  else {
    const [value = Number.NaN] = yield* evaluateScalarNode(node, atFirstStep(evaluation));
    values = yield* numbersOf(steps.count, () => value, work);
  }
  work.hold(held, values.length);
  return values;
}

/** Evaluates a node with the type vector at all steps. Nodes with the same value at all steps are evaluated once. */
export function* evaluateVector(node: Expression, evaluation: Evaluation): Pieces<Frame> {
  const { steps, invariants, work, shortcuts } = evaluation;
  const known = shortcuts?.known(node);
  if (known !== undefined) return known;
  const { held } = work;
  const isOnce = steps.count > 1 && invariants.has(node);
  const frame = isOnce
    ? yield* repeated(yield* evaluateNode(node, atFirstStep(evaluation)), evaluation)
    : yield* evaluateNode(node, evaluation);
  work.hold(held, frame.size);
  shortcuts?.keep(node, frame);
  return frame;
}

/** Evaluates a range selector or subquery. */
export function* evaluateMatrix(node: Expression, evaluation: Evaluation): Pieces<Ranges> {
  if (node.kind === "parentheses") return yield* evaluateMatrix(node.expression, evaluation);
  if (node.kind === "subquery") return yield* evaluateSubquery(node, evaluation);
  if (node.kind !== "range") throw new TypeError(`a node of kind "${node.kind}" is not a matrix`);
  const series: RangeSeries[] = [];
  for (const { range } of yield* evaluation.loaded.of(node.selector)) {
    series.push(range);
    if (evaluation.work.spend(range.samples === undefined ? 20 : 20 * range.times.length)) yield;
  }
  return { ...windowsOf(node.selector, node, evaluation), series };
}

// The value of one step at all steps.
function* repeated(once: Frame, { steps, work }: Evaluation): Pieces<Frame> {
  work.reserve(once.rows * steps.count);
  const result = new Frame(once.labels, steps.count);
  for (let row = 0; row < once.rows; row++) {
    if (once.cells[row] === ABSENT) continue;
    const histogram = once.histogram(row, 0);
    for (let step = 0; step < steps.count; step++)
      if (histogram === undefined) result.setFloat(row, step, once.values[row]!);
      else result.setHistogram(row, step, histogram);
    work.reserve(result.size);
    if (work.spend(steps.count)) yield;
  }
  return result;
}

function* evaluateScalarNode(node: Expression, evaluation: Evaluation): Pieces<Float64Array> {
  const { steps, work } = evaluation;
  switch (node.kind) {
    case "number":
      return yield* numbersOf(steps.count, () => node.value, work);
    case "parentheses":
      return yield* evaluateScalar(node.expression, evaluation);
    case "unary": {
      const values = yield* evaluateScalar(node.expression, evaluation);
      return node.operator === "-" ? yield* numbersOf(steps.count, (step) => -values[step]!, work) : values;
    }
    case "binary": {
      const left = yield* evaluateScalar(node.left, evaluation);
      return yield* scalarScalar(node, left, yield* evaluateScalar(node.right, evaluation), evaluation);
    }
    case "call":
      return yield* scalarCall(node, yield* evaluateArguments(node, evaluation), evaluation);
    default:
      throw new TypeError(`a node of kind "${node.kind}" is not a scalar`);
  }
}

function* evaluateNode(node: Expression, evaluation: Evaluation): Pieces<Frame> {
  switch (node.kind) {
    case "selector":
      return yield* node.extension === "smoothed"
        ? smoothedSelector(node, evaluation)
        : evaluateSelector(node, evaluation);
    case "parentheses":
      return yield* evaluateVector(node.expression, evaluation);
    case "call":
      return yield* evaluateCall(node, evaluation);
    case "aggregation":
      return yield* evaluateAggregation(node, evaluation);
    case "binary":
      return yield* evaluateBinary(node, evaluation);
    case "unary":
      return yield* evaluateUnary(node, evaluation);
    default:
      throw new TypeError(`a node of kind "${node.kind}" is not a vector`);
  }
}

function* evaluateCall(node: Call, evaluation: Evaluation): Pieces<Frame> {
  if (node.name === "info") {
    const [argument, selector] = node.args;
    if (argument === undefined || selector?.kind !== "selector") throw new TypeError("info needs a selector");
    const frame = yield* evaluateVector(argument, evaluation);
    const infos = yield* evaluation.loaded.of(selector);
    if (infos.some(({ raw }) => raw.histograms !== undefined)) {
      const values = yield* evaluateSelector(selector, evaluation);
      if (values.cells.includes(HISTOGRAM)) throw new QueryError("execution", "info sample should be float");
    }
    const times = yield* evaluateSelector(selector, evaluation, { timesOnly: true });
    return yield* enriched(frame, times, selector.matchers, evaluation);
  }
  if (node.name === "timestamp") {
    const argument = unwrapped(node.args[0] ?? node);
    if (argument.kind === "selector") {
      const times = yield* evaluateSelector(argument, evaluation, { timesOnly: true });
      return yield* droppedNames(times, evaluation.work);
    }
  }
  return yield* vectorCall(node, yield* evaluateArguments(node, evaluation), evaluation);
}

function* evaluateArguments({ args, isExact }: Call, evaluation: Evaluation): Pieces<Arguments> {
  const frames: Frame[] = [];
  const scalars: Float64Array[] = [];
  const texts: string[] = [];
  let ranges: Ranges | undefined;
  for (const node of args) {
    const argument = unwrapped(node);
    if (argument.type === "scalar") scalars.push(yield* evaluateScalar(argument, evaluation));
    else if (argument.type === "vector") frames.push(yield* evaluateVector(argument, evaluation));
    else if (argument.type === "matrix")
      ranges = { ...(yield* evaluateMatrix(argument, evaluation)), isExact };
    else if (argument.kind === "string") texts.push(argument.value);
  }
  return { frames, scalars, texts, ranges };
}

function* evaluateAggregation(node: Aggregation, evaluation: Evaluation): Pieces<Frame> {
  const { operator, parameter } = node;
  const argument = parameter === undefined ? undefined : unwrapped(parameter);
  const scalars = argument?.type === "scalar" ? yield* evaluateScalar(argument, evaluation) : undefined;
  const frame = yield* evaluateVector(node.expression, evaluation);
  switch (operator) {
    case "topk":
    case "bottomk":
      return yield* rank(node, operator, frame, scalars ?? new Float64Array(frame.steps), evaluation);
    case "limitk":
      return yield* limitCount(node, frame, scalars ?? new Float64Array(frame.steps), evaluation);
    case "limit_ratio":
      return yield* limitRatio(node, frame, scalars ?? new Float64Array(frame.steps), evaluation);
    case "count_values":
      return yield* countValues(node, argument?.kind === "string" ? argument.value : "", frame, evaluation);
    default:
      return yield* aggregate(node, operator, frame, scalars, evaluation);
  }
}

function* evaluateBinary(node: Binary, evaluation: Evaluation): Pieces<Frame> {
  const { left, right, matching, operator } = node;
  if (left.type === "scalar") {
    const scalars = yield* evaluateScalar(left, evaluation);
    return yield* vectorScalar(node, yield* evaluateVector(right, evaluation), scalars, true, evaluation);
  }
  const frame = yield* evaluateVector(left, evaluation);
  if (right.type === "scalar")
    return yield* vectorScalar(node, frame, yield* evaluateScalar(right, evaluation), false, evaluation);
  if (evaluation.shortcuts?.isEmpty(node, frame) === true) return new Frame([], frame.steps);
  const other = yield* evaluateVector(right, evaluation);
  if (matching === undefined) throw new TypeError("two vectors need a matching");
  return yield* isSetOperator(operator)
    ? setOperation(operator, frame, other, matching, evaluation)
    : vectorVector(node, matching, frame, other, evaluation);
}

function* evaluateUnary({ operator, expression }: Unary, evaluation: Evaluation): Pieces<Frame> {
  const frame = yield* evaluateVector(expression, evaluation);
  if (operator === "+") return frame;
  const negate = (value: number | NativeHistogram): number | NativeHistogram =>
    typeof value === "number" ? -value : negated(value);
  return yield* mapCells(frame, evaluation, negate);
}

function* evaluateSubquery(node: Subquery, evaluation: Evaluation): Pieces<Ranges> {
  const windows = windowsOf(node, node, evaluation);
  const { steps, work } = evaluation;
  const { held } = work;
  const inner = subquerySteps(node, windows.firstEnd, windows.firstEnd + (steps.count - 1) * windows.apart);
  if (inner === undefined) return { ...windows, series: [] };
  work.reserve(inner.count);
  const frame = yield* evaluateInner(node.expression, { ...evaluation, steps: inner, shortcuts: undefined });
  const series: RangeSeries[] = [];
  let count = 0;
  const reader = new RowReader(frame, yield* timesOf(inner, 1, work));
  for (let row = 0; row < frame.rows; row++) {
    const samples = yield* reader.read(row, work);
    const histograms = samples.histograms?.map(withoutResetHint);
    if (samples.times.length > 0) series.push(rangeSeries(frame.labels[row]!, { ...samples, histograms }));
    work.reserve((count += samples.times.length));
    if (work.spend(3 * inner.count)) yield;
  }
  work.hold(held, count);
  return { ...windows, series };
}

/** Evaluates what a subquery repeats; a scalar as a series without labels. */
function* evaluateInner(node: Expression, evaluation: Evaluation): Pieces<Frame> {
  if (node.type !== "scalar") return yield* evaluateVector(node, evaluation);
  return vectorOf(yield* evaluateScalar(node, evaluation), evaluation);
}

function windowsOf(
  shift: Selector | Subquery,
  node: Range | Subquery,
  evaluation: Evaluation,
): Omit<Ranges, "series"> {
  const { steps } = evaluation;
  const at = atOf(shift, evaluation);
  return {
    firstEnd: (at ?? steps.start) - shift.offsetMillis,
    apart: at === undefined ? steps.stepMillis : 0,
    rangeMillis: node.rangeMillis,
    // As in Prometheus: annotations of functions over subqueries have the position of the query's start.
    place: node.kind === "subquery" ? { start: 0, end: 0 } : node,
    extension: node.kind === "range" ? node.selector.extension : undefined,
  };
}

function atFirstStep(evaluation: Evaluation): Evaluation {
  return { ...evaluation, steps: firstStep(evaluation.steps), shortcuts: undefined };
}
