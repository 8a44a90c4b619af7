// Values between two samples of a series, and the changes of `anchored` and `smoothed` ranges with native histograms.
import { annotations, type Reporter } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { hasCustomBuckets } from "./bucket-bounds.ts";
import { HistogramSum } from "./histogram-sum.ts";
import { isReset } from "./is-reset.ts";

/** A sample with a native histogram. */
export interface HistogramPoint {
  readonly time: number;
  readonly histogram: NativeHistogram;
}

/** The value at a time between two samples. A counter that was reset rises from 0. */
export function interpolated(
  before: { readonly time: number; readonly value: number },
  after: { readonly time: number; readonly value: number },
  time: number,
  isCounter: boolean,
): number {
  const first = isCounter && after.value < before.value ? 0 : before.value;
  return first + ((after.value - first) * (time - before.time)) / (after.time - before.time);
}

/** The histogram at a time between two samples. `undefined` if their layouts cannot be combined. */
export function interpolatedHistogram(
  before: HistogramPoint,
  after: HistogramPoint,
  time: number,
  isCounter: boolean,
  reporter: Reporter,
): NativeHistogram | undefined {
  if (time === before.time) return before.histogram;
  if (time === after.time) return after.histogram;
  const fraction = (time - before.time) / (after.time - before.time);
  const sum = new HistogramSum();
  sum.set(after.histogram);
  if (!(isCounter && isReset(before.histogram, after.histogram))) {
    if (!combined(sum, before.histogram, -1, reporter)) return undefined;
    sum.multiply(fraction);
    if (!combined(sum, before.histogram, 1, reporter)) return undefined;
  } else sum.multiply(fraction);
  return sum.result();
}

/** A range, and the samples from the one that it begins with to the one that it ends with. */
export interface ExtendedRange {
  readonly points: readonly HistogramPoint[];
  readonly rangeStart: number;
  readonly rangeEnd: number;
  readonly isSmoothed: boolean;
  readonly isCounter: boolean;
}

/** The change of native histograms within a range. `undefined` if their layouts cannot be combined. */
export function extendedChange(range: ExtendedRange, reporter: Reporter): HistogramSum | undefined {
  const { points, rangeStart, rangeEnd, isSmoothed, isCounter } = range;
  const { metricName, annotate } = reporter;
  const [first, last] = [points[0]!, points.at(-1)!];
  const isCustom = hasCustomBuckets(first.histogram);
  for (const { histogram } of points) {
    if (hasCustomBuckets(histogram) !== isCustom) {
      annotate(annotations.mixedSchemas(metricName));
      return undefined;
    }
    if (isCounter && histogram.resetHint === "gauge") annotate(annotations.histogramNotCounter(metricName));
  }
  const [second, beforeLast] = [points[1], points.at(-2)];
  const isFirstBetween = isSmoothed && first.time < rangeStart && second !== undefined;
  const left = isFirstBetween
    ? interpolatedHistogram(first, second, rangeStart, isCounter, reporter)
    : first.histogram;
  const right =
    isSmoothed && last.time > rangeEnd && beforeLast !== undefined
      ? interpolatedHistogram(beforeLast, last, rangeEnd, isCounter, reporter)
      : last.histogram;
  if (left === undefined || right === undefined) return undefined;
  if (!isCounter && (left.resetHint !== "gauge" || right.resetHint !== "gauge"))
    annotate(annotations.histogramNotGauge(metricName));
  const change = new HistogramSum();
  change.set(right);
  if (!combined(change, left, -1, reporter)) return undefined;
  if (isCounter) {
    // The first interpolation may span a reset, which has been counted then.
    const isSpanned = isFirstBetween && isReset(first.histogram, second.histogram);
    let before = isSpanned ? second.histogram : left;
    const between = points.slice(isSpanned ? 2 : 1, -1).map(({ histogram }) => histogram);
    const isWhole = isSpanned && points.length === 2;
    for (const now of isWhole || points.length === 1 ? [] : [...between, right]) {
      if (isReset(before, now) && !combined(change, before, 1, reporter)) return undefined;
      before = now;
    }
  }
  change.resetHint = "gauge";
  return change;
}

function combined(
  sum: HistogramSum,
  histogram: NativeHistogram,
  sign: 1 | -1,
  { metricName, annotate }: Reporter,
): boolean {
  const wasReconciled = sum.isReconciled;
  const incompatibility = sign === 1 ? sum.add(histogram) : sum.subtract(histogram);
  if (incompatibility !== undefined) annotate(annotations.mixedSchemas(metricName));
  if (sum.isReconciled && !wasReconciled)
    annotate(annotations.reconciledBounds(sign === 1 ? "addition" : "subtraction"));
  return incompatibility === undefined;
}
