// The series of a source, with their points.
import { Slices } from "../../io/yield.ts";
import type { Labels, SampleSeries, Selection, Source } from "../../query/source.ts";
import { pointsOf, type Points } from "./points.ts";

/** A series with its points. A histogram is one series: its values are its counts, `sums` its sums. */
export interface LoadedSeries {
  readonly name: string;
  /** Without the name. */
  readonly labels: Labels;
  readonly points: Points;
  readonly sums?: Points;
}

/** Maximum number of series that are compared. Further ones are left out. */
const MAX_SERIES = 5_000;

/** A selection of all series. */
export interface LoadedSelection extends Omit<Selection, "matchers"> {
  /** Once it is aborted, further series are left out. Without any series, the loading rejects. */
  readonly late?: AbortSignal | undefined;
}

/** Loads all series of a range of time, without buckets. */
export async function loadSeries(
  source: Source,
  { from, to, signal, late }: LoadedSelection,
): Promise<readonly LoadedSeries[]> {
  const found: LoadedSeries[] = [];
  const ends = [signal, late].filter((each) => each !== undefined);
  try {
    await load(source, { from, to, signal: ends.length === 0 ? undefined : AbortSignal.any(ends) }, found);
  } catch (error) {
    if (late?.aborted !== true || signal?.aborted === true || found.length === 0) throw error;
  }
  return withHistograms(found);
}

async function load(
  source: Source,
  { from, to, signal }: LoadedSelection,
  found: LoadedSeries[],
): Promise<void> {
  const slices = new Slices();
  const matchers = [
    { label: "__name__", operator: "!=", value: "" },
    { label: "__name__", operator: "!~", value: ".+_bucket" },
  ] as const;
  for await (const series of source.select({ matchers, from, to, signal })) {
    signal?.throwIfAborted();
    await slices.next();
    const { __name__: name = "", ...labels } = series.labels;
    const loaded = histogramOf(name, labels, series, from, to) ?? {
      name,
      labels,
      points: pointsOf(series, from, to),
    };
    if (loaded.points.times.length > 0) found.push(loaded);
    if (found.length >= MAX_SERIES) break;
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
  const keyOf = ({ name, labels }: LoadedSeries, ending: string): string =>
    JSON.stringify([name.slice(0, -ending.length), labels]);
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
