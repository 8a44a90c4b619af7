// `sum_over_time`, `avg_over_time`, `resets` and `changes` of windows with native histograms.
import { annotations, type Reporter } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { HistogramMean } from "./histogram-mean.ts";
import { HistogramSum } from "./histogram-sum.ts";
import type { Window } from "./samples.ts";

/** Sum of the histograms of a window. `undefined` if it has floats too, or layouts that cannot be combined. */
export function sumOverTime(window: Window, reporter: Reporter): NativeHistogram | undefined {
  return accumulated(sum, window, reporter);
}

/** Mean of the histograms of a window. `undefined` if it has floats too, or layouts that cannot be combined. */
export function avgOverTime(window: Window, reporter: Reporter): NativeHistogram | undefined {
  return accumulated(mean, window, reporter);
}

/** Number of resets within a window, of floats and histograms. A change between the two is a reset. */
export function resets({ samples, first, end }: Window): number {
  return samples.resets(first, end);
}

/** Number of samples of a window, floats and histograms, that differ from the one before. */
export function changes({ samples, first, end }: Window): number {
  return samples.changes(first, end);
}

const sum = new HistogramSum(true);
const mean = new HistogramMean();

function accumulated(
  accumulator: HistogramSum | HistogramMean,
  { samples, first, end }: Window,
  { metricName, annotate }: Reporter,
): NativeHistogram | undefined {
  if (samples.has(first, end) !== "histograms") {
    annotate(annotations.mixedFloatsAndHistograms(metricName));
    return undefined;
  }
  accumulator.clear();
  for (let i = first; i < end; i++) {
    if (accumulator.add(samples.histograms[i]!) === undefined) continue;
    annotate(annotations.mixedSchemas(metricName));
    return undefined;
  }
  if (accumulator.hasConflict) annotate(annotations.conflictingResets("aggregation"));
  if (accumulator.isReconciled) annotate(annotations.reconciledBounds("aggregation"));
  return accumulator.result();
}
