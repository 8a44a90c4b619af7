// Selected series in few buffers, which are transferred to the thread of the caller.
import type { WindowedSeries } from "../../query/windowed-series.ts";
import type { NativeHistogram } from "../../query/native-histogram.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { Labels, SampleSeries } from "../../query/source.ts";
import type { Selected } from "./select.ts";

/** Series one after another. */
export interface PackedSelection {
  readonly problem?: string;
  readonly labels: PackedLabels;
  /** The end of each series' samples. */
  readonly ends: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly stale: Uint8Array;
  /** By series. */
  readonly histograms: readonly (readonly (NativeHistogram | undefined)[] | undefined)[];
  readonly windows: PackedWindows;
}

/** Labels as one text, which arrives at once. Many objects would be made in one turn of the event loop. */
export interface PackedLabels {
  /** In JSON, set after set. */
  readonly text: string;
  /** The end of each set. */
  readonly ends: Uint32Array;
}

/** Values of windows, series after series. */
interface PackedWindows {
  /** The end of each series' windows. */
  readonly ends: Float64Array;
  readonly values: Float64Array;
  readonly cells: Uint8Array;
}

export function packedSelection({ problem, series }: Selected): PackedSelection {
  const ends = endsOf(series, ({ samples }) => samples?.times.length ?? 0);
  const total = ends.at(-1) ?? 0;
  const [times, values, stale] = [new Float64Array(total), new Float64Array(total), new Uint8Array(total)];
  for (const [i, { samples }] of series.entries()) {
    const start = ends[i - 1] ?? 0;
    if (samples === undefined) continue;
    times.set(samples.times, start);
    values.set(samples.values, start);
    if (samples.stale !== undefined) stale.set(samples.stale, start);
  }
  return {
    ...(problem !== undefined && { problem }),
    labels: packedLabels(series.map(({ labels }) => labels)),
    ends,
    times,
    values,
    stale,
    histograms: series.map(({ samples }) => samples?.histograms),
    windows: packedWindows(series),
  };
}

export function packedLabels(labels: readonly Labels[]): PackedLabels {
  const texts = labels.map((each) => labelsKey(each));
  let end = 0;
  return { text: texts.join(""), ends: Uint32Array.from(texts, ({ length }) => (end += length)) };
}

/** The labels again, made one by one. */
export function* unpackedLabels({ text, ends }: PackedLabels): Generator<Labels> {
  let start = 0;
  for (const end of ends) {
    const labels: Labels = JSON.parse(text.slice(start, end));
    yield labels;
    start = end;
  }
}

function packedWindows(series: readonly WindowedSeries[]): PackedWindows {
  const ends = endsOf(series, ({ values }) => values.length);
  const total = ends.at(-1) ?? 0;
  const [all, cells] = [new Float64Array(total), new Uint8Array(total)];
  for (const [i, each] of series.entries()) {
    all.set(each.values, ends[i - 1] ?? 0);
    cells.set(each.cells, ends[i - 1] ?? 0);
  }
  return { ends, values: all, cells };
}

function endsOf(series: readonly WindowedSeries[], sizeOf: (series: WindowedSeries) => number): Float64Array {
  let end = 0;
  return Float64Array.from(series, (each) => (end += sizeOf(each)));
}

/** Buffers to transfer. */
export function selectionBuffers({ ends, times, values, stale, windows }: PackedSelection): ArrayBuffer[] {
  return [ends, times, values, stale, windows.ends, windows.values, windows.cells].flatMap(({ buffer }) =>
    buffer instanceof ArrayBuffer ? buffer : [],
  );
}

/** The samples again; they share the buffers. */
export function* unpackedSelection(packed: PackedSelection): Generator<SampleSeries> {
  let i = 0;
  for (const labels of unpackedLabels(packed.labels)) yield samplesAt(packed, i++, labels);
}

/** The values of windows again, and the samples; they share the buffers. */
export function* unpackedWindows(packed: PackedSelection): Generator<WindowedSeries> {
  const { ends, values, cells } = packed.windows;
  let i = 0;
  for (const labels of unpackedLabels(packed.labels)) {
    const [start, end] = [ends[i - 1] ?? 0, ends[i]!];
    yield {
      labels,
      values: values.subarray(start, end),
      cells: cells.subarray(start, end),
      samples: end > start && isWithoutSamples(packed, i) ? undefined : samplesAt(packed, i, labels),
    };
    i++;
  }
}

function isWithoutSamples({ ends }: PackedSelection, i: number): boolean {
  return ends[i] === (ends[i - 1] ?? 0);
}

function samplesAt(
  { ends, times, values, stale, histograms }: PackedSelection,
  i: number,
  labels: Labels,
): SampleSeries {
  const [start, end] = [ends[i - 1] ?? 0, ends[i]!];
  const own = histograms[i];
  const markers = stale.subarray(start, end);
  return {
    labels,
    times: times.subarray(start, end),
    values: values.subarray(start, end),
    ...(own !== undefined && { histograms: own }),
    ...(markers.includes(1) && { stale: markers }),
  };
}
