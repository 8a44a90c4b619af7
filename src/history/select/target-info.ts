// Resources of stored series as `target_info`.
import { labelsTest } from "../../query/evaluation/matchers.ts";
import type { SampleSeries } from "../../query/source.ts";
import { grouped } from "../grouped.ts";
import type { Store } from "../store/index.ts";
import type { StoredSeries } from "../store/stored.ts";
import type { TimeRange } from "./lane-samples.ts";
import { NAME_LABEL, nameTest, type ViewedMatchers } from "./matching-metrics.ts";
import { sortedLabels, StoredNames } from "./stored-names.ts";

const TARGET_INFO = "target_info";

/** A series of value 1 for each selected resource, with a sample for each of its collections. */
export function targetInfo(
  store: Store,
  { matchers, from, to, view = {} }: ViewedMatchers & TimeRange,
): readonly Omit<SampleSeries, "stale">[] {
  const names = new StoredNames(view.translation);
  if (!names.hasTargetInfo || !nameTest(matchers)(TARGET_INFO)) return [];
  const isWanted = labelsTest(matchers);
  const all = store.metrics().flatMap(({ id }) => store.series(id));
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

// A cumulative series has a point in each collection until its process ends. So the oldest one has the times of a process,
// and the next one that begins after its end has those of the next process.
function timesOfCollections(
  store: Store,
  series: readonly StoredSeries[],
  from: number,
  to: number,
): Float64Array {
  const cumulative = series.filter(({ startTimeUnixMillis }) => startTimeUnixMillis > 0);
  const times = new Set<number>();
  let end = -Infinity;
  for (const { id, startTimeUnixMillis } of cumulative.toSorted(
    (a, b) => a.startTimeUnixMillis - b.startTimeUnixMillis,
  )) {
    if (startTimeUnixMillis <= end) continue;
    for (const block of store.collected([id], from, to)) {
      for (const time of block.times()) if (time >= from && time <= to) times.add(time);
      end = Math.max(end, block.to);
    }
  }
  if (cumulative.length === 0) {
    const ids = series.map(({ id }) => id);
    for (const block of store.collected(ids, from, to))
      for (const time of block.times()) if (time >= from && time <= to) times.add(time);
  }
  return Float64Array.from(times).toSorted();
}
