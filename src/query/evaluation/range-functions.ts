import type { FunctionName } from "../function-signatures.ts";
import {
  avgOverTime as avgOfHistograms,
  changes as changesOf,
  resets as resetsOf,
  sumOverTime as sumOfHistograms,
} from "../histograms/over-time.ts";
import { extrapolated, instantaneous } from "../histograms/rate.ts";
import type { Window } from "../histograms/samples.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { type Reporter, annotations } from "../annotations.ts";
import type { Pieces, Work } from "./evaluation.ts";
import type { FloatWindow } from "./float-window.ts";
import {
  avgOverTime,
  changes,
  deviationOverTime,
  maxOverTime,
  medianDeviation,
  minOverTime,
  quantileOverTime,
  resets,
  sumOverTime,
  timeOfMax,
  timeOfMin,
  varianceOverTime,
} from "./over-time.ts";
import { extrapolatedChange, instantDelta, instantRate, rate } from "./rates.ts";
import { assertFactors, doubleExponentialSmoothing, prediction, slope } from "./trends.ts";
import type { FoldedFunction } from "./window-fold.ts";

/** Function over ranges. */
export interface RangeFunction {
  /** Windows with fewer samples have no result. */
  readonly minSamples: 1 | 2;
  readonly ofFloats: (window: FloatWindow) => number;
  /** For large windows, if its time grows with the samples. */
  readonly inPieces?: (window: FloatWindow, work: Work) => Pieces<number>;
  /** For windows with at least one histogram. */
  readonly ofHistograms: (window: HistogramWindow) => number | NativeHistogram | undefined;
  /** Throws if a scalar argument is invalid. Called for windows with samples of any kind. */
  readonly checkArgs?: (args: readonly number[]) => void;
  readonly isNameKept?: boolean;
  /** Whether it is meant for counters, so that resets and the metric's name matter. */
  readonly isForCounters?: boolean;
}

/** Window with at least one histogram. */
export interface HistogramWindow extends Window {
  readonly rangeStart: number;
  readonly rangeEnd: number;
  /** As that of {@link FloatWindow}. */
  readonly isFromZero: boolean;
  readonly isExact: boolean;
  readonly reporter: Reporter;
  /** The floats of the window alone. */
  readonly floats: () => FloatWindow;
}

const smoothing = { ...ofFloatsAlone(doubleExponentialSmoothing, 2), checkArgs: assertFactors };

/** All functions over ranges but `absent_over_time`, whose result is not by series. */
export const RANGE_FUNCTIONS: ReadonlyMap<FunctionName, RangeFunction> = new Map<FunctionName, RangeFunction>(
  [
    [
      "avg_over_time",
      {
        minSamples: 1,
        ...avgOverTime,
        ofHistograms: (window) => avgOfHistograms(window, window.reporter),
      },
    ],
    ["changes", { minSamples: 1, ...changes, ofHistograms: changesOf }],
    [
      "count_over_time",
      {
        minSamples: 1,
        ofFloats: ({ first, end }) => end - first,
        ofHistograms: ({ first, end }) => end - first,
      },
    ],
    ["delta", extrapolatedOf("delta", (window) => extrapolatedChange(window, false))],
    ["deriv", ofFloatsAlone(slope, 2)],
    ["double_exponential_smoothing", smoothing],
    ["holt_winters", smoothing],
    [
      "first_over_time",
      {
        minSamples: 1,
        ofFloats: ({ values, first }) => values[first]!,
        ofHistograms: ({ samples, first }) => samples.histograms[first] ?? samples.values[first],
        isNameKept: true,
      },
    ],
    [
      "idelta",
      {
        minSamples: 2,
        ofFloats: instantDelta,
        ofHistograms: (window) => instantaneous(window, "idelta", window.reporter),
      },
    ],
    [
      "increase",
      { ...extrapolatedOf("increase", (window) => extrapolatedChange(window, true)), isForCounters: true },
    ],
    [
      "irate",
      {
        minSamples: 2,
        ofFloats: instantRate,
        ofHistograms: (window) => instantaneous(window, "irate", window.reporter),
      },
    ],
    [
      "last_over_time",
      {
        minSamples: 1,
        ofFloats: ({ values, end }) => values[end - 1]!,
        ofHistograms: lastOf,
        isNameKept: true,
      },
    ],
    ["mad_over_time", ofFloatsAlone(medianDeviation)],
    ["max_over_time", ofFloatsAlone(maxOverTime)],
    ["min_over_time", ofFloatsAlone(minOverTime)],
    ["predict_linear", ofFloatsAlone(prediction, 2)],
    ["present_over_time", { minSamples: 1, ofFloats: () => 1, ofHistograms: () => 1 }],
    ["quantile_over_time", ofFloatsAlone(quantileOverTime)],
    ["rate", { ...extrapolatedOf("rate", rate), isForCounters: true }],
    ["resets", { minSamples: 1, ...resets, ofHistograms: resetsOf }],
    ["stddev_over_time", ofFloatsAlone(deviationOverTime)],
    ["stdvar_over_time", ofFloatsAlone(varianceOverTime)],
    [
      "sum_over_time",
      {
        minSamples: 1,
        ...sumOverTime,
        ofHistograms: (window) => sumOfHistograms(window, window.reporter),
      },
    ],
    [
      "ts_of_first_over_time",
      {
        minSamples: 1,
        ofFloats: ({ times, first }) => times[first]! / 1_000,
        ofHistograms: ({ samples, first }) => samples.times[first]! / 1_000,
      },
    ],
    [
      "ts_of_last_over_time",
      {
        minSamples: 1,
        ofFloats: ({ times, end }) => times[end - 1]! / 1_000,
        ofHistograms: ({ samples, end }) => samples.times[end - 1]! / 1_000,
      },
    ],
    ["ts_of_max_over_time", ofFloatsAlone(timeOfMax)],
    ["ts_of_min_over_time", ofFloatsAlone(timeOfMin)],
  ],
);

function extrapolatedOf(
  kind: "rate" | "increase" | "delta",
  ofFloats: (window: FloatWindow) => number,
): RangeFunction {
  return {
    minSamples: 2,
    ofFloats,
    ofHistograms: (window) => extrapolated(window, { ...window, kind }, window.reporter),
  };
}

// Histograms beside floats are ignored.
function ofFloatsAlone(operation: FoldedFunction, minSamples: 1 | 2 = 1): RangeFunction {
  return {
    minSamples,
    ...operation,
    ofHistograms: (window) => {
      const floats = window.floats();
      if (floats.end === 0) return undefined;
      window.reporter.annotate(annotations.histogramIgnoredInRange(window.reporter.metricName));
      return floats.end < minSamples ? undefined : operation.ofFloats(floats);
    },
  };
}

function lastOf({ samples, end }: HistogramWindow): number | NativeHistogram | undefined {
  return samples.histograms[end - 1] ?? samples.values[end - 1];
}
