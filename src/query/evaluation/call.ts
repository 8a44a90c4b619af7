import type { Call } from "../expression.ts";
import type { FunctionName } from "../function-signatures.ts";
import { unwrapped } from "../syntax/tree-parts.ts";
import { CALENDAR_FUNCTIONS } from "./calendar.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { evaluateExtended } from "./extended-ranges.ts";
import { Frame } from "./frame.ts";
import {
  HISTOGRAM_FUNCTIONS,
  histogramFraction,
  histogramQuantile,
  histogramQuantiles,
} from "./histogram-functions.ts";
import { noteInvalidQuantiles } from "./invalid-quantiles.ts";
import { labelJoin, labelReplace, labelsOfAbsent } from "./label-functions.ts";
import { NO_LABELS, type LabelSet } from "./label-set.ts";
import { MATH_FUNCTIONS } from "./math-functions.ts";
import { type Ranges, evaluateAbsentRanges, evaluateRanges } from "./range-call.ts";
import { RANGE_FUNCTIONS } from "./range-functions.ts";
import { timesOf } from "./row-samples.ts";
import { numbersOf } from "./scalars.ts";
import {
  absent,
  clamp,
  larger,
  mapCells,
  mapFloats,
  round,
  scalarOf,
  smaller,
  sorted,
  sortedByLabel,
  timestamps,
  vectorOf,
} from "./vector-functions.ts";

/** Evaluated arguments of a call, each kind in order. */
export interface Arguments {
  readonly frames: readonly Frame[];
  /** By step. */
  readonly scalars: readonly Float64Array[];
  readonly texts: readonly string[];
  readonly ranges: Ranges | undefined;
}

/** Evaluates a call with the type scalar. Calls whose value is that of the query are numbers by now. */
export function* scalarCall(
  { name }: Call,
  { frames, scalars: [left, right] }: Arguments,
  evaluation: Evaluation,
): Pieces<Float64Array> {
  const [frame] = frames;
  if (frame !== undefined) return yield* scalarOf(frame, evaluation);
  const { steps, work } = evaluation;
  if (left !== undefined && right !== undefined) {
    const extreme = name === "min_of" ? smaller : larger;
    return yield* numbersOf(steps.count, (step) => extreme(left[step]!, right[step]!), work);
  }
  if (name === "pi") return yield* numbersOf(steps.count, () => Math.PI, work);
  if (name === "time") return yield* timesOf(steps, 1_000, work);
  throw notEvaluated(name);
}

/** Evaluates a call with the type vector. */
export function* vectorCall(call: Call, args: Arguments, evaluation: Evaluation): Pieces<Frame> {
  const { name } = call;
  const { ranges, scalars } = args;
  if (ranges?.extension !== undefined)
    return yield* evaluateExtended(name, ranges, ranges.extension, evaluation);
  if (ranges !== undefined) {
    const operation = RANGE_FUNCTIONS.get(name);
    if (name === "absent_over_time")
      return yield* evaluateAbsentRanges(ranges, absentLabels(call), evaluation);
    if (operation === undefined) throw notEvaluated(name);
    const result = yield* evaluateRanges(operation, ranges, scalars, evaluation);
    const [quantiles] = scalars;
    if (name === "quantile_over_time" && quantiles !== undefined)
      yield* noteInvalidQuantiles(quantiles, call.args[0] ?? call, evaluation, result);
    return result;
  }
  const frame = args.frames[0] ?? new Frame([], evaluation.steps.count);
  const [first = new Float64Array(0), second = new Float64Array(0)] = scalars;
  const math = MATH_FUNCTIONS.get(name);
  if (math !== undefined) return yield* mapFloats(frame, evaluation, math);
  const calendar = CALENDAR_FUNCTIONS.get(name);
  if (calendar !== undefined)
    return yield* mapFloats(args.frames[0] ?? (yield* times(evaluation)), evaluation, calendar);
  const ofHistogram = HISTOGRAM_FUNCTIONS.get(name);
  if (ofHistogram !== undefined)
    return yield* mapCells(frame, evaluation, (value) =>
      typeof value === "number" ? undefined : ofHistogram(value),
    );
  switch (name) {
    case "absent":
      return yield* absent(frame, absentLabels(call), evaluation);
    case "clamp":
      return yield* clamp(frame, first, second, evaluation);
    case "clamp_max":
      return yield* clamp(frame, undefined, first, evaluation);
    case "clamp_min":
      return yield* clamp(frame, first, undefined, evaluation);
    case "histogram_fraction":
      return yield* histogramFraction(call, first, second, frame, evaluation);
    case "histogram_quantile":
      return yield* histogramQuantile(call, first, frame, evaluation);
    case "histogram_quantiles":
      return yield* histogramQuantiles(call, args.texts[0] ?? "", scalars, frame, evaluation);
    case "label_join":
      return yield* labelJoin(frame, args.texts, evaluation);
    case "label_replace":
      return yield* labelReplace(frame, args.texts, evaluation);
    case "round":
      return yield* round(frame, scalars[0], evaluation);
    case "sort":
      return yield* sorted(call, frame, false, evaluation);
    case "sort_by_label":
      return yield* sortedByLabel(call, frame, args.texts, 1, evaluation);
    case "sort_by_label_desc":
      return yield* sortedByLabel(call, frame, args.texts, -1, evaluation);
    case "sort_desc":
      return yield* sorted(call, frame, true, evaluation);
    case "timestamp":
      return yield* timestamps(frame, evaluation);
    case "vector":
      return vectorOf(first, evaluation);
    default:
      throw notEvaluated(name);
  }
}

// A name that was added to the signatures alone; see `vectorCall` and `scalarCall`.
function notEvaluated(name: FunctionName): TypeError {
  return new TypeError(`function "${name}" has a signature, but no evaluation`);
}

// An omitted argument of a calendar function.
function* times(evaluation: Evaluation): Pieces<Frame> {
  const { steps, work } = evaluation;
  work.reserve(steps.count);
  return vectorOf(yield* timesOf(steps, 1_000, work), evaluation);
}

function absentLabels({ args }: Call): LabelSet {
  const argument = args[0] && unwrapped(args[0]);
  if (argument?.kind === "selector") return labelsOfAbsent(argument.matchers);
  return argument?.kind === "range" ? labelsOfAbsent(argument.selector.matchers) : NO_LABELS;
}
