import { firstAfter } from "./evaluation/sample-search.ts";
import { isBeginning } from "./from-zero.ts";
import type { SampleSeries } from "./source.ts";

/** Place at which newer samples of a series continue older ones. */
export interface SplicePoint {
  /** Number of older samples that are kept. */
  readonly kept: number;
  /** Index of the first newer sample that is added. */
  readonly first: number;
}

/**
 * The older samples before `until`, by default the first newer sample, and the newer ones after the last of them. The 0 with
 * which the newer series began does not count as a sample, so older ones after it stay. A stale marker at the end of the
 * older ones is left out if the newer ones continue the series before it.
 */
export function splicePointOf(
  { times, stale }: Pick<SampleSeries, "times" | "stale">,
  newer: SampleSeries,
  until: number = firstSampleOf(newer),
): SplicePoint {
  const before = firstAfter(times, until - 1);
  const isEnded = stale?.[before - 1] === 1;
  const first = firstAfter(newer.times, times[before - (isEnded ? 2 : 1)] ?? -Infinity);
  const isContinued = isEnded && times[before - 1]! >= (newer.times[first] ?? Infinity);
  return { kept: before - (isContinued ? 1 : 0), first };
}

function firstSampleOf({ times, values, histograms }: SampleSeries): number {
  const isBegun = isBeginning(histograms?.[0]?.count ?? values[0]);
  return times[isBegun ? 1 : 0] ?? Infinity;
}
