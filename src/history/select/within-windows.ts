import { isBeginning } from "../../query/from-zero.ts";
import type { NeededWindows, SampleSeries } from "../../query/source.ts";
import { cutsBetween, touchesWindow } from "../../query/windows.ts";
import type { Block } from "../store/block.ts";

/** Whether samples from `from` to `to` may be needed. */
export function isNeeded(needed: NeededWindows | undefined, from: number, to: number): boolean {
  return needed === undefined || to > needed.until || touchesWindow(needed, from, to);
}

/** Whether an exact increase needs more of a block than its ends, between which all values rise. */
export function isRiseNeeded(needed: NeededWindows | undefined, block: Block): boolean {
  const { from, to } = block;
  if (needed === undefined || to > needed.until || cutsBetween(needed, from, to)) return true;
  if (block.kind === "numbers") return !block.isRising;
  // A sum falls by negative values.
  return block.exponential !== undefined || block.isReset() || !(block.extremes().min >= 0);
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
