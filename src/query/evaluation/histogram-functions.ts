import { annotations } from "../annotations.ts";
import type { Call, Place } from "../expression.ts";
import { StepBuckets, bucketBound } from "../histograms/classic-buckets.ts";
import { fraction } from "../histograms/fraction.ts";
import { quantile } from "../histograms/quantile.ts";
import { average, standardDeviation, variance } from "../histograms/variance.ts";
import type { FunctionName } from "../function-signatures.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { shortNumber } from "../number-text.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, FLOAT, Frame } from "./frame.ts";
import { noteInvalidQuantiles } from "./invalid-quantiles.ts";
import type { LabelSet } from "./label-set.ts";
import { droppedNames, uniqueRows } from "./unique-rows.ts";

/** Functions of one native histogram. Floats are dropped. */
export const HISTOGRAM_FUNCTIONS: ReadonlyMap<FunctionName, (histogram: NativeHistogram) => number> = new Map<
  FunctionName,
  (histogram: NativeHistogram) => number
>([
  ["histogram_avg", average],
  ["histogram_count", ({ count }) => count],
  ["histogram_stddev", standardDeviation],
  ["histogram_stdvar", variance],
  ["histogram_sum", ({ sum }) => sum],
]);

/** Evaluates `histogram_quantile`, over classic buckets and native histograms. */
export function* histogramQuantile(
  call: Call,
  quantiles: Float64Array,
  frame: Frame,
  evaluation: Evaluation,
): Pieces<Frame> {
  const [ofQuantile = call, ofVector = call] = call.args;
  yield* noteInvalidQuantiles(quantiles, ofQuantile, evaluation);
  return yield* overHistograms(frame, ofVector, evaluation, quantileAt(quantiles, ofVector, evaluation));
}

/** Evaluates `histogram_quantiles`: a series for each quantile, which is the value of a label. */
export function* histogramQuantiles(
  call: Call,
  label: string,
  quantiles: readonly Float64Array[],
  frame: Frame,
  evaluation: Evaluation,
): Pieces<Frame> {
  const [place = call] = call.args;
  const { work } = evaluation;
  const parts: { readonly labels: readonly LabelSet[]; readonly part: Frame }[] = [];
  let cells = 0;
  for (const [i, ofSteps] of quantiles.entries()) {
    yield* noteInvalidQuantiles(ofSteps, call.args[i + 2] ?? call, evaluation);
    const part = yield* overHistograms(frame, place, evaluation, quantileAt(ofSteps, place, evaluation));
    // A quantile that changes from step to step has a series for each of its values.
    for (const value of new Set(ofSteps)) {
      work.reserve((cells += part.cells.length));
      const text = quantileText(value);
      const some = new Frame(part.labels, part.steps);
      for (let step = 0; step < part.steps; step++)
        // A set has 0 for -0.
        if (ofSteps[step] === value || (Number.isNaN(value) && Number.isNaN(ofSteps[step])))
          for (let row = 0; row < part.rows; row++) some.copyCell(row, step, part, row);
      parts.push({ labels: part.labels.map((labels) => labels.with(label, text)), part: some });
      if (work.spend(part.steps + part.cells.length)) yield;
    }
  }
  const labels = parts.flatMap((each) => each.labels);
  work.reserve(labels.length * frame.steps);
  const result = new Frame(labels, frame.steps);
  let next = 0;
  for (const { part } of parts)
    for (let row = 0; row < part.rows; row++) {
      result.copyRow(next++, part, row);
      if (work.spend(part.steps)) yield;
    }
  return yield* uniqueRows(result, work);
}

// As OpenMetrics writes numbers: at least one digit after the point.
function quantileText(value: number): string {
  const text = shortNumber(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Estimates of native histograms and of classic ones at a step. */
interface Estimates {
  readonly ofNative: (histogram: NativeHistogram, step: number) => number;
  readonly ofClassic: (buckets: StepBuckets, step: number) => number;
}

function quantileAt(
  quantiles: Float64Array,
  place: Place,
  { annotations: found, steps }: Evaluation,
): Estimates {
  const reporter = found.reporter("", place);
  return {
    ofNative: (histogram, step) => quantile(quantiles[step]!, histogram, reporter),
    ofClassic: (buckets, step) => {
      const value = buckets.quantile(quantiles[step]!);
      if (buckets.repair !== undefined)
        found.addRepair(buckets.repair, steps.start + step * steps.stepMillis, place);
      return value;
    },
  };
}

/** Evaluates `histogram_fraction`, over classic buckets and native histograms. */
export function* histogramFraction(
  call: Call,
  lowers: Float64Array,
  uppers: Float64Array,
  frame: Frame,
  evaluation: Evaluation,
): Pieces<Frame> {
  const [, , ofVector = call] = call.args;
  const reporter = evaluation.annotations.reporter("", ofVector);
  return yield* overHistograms(frame, ofVector, evaluation, {
    ofNative: (histogram, step) => fraction(lowers[step]!, uppers[step]!, histogram, reporter),
    ofClassic: (buckets, step) => buckets.fraction(lowers[step]!, uppers[step]!),
  });
}

function* overHistograms(
  frame: Frame,
  place: Place,
  evaluation: Evaluation,
  { ofNative, ofClassic }: Estimates,
): Pieces<Frame> {
  const { annotations: found, work } = evaluation;
  const { steps } = frame;
  const classic = yield* classicHistograms(frame, place, evaluation);
  const rows = [...classic.values()];
  const natives = frame.hasHistograms ? frame.labels : [];
  work.reserve((rows.length + natives.length) * steps);
  const result = new Frame([...rows.map(({ labels }) => labels), ...natives], steps);
  const buckets = new StepBuckets();
  for (const { row, bounds, rows: ofBuckets } of rows) {
    for (let step = 0; step < steps; step++) {
      buckets.clear();
      let count = 0;
      for (const [i, bucketRow] of ofBuckets.entries()) {
        const cell = bucketRow * steps + step;
        if (frame.cells[cell] !== FLOAT) continue;
        buckets.add(bounds[i]!, frame.values[cell]!);
        count++;
      }
      if (count > 0) result.setFloat(row, step, ofClassic(buckets, step));
      if (work.spend(10 * ofBuckets.length)) yield;
    }
  }
  for (const [row, labels] of natives.entries()) {
    const same = classic.get(signatureOf(labels));
    for (let step = 0; step < steps; step++) {
      const histogram = frame.histogram(row, step);
      if (histogram === undefined) continue;
      if (same !== undefined && result.cells[same.row * steps + step] === FLOAT) {
        // Neither has a result.
        found.add(annotations.mixedClassicAndNative(), place);
        result.cells[same.row * steps + step] = ABSENT;
      } else result.setFloat(rows.length + row, step, ofNative(histogram, step));
      if (work.spend(200)) yield;
    }
  }
  return yield* droppedNames(result, work);
}

interface ClassicHistogram {
  /** Row of the result. */
  readonly row: number;
  /** Without `le`. */
  readonly labels: LabelSet;
  readonly bounds: number[];
  /** Rows of the buckets. */
  readonly rows: number[];
}

/** Buckets of classic histograms, by the signature of their other labels. */
function* classicHistograms(
  frame: Frame,
  place: Place,
  { annotations: found, work }: Evaluation,
): Pieces<ReadonlyMap<string, ClassicHistogram>> {
  const histograms = new Map<string, ClassicHistogram>();
  for (const [row, labels] of frame.labels.entries()) {
    if (work.spend(300)) yield;
    const cells = frame.cells.subarray(row * frame.steps, (row + 1) * frame.steps);
    if (!cells.includes(FLOAT)) continue;
    const text = labels.get("le");
    const bound = bucketBound(text);
    if (bound === undefined) {
      found.add(annotations.badBucketLabel(text), place);
      continue;
    }
    const signature = signatureOf(labels);
    let histogram = histograms.get(signature);
    if (histogram === undefined) {
      histogram = { row: histograms.size, labels: labels.without(LE), bounds: [], rows: [] };
      histograms.set(signature, histogram);
    }
    histogram.bounds.push(bound);
    histogram.rows.push(row);
  }
  for (const { bounds, rows } of histograms.values()) {
    const order = bounds.map((_, i) => i).toSorted((left, right) => bounds[left]! - bounds[right]!);
    for (const column of [bounds, rows]) {
      const sorted = order.map((i) => column[i]!);
      for (const [i, each] of sorted.entries()) column[i] = each;
    }
    if (work.spend(100 * rows.length)) yield;
  }
  return histograms;
}

const LE: ReadonlySet<string> = new Set(["le"]);

// Equal for series that differ in `le` alone.
function signatureOf(labels: LabelSet): string {
  return labels.get("__name__") + labels.signatureWithout(LE);
}
