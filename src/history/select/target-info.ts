// Resources of stored series as `target_info`.
import { labelsTest } from "../../query/evaluation/matchers.ts";
import type { SampleSeries } from "../../query/source.ts";
import { grouped } from "../../query/grouped.ts";
import type { Block } from "../store/block.ts";
import type { Store } from "../store/index.ts";
import type { StoredSeries } from "../store/stored.ts";
import type { TimeRange } from "./lane-samples.ts";
import { NAME_LABEL, nameTest, type ViewedMatchers } from "./matching-metrics.ts";
import { isOfRules, sortedLabels, StoredNames } from "./stored-names.ts";

const TARGET_INFO = "target_info";

/** A series of value 1 for each selected resource, with a sample for each of its collections. */
export function targetInfo(
  store: Store,
  { matchers, from, to, view = {} }: ViewedMatchers & TimeRange,
): readonly Omit<SampleSeries, "stale">[] {
  const names = new StoredNames(view.translation);
  if (!names.hasTargetInfo || !nameTest(matchers)(TARGET_INFO)) return [];
  const isWanted = labelsTest(matchers);
  const all = store.metrics().flatMap((metric) => (isOfRules(metric) ? [] : store.series(metric.id)));
  const withResource = all.filter(({ resource }) => Object.keys(resource).length > 0);
  return [...grouped(withResource, ({ resource }) => JSON.stringify(resource)).values()].flatMap((series) => {
    const labels = sortedLabels({
      ...names.infoLabels(series[0]?.resource ?? {}),
      [NAME_LABEL]: TARGET_INFO,
    });
    if (!isWanted(labels)) return [];
    const times = timesOfCollections(store, series, from, to);
    return times.length === 0 ? [] : [{ labels, times, values: new Float64Array(times.length).fill(1) }];
  });
}

// A cumulative series has a point in each collection until it or its process ends. So one of them has the times up to its
// end, and another one those after it. Gauges may be missing in a collection.
function timesOfCollections(
  store: Store,
  series: readonly StoredSeries[],
  from: number,
  to: number,
): Float64Array {
  const times = new Set<number>();
  const addTimes = (block: Block): void => {
    for (const time of block.times()) if (time >= from && time <= to) times.add(time);
  };
  const inOrder = series.toSorted((a, b) => a.startTimeUnixMillis - b.startTimeUnixMillis);
  const cumulative = inOrder.filter(({ startTimeUnixMillis }) => startTimeUnixMillis > 0);
  if (cumulative.length === 0) {
    for (const block of store.collected(idsOf(series), from, to)) addTimes(block);
  }
  let since = from;
  // The range may have no end.
  while (since <= to && since < Infinity) {
    const begun = cumulative.filter(({ startTimeUnixMillis }) => startTimeUnixMillis <= since);
    const nextStart = cumulative[begun.length]?.startTimeUnixMillis ?? Infinity;
    const found = seriesBetween(store, begun, since, Math.min(to, nextStart - 1));
    if (found === undefined) since = nextStart;
    else
      for (const block of store.collected([found], since, to)) {
        addTimes(block);
        since = Math.max(since, block.to + 1);
      }
  }
  return Float64Array.from(times).toSorted();
}

function seriesBetween(
  store: Store,
  series: readonly StoredSeries[],
  since: number,
  until: number,
): number | undefined {
  for (const block of store.collected(idsOf(series), since, until))
    if (block.to >= since && block.from <= until) return block.series;
  return undefined;
}

function idsOf(series: readonly StoredSeries[]): readonly number[] {
  return series.map(({ id }) => id);
}
