import { isBeginning } from "../../query/from-zero.ts";
import type { NeededWindows, SampleSeries } from "../../query/source.ts";
import { touchesWindow } from "../../query/windows.ts";

/** Whether samples from `from` to `to` may be needed. */
export function isNeeded(needed: NeededWindows | undefined, from: number, to: number): boolean {
  return needed === undefined || to > needed.until || touchesWindow(needed, from, to);
}

/** Leaves out the samples that are not needed. */
export function withinWindows(series: SampleSeries, needed: NeededWindows | undefined): SampleSeries {
  if (needed === undefined || (needed.rangeMillis >= needed.apart && needed.count > 1)) return series;
  const { labels, times, values, histograms, stale } = series;
  const kept: number[] = [];
  for (let i = 0; i < times.length; i++)
    if (isNeeded(needed, times[i]!, times[i]!) || isBeginning(histograms?.[i]?.count ?? values[i]))
      kept.push(i);
  if (kept.length === times.length) return series;
  return {
    labels,
    times: Float64Array.from(kept, (i) => times[i]!),
    values: Float64Array.from(kept, (i) => values[i]!),
    ...(histograms !== undefined && { histograms: kept.map((i) => histograms[i]) }),
    ...(stale !== undefined && { stale: Uint8Array.from(kept, (i) => stale[i]!) }),
  };
}
