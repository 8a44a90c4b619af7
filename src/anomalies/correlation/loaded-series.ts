// The series of a source, with their points.
import { Slices } from "../../io/yield.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { Labels, Matcher, SampleSeries, Selection, Source } from "../../query/source.ts";
import { pointsOf, type Points } from "./points.ts";

/** A series with its points. A histogram is one series: its values are its counts, `sums` its sums. */
export interface LoadedSeries {
  readonly name: string;
  /** Without the name. */
  readonly labels: Labels;
  readonly points: Points;
  readonly sums?: Points;
}

const MAX_SERIES = 5_000;
const NO_BUCKETS: readonly Matcher[] = [
  { label: "__name__", operator: "!=", value: "" },
  { label: "__name__", operator: "!~", value: ".+_bucket" },
];

/** A selection of series. */
export interface LoadedSelection extends Omit<Selection, "matchers"> {
  /** Matchers of each group of series. A series of two groups is loaded once. @defaultValue all series */
  readonly groups?: readonly (readonly Matcher[])[];
  /** Maximum number of series. Further ones are left out. @defaultValue 5,000 */
  readonly maxSeries?: number;
  /** Once it is aborted, further series are left out. Without any series, the loading rejects. */
  readonly late?: AbortSignal | undefined;
}

/** Loads the series of a range of time, without buckets. */
export async function loadSeries(
  source: Source,
  { groups = [[]], maxSeries = MAX_SERIES, from, to, signal, late }: LoadedSelection,
): Promise<readonly LoadedSeries[]> {
  const found = new Map<string, LoadedSeries>();
  const ends = [signal, late].filter((each) => each !== undefined);
  const end = ends.length === 0 ? undefined : AbortSignal.any(ends);
  try {
    for (const matchers of groups) await load(source, { matchers, from, to, signal: end }, found, maxSeries);
  } catch (error) {
    if (late?.aborted !== true || signal?.aborted === true || found.size === 0) throw error;
  }
  return withHistograms([...found.values()]);
}

async function load(
  source: Source,
  { matchers, from, to, signal }: Selection,
  found: Map<string, LoadedSeries>,
  maxSeries: number,
): Promise<void> {
  if (found.size >= maxSeries) return;
  const slices = new Slices();
  for await (const series of source.select({ matchers: [...NO_BUCKETS, ...matchers], from, to, signal })) {
    signal?.throwIfAborted();
    await slices.next();
    const { __name__: name = "", ...labels } = series.labels;
    const loaded = histogramOf(name, labels, series, from, to) ?? {
      name,
      labels,
      points: pointsOf(series, from, to),
    };
    if (loaded.points.times.length > 0) found.set(labelsKey(series.labels), loaded);
    if (found.size >= maxSeries) break;
  }
}

function histogramOf(
  name: string,
  labels: Labels,
  { times, histograms, stale, labels: all }: SampleSeries,
  from: number,
  to: number,
): LoadedSeries | undefined {
  if (histograms === undefined) return undefined;
  const column = (of: "count" | "sum"): Points =>
    pointsOf(
      {
        labels: all,
        times,
        values: Float64Array.from(histograms, (each) => each?.[of] ?? Number.NaN),
        stale,
      },
      from,
      to,
    );
  return { name, labels, points: column("count"), sums: column("sum") };
}

// Joins `_count` and `_sum` of the same labels.
function withHistograms(found: readonly LoadedSeries[]): readonly LoadedSeries[] {
  const sums = new Map<string, LoadedSeries>();
  for (const series of found) if (series.name.endsWith("_sum")) sums.set(keyOf(series, "_sum"), series);
  if (sums.size === 0) return found;
  const joined: LoadedSeries[] = [];
  for (const series of found) {
    if (!series.name.endsWith("_count")) {
      joined.push(series);
      continue;
    }
    const key = keyOf(series, "_count");
    const sum = sums.get(key);
    sums.delete(key);
    const name = series.name.slice(0, -"_count".length);
    joined.push(sum === undefined ? series : { ...series, name, sums: sum.points });
  }
  const alone = new Set(sums.values());
  return joined.filter((series) => !series.name.endsWith("_sum") || alone.has(series));
}

// The series without the ending of its name.
function keyOf({ name, labels }: LoadedSeries, ending: "_sum" | "_count"): string {
  return JSON.stringify([name.slice(0, name.length - ending.length), labels]);
}

/** Milliseconds between the samples of a series; `undefined` if it has only one. */
export function intervalOf({ points: { times } }: LoadedSeries): number | undefined {
  return times.length > 1 ? (times.at(-1)! - times[0]!) / (times.length - 1) : undefined;
}
