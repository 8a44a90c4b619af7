import type { NativeHistogram } from "../native-histogram.ts";
import { ABSENT, type Frame } from "./frame.ts";
import type { Steps } from "./steps.ts";

/** Samples of one row, with their times in Unix milliseconds. */
export interface RowSamples {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly histograms: readonly (NativeHistogram | undefined)[] | undefined;
}

/** Converts a row of a frame to samples, without its absent cells. */
export function seriesOfRow(frame: Frame, row: number, { start, stepMillis }: Steps): RowSamples {
  const from = row * frame.steps;
  let count = 0;
  for (let cell = from; cell < from + frame.steps; cell++) if (frame.cells[cell] !== ABSENT) count++;
  const [times, values] = [new Float64Array(count), new Float64Array(count)];
  let histograms: (NativeHistogram | undefined)[] | undefined;
  let next = 0;
  for (let step = 0; step < frame.steps; step++) {
    if (frame.cells[from + step] === ABSENT) continue;
    times[next] = start + step * stepMillis;
    const histogram = frame.histogram(row, step);
    values[next] = histogram === undefined ? frame.values[from + step]! : Number.NaN;
    if (histogram !== undefined)
      (histograms ??= Array.from({ length: count }, () => undefined))[next] = histogram;
    next++;
  }
  return { times, values, histograms };
}
