// Functions over `anchored` and `smoothed` ranges: their bounds have the values of the samples beside them, or values between
// these, so that nothing is extrapolated.
import { annotations, type Reporter } from "../annotations.ts";
import type { Selector } from "../expression.ts";
import type { FunctionName } from "../function-signatures.ts";
import { extendedChange, type HistogramPoint, interpolated } from "../histograms/interpolated.ts";
import { Samples } from "../histograms/samples.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { QueryError } from "../query-error.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { Frame } from "./frame.ts";
import type { RangeSeries } from "./loaded-series.ts";
import type { Ranges } from "./range-call.ts";
import { firstAfter } from "./sample-search.ts";
import { droppedNames } from "./unique-rows.ts";

type Extension = NonNullable<Selector["extension"]>;

// In the order of messages.
const FUNCTIONS = {
  anchored: ["changes", "delta", "increase", "rate", "resets"],
  smoothed: ["delta", "increase", "rate"],
} as const satisfies Record<Extension, readonly FunctionName[]>;

/** A range of one series: samples from index `first` to before `end`, of which `first` may be before the range. */
interface ExtendedWindow {
  readonly series: RangeSeries;
  readonly first: number;
  readonly end: number;
  readonly rangeStart: number;
  readonly rangeEnd: number;
}

/** Evaluates a function over extended ranges. */
export function* evaluateExtended(
  name: FunctionName,
  ranges: Ranges,
  extension: Extension,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { series, firstEnd, apart, rangeMillis, place } = ranges;
  const { steps, work, lookbackMillis, annotations: found } = evaluation;
  const names: readonly FunctionName[] = FUNCTIONS[extension];
  if (!names.includes(name))
    throw new QueryError(
      "execution",
      `${extension} modifier can only be used with: ${names.join(", ")} - not with ${name}`,
    );
  work.reserve(series.length * steps.count);
  const frame = new Frame(
    series.map(({ labels }) => labels),
    steps.count,
  );
  for (const [row, each] of series.entries()) {
    const reporter = found.reporter(each.labels.get("__name__"), place);
    for (let step = 0; step < steps.count; step++) {
      const rangeEnd = firstEnd + step * apart;
      const rangeStart = rangeEnd - rangeMillis;
      const window = {
        series: each,
        first: firstAfter(each.times, rangeStart - lookbackMillis),
        end: firstAfter(each.times, extension === "smoothed" ? rangeEnd + lookbackMillis : rangeEnd),
        rangeStart,
        rangeEnd,
      };
      const value = window.end > window.first ? valueOf(name, window, extension, reporter) : undefined;
      if (typeof value === "number") frame.setFloat(row, step, value);
      else if (value !== undefined) frame.setHistogram(row, step, value);
      if (work.spend(50 + window.end - window.first)) yield;
    }
    work.reserve(frame.size);
  }
  return yield* droppedNames(frame, work, true);
}

function valueOf(
  name: FunctionName,
  window: ExtendedWindow,
  extension: Extension,
  reporter: Reporter,
): number | NativeHistogram | undefined {
  const { series, rangeStart, rangeEnd } = window;
  if (name === "changes" || name === "resets") return countOf(name, window);
  const isSmoothed = extension === "smoothed";
  const isCounter = name !== "delta";
  const seconds = name === "rate" ? (rangeEnd - rangeStart) / 1_000 : 1;
  const kinds = series.samples?.has(window.first, window.end) ?? "floats";
  if (kinds === "both") {
    reporter.annotate(annotations.mixedFloatsAndHistograms(reporter.metricName));
    return undefined;
  }
  const bounds = boundsOf(window, isSmoothed);
  if (bounds === undefined) return undefined;
  if (kinds === "floats") return changeOf({ ...window, ...bounds }, isSmoothed, isCounter) / seconds;
  const points: HistogramPoint[] = [];
  for (let i = bounds.first; i < bounds.end; i++)
    points.push({ time: series.times[i]!, histogram: series.samples!.histograms[i]! });
  const change = extendedChange({ points, rangeStart, rangeEnd, isSmoothed, isCounter }, reporter);
  change?.divide(seconds);
  return change?.result();
}

// The first sample is the last one up to the start. The last sample is the last one within; with `isSmoothed` the first one
// from the end on. `undefined` if nothing is within.
function boundsOf(
  { series, first, end, rangeStart, rangeEnd }: ExtendedWindow,
  isSmoothed: boolean,
): Pick<ExtendedWindow, "first" | "end"> | undefined {
  const { times } = series;
  const from = Math.max(first, Math.min(firstAfter(times, rangeStart), end - 1) - 1);
  const last = isSmoothed ? Math.min(firstAfter(times, rangeEnd - 1), end - 1) : end - 1;
  const isOutside = times[last]! <= rangeStart || (isSmoothed && times[from]! > rangeEnd);
  return isOutside ? undefined : { first: from, end: last + 1 };
}

function changeOf(window: ExtendedWindow, isSmoothed: boolean, isCounter: boolean): number {
  const { left, right, from, to } = edgesOf(window, isSmoothed, isCounter);
  let change = right - left;
  if (!isCounter) return change;
  let before = left;
  for (let i = from; i <= to; i++) {
    // As Prometheus corrects: the value at the end comes after all samples.
    const now = i < to ? window.series.values[i]! : right;
    if (now < before) change += before;
    before = now;
  }
  return change;
}

/** Values at the bounds of a range, and the samples strictly between them, from `from` to before `to`. */
function edgesOf(
  { series, first, end, rangeStart, rangeEnd }: ExtendedWindow,
  isSmoothed: boolean,
  isCounter: boolean,
): { readonly left: number; readonly right: number; readonly from: number; readonly to: number } {
  const { times, values } = series;
  const last = end - 1;
  const at = (i: number): { readonly time: number; readonly value: number } => ({
    time: times[i]!,
    value: values[i]!,
  });
  const left =
    isSmoothed && times[first]! < rangeStart
      ? interpolated(at(first), at(first + 1), rangeStart, isCounter)
      : values[first]!;
  const right =
    isSmoothed && last > first && times[last]! > rangeEnd
      ? interpolated(at(last - 1), at(last), rangeEnd, isCounter)
      : values[last]!;
  return {
    left,
    right,
    from: times[first]! <= rangeStart ? first + 1 : first,
    to: times[last]! >= rangeEnd ? last : end,
  };
}

// With the last sample at the start or before it, if there are samples after the start.
function countOf(
  name: "changes" | "resets",
  { series, first, end, rangeStart }: ExtendedWindow,
): number | undefined {
  const after = Math.max(first, firstAfter(series.times, rangeStart));
  if (after >= end) return undefined;
  const { times, values } = series;
  const histograms = series.samples?.histograms ?? Array.from<undefined>({ length: times.length });
  const samples = series.samples ?? new Samples({ times, values, histograms });
  return samples[name](Math.max(first, after - 1), end);
}

/** The samples of an extended range as they are, with values at its bounds. `undefined` if nothing is within. */
export function extendedSamples(
  ranges: Ranges,
  series: RangeSeries,
  extension: Extension,
  { lookbackMillis }: Evaluation,
): { readonly times: Float64Array; readonly values: Float64Array } | undefined {
  const rangeEnd = ranges.firstEnd;
  const rangeStart = rangeEnd - ranges.rangeMillis;
  const isSmoothed = extension === "smoothed";
  const first = firstAfter(series.times, rangeStart - lookbackMillis);
  const end = firstAfter(series.times, isSmoothed ? rangeEnd + lookbackMillis : rangeEnd);
  if (end === first) return undefined;
  if (series.samples !== undefined && series.samples.has(first, end) !== "floats")
    throw new QueryError("execution", `${extension} modifier is not supported with histograms`);
  const window = { series, first, end, rangeStart, rangeEnd };
  const bounds = boundsOf(window, isSmoothed);
  if (bounds === undefined) return undefined;
  const { left, right, from, to } = edgesOf({ ...window, ...bounds }, isSmoothed, false);
  const [times, values] = [series.times.subarray(from, to), series.values.subarray(from, to)];
  return {
    times: between(rangeStart, times, rangeEnd),
    values: between(left, values, right),
  };
}

function between(first: number, all: Float64Array, last: number): Float64Array {
  const framed = new Float64Array(all.length + 2);
  framed[0] = first;
  framed.set(all, 1);
  framed[all.length + 1] = last;
  return framed;
}
