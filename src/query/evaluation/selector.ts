import type { Selector } from "../expression.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { FLOAT, Frame } from "./frame.ts";
import { copyComputed } from "./loaded-series.ts";
import { SampleSearch } from "./sample-search.ts";
import { atOf } from "./spans.ts";

/**
 * Evaluates an instant selector: the last sample of each series within the look-back, unless the series has ended. With
 * `timesOnly`, the values are the times of the samples in seconds, as `timestamp()` needs them.
 */
export function* evaluateSelector(
  selector: Selector,
  evaluation: Evaluation,
  { timesOnly = false }: { readonly timesOnly?: boolean } = {},
): Pieces<Frame> {
  const { lookbackMillis, work, steps } = evaluation;
  const series = yield* evaluation.loaded.of(selector);
  const { count } = steps;
  work.reserve(series.length * count);
  const frame = new Frame(
    series.map(({ labels }) => labels),
    count,
  );
  const at = atOf(selector, evaluation);
  const first = (at ?? steps.start) - selector.offsetMillis;
  const search = new SampleSearch(first, at === undefined ? steps.stepMillis : 0, count);
  const windows = { firstEnd: first, apart: steps.stepMillis };
  for (const [row, { raw, computed }] of series.entries()) {
    const { times, values, stale, histograms } = raw;
    const firstStep = copyComputed(computed, frame, row, windows);
    if (firstStep === count) {
      if (work.spend(count)) yield;
      continue;
    }
    const after = search.after(times);
    for (let step = firstStep; step < count; step++) {
      const index = after[step]! - 1;
      if (index < 0 || times[index]! <= search.timeOf(step) - lookbackMillis || stale?.[index] === 1)
        continue;
      const histogram = timesOnly ? undefined : histograms?.[index];
      if (histogram !== undefined) frame.setHistogram(row, step, histogram);
      else {
        frame.values[row * count + step] = timesOnly ? times[index]! / 1_000 : values[index]!;
        frame.cells[row * count + step] = FLOAT;
      }
    }
    if (work.spend(count + 50)) yield;
  }
  return frame;
}
