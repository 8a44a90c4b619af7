import { annotations } from "../annotations.ts";
import type { Call, Place } from "../expression.ts";
import { StepBuckets, bucketBound } from "../histograms/classic-buckets.ts";
import { fraction } from "../histograms/fraction.ts";
import { quantile } from "../histograms/quantile.ts";
import { average, standardDeviation, variance } from "../histograms/variance.ts";
import type { FunctionName } from "../function-signatures.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, FLOAT, Frame } from "./frame.ts";
import { noteInvalidQuantiles } from "./invalid-quantiles.ts";
import type { LabelSet } from "./label-set.ts";
import { droppedNames } from "./unique-rows.ts";

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
  const { annotations: found } = evaluation;
  yield* noteInvalidQuantiles(quantiles, ofQuantile, evaluation);
  const reporter = found.reporter("", ofQuantile);
  return yield* overHistograms(
    frame,
    (histogram, step) => quantile(quantiles[step]!, histogram, reporter),
    (buckets, step, metricName) => {
      const value = buckets.quantile(quantiles[step]!);
      if (buckets.wasRepaired) found.add(annotations.forcedMonotonicity(metricName), ofVector);
      return value;
    },
    ofVector,
    evaluation,
  );
}

/** Evaluates `histogram_fraction`, over classic buckets and native histograms. */
export function* histogramFraction(
  call: Call,
  lowers: Float64Array,
  uppers: Float64Array,
  frame: Frame,
  evaluation: Evaluation,
): Pieces<Frame> {
  const [ofLower = call, , ofVector = call] = call.args;
  const reporter = evaluation.annotations.reporter("", ofLower);
  return yield* overHistograms(
    frame,
    (histogram, step) => fraction(lowers[step]!, uppers[step]!, histogram, reporter),
    (buckets, step) => buckets.fraction(lowers[step]!, uppers[step]!),
    ofVector,
    evaluation,
  );
}

function* overHistograms(
  frame: Frame,
  ofNative: (histogram: NativeHistogram, step: number) => number,
  ofClassic: (buckets: StepBuckets, step: number, metricName: string) => number,
  place: Place,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { annotations: found, work } = evaluation;
  const { steps } = frame;
  const classic = yield* classicHistograms(frame, place, evaluation);
  const rows = [...classic.values()];
  const natives = frame.hasHistograms ? frame.labels : [];
  work.reserve((rows.length + natives.length) * steps);
  const result = new Frame([...rows.map(({ labels }) => labels), ...natives], steps);
  const buckets = new StepBuckets();
  for (const { row, labels, bounds, rows: ofBuckets } of rows) {
    // As in Prometheus, a histogram has its name at its first step only.
    let metricName = labels.get("__name__");
    for (let step = 0; step < steps; step++) {
      buckets.clear();
      let count = 0;
      for (const [i, bucketRow] of ofBuckets.entries()) {
        const cell = bucketRow * steps + step;
        if (frame.cells[cell] !== FLOAT) continue;
        buckets.add(bounds[i]!, frame.values[cell]!);
        count++;
      }
      if (count > 0) {
        result.setFloat(row, step, ofClassic(buckets, step, metricName));
        metricName = "";
      }
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
        found.add(annotations.mixedClassicAndNative(labels.get("__name__")), place);
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
      found.add(annotations.badBucketLabel(labels.get("__name__"), text), place);
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
