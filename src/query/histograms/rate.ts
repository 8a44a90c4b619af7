// `rate`, `increase`, `delta`, `irate` and `idelta` of windows with native histograms.
import { annotations, type Reporter } from "../annotations.ts";
import { extrapolated as extrapolatedFloat } from "../evaluation/rates.ts";
import { isBeginning } from "../from-zero.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { hasCustomBuckets } from "./bucket-bounds.ts";
import { HistogramSum } from "./histogram-sum.ts";
import { NO_BUCKETS } from "./mutable-buckets.ts";
import type { Window } from "./samples.ts";

/** A function over a window, and the window's range in Unix milliseconds. */
export interface Extrapolation {
  readonly kind: "rate" | "increase" | "delta";
  readonly rangeStart: number;
  readonly rangeEnd: number;
  /** Whether the series may have a sample of its beginning. */
  readonly isFromZero?: boolean;
  /** Whether the rise is not extrapolated. */
  readonly isExact?: boolean;
}

/**
 * Rise within a window, extrapolated to its range unless it is exact. `undefined` if the window has less than two samples,
 * floats too, or layouts that cannot be combined.
 */
export function extrapolated(
  window: Window,
  { kind, rangeStart, rangeEnd, isFromZero = false, isExact = false }: Extrapolation,
  reporter: Reporter,
): NativeHistogram | undefined {
  const { samples, first, end } = window;
  const kinds = samples.has(first, end);
  if (kinds === "both") reporter.annotate(annotations.mixedFloatsAndHistograms(reporter.metricName));
  if (kinds !== "histograms" || end - first < 2) return undefined;
  const isRisen = kind === "delta" ? setDifference(window, reporter) : setIncrease(window, reporter);
  if (!isRisen) return undefined;
  const firstTime = samples.times[first]!;
  const lastTime = samples.times[end - 1]!;
  const isBegun = isFromZero && isBeginning(samples.histograms[first]?.count);
  const firstValue = samples.histograms[first]!.count;
  const seen = { firstValue, firstTime, lastTime, count: end - first, isBegun };
  const divisor = kind === "rate" ? (rangeEnd - rangeStart) / 1_000 : 1;
  const isCounter = kind !== "delta";
  const range = { rangeStart, rangeEnd };
  if (isExact) scratch.divide(divisor);
  else scratch.multiply(extrapolatedFloat(scratch.count, isCounter, seen, range, divisor, 1));
  scratch.resetHint = "gauge";
  return scratch.result();
}

/**
 * Difference of the last two samples of a window: per second for `irate`. A number if both are floats; `undefined` if there
 * is only one sample, or a float and a histogram, or layouts that cannot be combined.
 */
export function instantaneous(
  { samples, first, end }: Window,
  kind: "irate" | "idelta",
  reporter: Reporter,
): NativeHistogram | number | undefined {
  if (end - first < 2) return undefined;
  const [before, now] = [samples.histograms[end - 2], samples.histograms[end - 1]];
  const seconds = kind === "irate" ? (samples.times[end - 1]! - samples.times[end - 2]!) / 1000 : 1;
  const isReset = kind === "irate" && samples.resets(end - 2, end) > 0;
  if (before === undefined && now === undefined)
    return (samples.values[end - 1]! - (isReset ? 0 : samples.values[end - 2]!)) / seconds;
  if (before === undefined || now === undefined) {
    reporter.annotate(annotations.mixedFloatsAndHistograms(reporter.metricName));
    return undefined;
  }
  if (kind === "idelta") reportNotGauge(before, now, reporter);
  else reportNotCounter(before.resetHint === "gauge" || now.resetHint === "gauge", reporter);
  scratch.set(now);
  if (!isReset && !isSubtracted(before, reporter)) return undefined;
  if (kind === "irate") scratch.divide(seconds);
  scratch.resetHint = "gauge";
  return scratch.result();
}

// All functions here end before the next one uses it.
const scratch = new HistogramSum();

// Sets `scratch` to the difference of the last and the first sample; returns false if their layouts differ.
function setDifference({ samples, first, end }: Window, reporter: Reporter): boolean {
  const [before, now] = [samples.histograms[first]!, samples.histograms[end - 1]!];
  scratch.set(now, hasCustomBuckets(before) ? now.schema : before.schema);
  if (!isSubtracted(before, reporter)) return false;
  reportNotGauge(before, now, reporter);
  return true;
}

// Sets `scratch` to the increase from the first to the last sample, resets included; returns false if layouts differ.
function setIncrease({ samples, first, end }: Window, reporter: Reporter): boolean {
  const { histograms } = samples;
  // If a reset follows the first sample, the increase is all that came after: that sample's layout has no effect either.
  const isFirstLost = samples.resets(first, first + 2) > 0;
  const start = isFirstLost ? emptied(histograms[first + 1]!) : histograms[first]!;
  const last = histograms[end - 1]!;
  let { schema } = start;
  let hasGauge = false;
  if (!samples.isUniform(first, end)) {
    const isGauge = (i: number): boolean => histograms[i]?.resetHint === "gauge";
    hasGauge = isGauge(first) || isGauge(end - 1);
    if (hasCustomBuckets(last) !== hasCustomBuckets(start)) {
      reportNotCounter(hasGauge, reporter);
      return refuse(reporter);
    }
    for (let i = first + 1; i < end; i++) {
      if (hasCustomBuckets(histograms[i]!) !== hasCustomBuckets(start)) return refuse(reporter);
      schema = Math.min(schema, histograms[i]!.schema);
      hasGauge ||= isGauge(i);
    }
  }
  scratch.set(last, schema);
  if (!isSubtracted(start, reporter)) return false;
  let resets = samples.resets(first, end) - (isFirstLost ? 1 : 0);
  for (let i = isFirstLost ? first + 2 : first + 1; resets > 0; i++) {
    if (samples.resets(i - 1, i + 1) === 0) continue;
    resets--;
    const isReconciled = scratch.isReconciled;
    if (scratch.add(histograms[i - 1]!) !== undefined) return refuse(reporter);
    if (scratch.isReconciled && !isReconciled) reporter.annotate(annotations.reconciledBounds("addition"));
  }
  reportNotCounter(hasGauge, reporter);
  return true;
}

function isSubtracted(before: NativeHistogram, reporter: Reporter): boolean {
  if (scratch.subtract(before) !== undefined) return refuse(reporter);
  if (scratch.isReconciled) reporter.annotate(annotations.reconciledBounds("subtraction"));
  return true;
}

function reportNotCounter(hasGauge: boolean, { metricName, annotate }: Reporter): void {
  if (hasGauge) annotate(annotations.histogramNotCounter(metricName));
}

function reportNotGauge(
  { resetHint: before }: NativeHistogram,
  { resetHint: now }: NativeHistogram,
  { metricName, annotate }: Reporter,
): void {
  if (before !== "gauge" || now !== "gauge") annotate(annotations.histogramNotGauge(metricName));
}

function refuse({ metricName, annotate }: Reporter): false {
  annotate(annotations.mixedSchemas(metricName));
  return false;
}

function emptied({ schema, customBounds }: NativeHistogram): NativeHistogram {
  return {
    schema,
    customBounds,
    count: 0,
    sum: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: NO_BUCKETS,
    negative: NO_BUCKETS,
    resetHint: "unknown",
  };
}
