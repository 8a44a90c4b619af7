// Series that go on after the clock was set back, which makes another series of the same start in the store.
import { type Block, histogramBlock, numberBlock, rowWidth } from "../store/block.ts";
import { EXTREME_CELLS } from "../store/histogram-cells.ts";
import type { StoredSeries } from "../store/stored.ts";

export interface SeriesBlocks<Series extends StoredSeries> {
  readonly series: Series;
  readonly blocks: readonly Block[];
}

/** Each series once. If the clock was set back, later points replace those beyond that moment. `members` come by age. */
export function continued<Series extends StoredSeries>(
  members: readonly SeriesBlocks<Series>[],
): readonly SeriesBlocks<Series>[] {
  const found = new Map<string, SeriesBlocks<Series>>();
  for (const { series, blocks } of members) {
    const key = courseOf(series);
    const before = found.get(key)?.blocks.flatMap((block) => cutBefore(block, blocks[0]!.from) ?? []) ?? [];
    found.set(key, { series, blocks: [...before, ...blocks] });
  }
  return [...found.values()];
}

/** A key for series that continue each other. */
export function courseOf({ metric, attributes, resource, startTimeUnixMillis }: StoredSeries): string {
  return JSON.stringify([metric.id, attributes, resource, startTimeUnixMillis]);
}

function cutBefore(block: Block, end: number): Block | undefined {
  if (block.to < end) return block;
  if (block.from >= end) return undefined;
  const times = block.times();
  const kept = times.subarray(
    0,
    times.findIndex((time) => time >= end),
  );
  if (block.kind === "numbers")
    return numberBlock(block.series, kept, block.values().subarray(0, kept.length));
  const { series, bounds } = block;
  return histogramBlock(series, {
    times: kept,
    bounds,
    rows: block.rows().subarray(0, kept.length * rowWidth(bounds)),
    extremes: block.extremesOfRows().subarray(0, kept.length * EXTREME_CELLS),
  });
}

/** The value before a range, of the series or the one it continues; nothing if it began in the range. */
export type Before<T> = { readonly value: T; readonly isOwn: boolean } | "nothing" | "unknown";

/** The value from which each series' rise counts. A series that continues another one counts from that one's last value. */
export function* baselines<T>(
  series: readonly StoredSeries[],
  beforeOf: (series: StoredSeries) => Before<T>,
  valuesOf: (seriesId: number) => { readonly first: T; readonly last: T } | undefined,
): Iterable<{ readonly seriesId: number; readonly baseline: T | undefined }> {
  const latest = new Map<string, T>();
  for (const each of series) {
    const values = valuesOf(each.id);
    if (values === undefined) continue;
    const key = courseOf(each);
    yield { seriesId: each.id, baseline: baselineFrom(beforeOf(each), latest.get(key), values.first) };
    latest.set(key, values.last);
  }
}

function baselineFrom<T>(before: Before<T>, latest: T | undefined, first: T): T | undefined {
  if (typeof before === "object" && before.isOwn) return before.value;
  if (latest !== undefined) return latest;
  if (before === "nothing") return undefined;
  return before === "unknown" ? first : before.value;
}
