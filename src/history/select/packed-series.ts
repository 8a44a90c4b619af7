// Selected series in few buffers, which are transferred to the thread of the caller.
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { Labels, SampleSeries } from "../../query/source.ts";
import type { Selected } from "./select.ts";

/** Series one after another. */
export interface PackedSelection {
  readonly problem?: string;
  readonly labels: readonly Labels[];
  /** The end of each series' samples. */
  readonly ends: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly stale: Uint8Array;
  /** By series. */
  readonly histograms: readonly (readonly (NativeHistogram | undefined)[] | undefined)[];
}

export function packedSelection({ problem, series }: Selected): PackedSelection {
  const ends = new Float64Array(series.length);
  let total = 0;
  for (const [i, { times }] of series.entries()) ends[i] = total += times.length;
  const [times, values, stale] = [new Float64Array(total), new Float64Array(total), new Uint8Array(total)];
  for (const [i, each] of series.entries()) {
    const start = ends[i - 1] ?? 0;
    times.set(each.times, start);
    values.set(each.values, start);
    if (each.stale !== undefined) stale.set(each.stale, start);
  }
  return {
    ...(problem !== undefined && { problem }),
    labels: series.map(({ labels }) => labels),
    ends,
    times,
    values,
    stale,
    histograms: series.map(({ histograms }) => histograms),
  };
}

/** Buffers to transfer. */
export function selectionBuffers({ ends, times, values, stale }: PackedSelection): ArrayBuffer[] {
  return [ends, times, values, stale].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? buffer : []));
}

/** The series again; they share the buffers. */
export function* unpackedSelection(packed: PackedSelection): Generator<SampleSeries> {
  const { ends, times, values, stale } = packed;
  for (const [i, labels] of packed.labels.entries()) {
    const [start, end] = [ends[i - 1] ?? 0, ends[i]!];
    const histograms = packed.histograms[i];
    const markers = stale.subarray(start, end);
    yield {
      labels,
      times: times.subarray(start, end),
      values: values.subarray(start, end),
      ...(histograms !== undefined && { histograms }),
      ...(markers.includes(1) && { stale: markers }),
    };
  }
}
