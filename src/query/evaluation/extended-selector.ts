// `smoothed` instant selectors: values between the samples before and after the time.
import { annotations } from "../annotations.ts";
import type { Selector } from "../expression.ts";
import { interpolated, interpolatedHistogram } from "../histograms/interpolated.ts";
import { hasCustomBuckets } from "../histograms/bucket-bounds.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { Frame } from "./frame.ts";
import type { RangeSeries } from "./loaded-series.ts";
import { firstAfter } from "./sample-search.ts";
import { atOf } from "./spans.ts";

/** Evaluates a `smoothed` selector. Without a later sample, the value is that of the last one within the look-back. */
export function* smoothedSelector(selector: Selector, evaluation: Evaluation): Pieces<Frame> {
  const { steps, work, lookbackMillis } = evaluation;
  const series = yield* evaluation.loaded.of(selector);
  work.reserve(series.length * steps.count);
  const frame = new Frame(
    series.map(({ labels }) => labels),
    steps.count,
  );
  const at = atOf(selector, evaluation);
  for (const [row, { range }] of series.entries())
    for (let step = 0; step < steps.count; step++) {
      const time = (at ?? steps.start + step * steps.stepMillis) - selector.offsetMillis;
      const first = firstAfter(range.times, time - lookbackMillis);
      const end = firstAfter(range.times, time + lookbackMillis);
      if (end > first) setValue(frame, row, step, { range, first, end, time }, selector, evaluation);
      if (work.spend(50)) yield;
    }
  return frame;
}

interface Place {
  readonly range: RangeSeries;
  readonly first: number;
  readonly end: number;
  readonly time: number;
}

function setValue(
  frame: Frame,
  row: number,
  step: number,
  { range, first, end, time }: Place,
  selector: Selector,
  { annotations: found }: Evaluation,
): void {
  const { times, values, samples } = range;
  const metricName = range.labels.get("__name__");
  const kinds = samples?.has(first, end) ?? "floats";
  if (kinds === "both") {
    found.add(annotations.mixedFloatsAndHistograms(metricName), selector);
    return;
  }
  const next = firstAfter(times, time - 1);
  const [now, before] = [next < end ? next : undefined, next > first ? next - 1 : undefined];
  const isExact = now !== undefined && times[now] === time;
  if (!isExact && before === undefined) return;
  const lower = isExact ? now : before!;
  const upper = now ?? lower;
  if (kinds === "floats") {
    const at = (i: number): { readonly time: number; readonly value: number } => ({
      time: times[i]!,
      value: values[i]!,
    });
    frame.setFloat(
      row,
      step,
      upper === lower ? values[lower]! : interpolated(at(lower), at(upper), time, false),
    );
    return;
  }
  const [histogram, later] = [samples!.histograms[lower]!, samples!.histograms[upper]!];
  if (upper === lower) {
    frame.setHistogram(row, step, isExact ? histogram : { ...histogram, resetHint: "unknown" });
    return;
  }
  if (hasCustomBuckets(histogram) !== hasCustomBuckets(later)) {
    found.add(annotations.mixedSchemas(metricName), selector);
    return;
  }
  const value = interpolatedHistogram(
    { time: times[lower]!, histogram },
    { time: times[upper]!, histogram: later },
    time,
    histogram.resetHint !== "gauge" || later.resetHint !== "gauge",
    found.reporter(metricName, selector),
  );
  if (value !== undefined) frame.setHistogram(row, step, value);
}
