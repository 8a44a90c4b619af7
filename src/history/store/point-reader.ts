// Reading of blocks from chunks, heads and samples.
import { overlapping } from "../comparison.ts";
import { grouped } from "../../query/grouped.ts";
import { type Block, histogramBlock, inOrder, numberBlock, within } from "./block.ts";
import { boundsOf, unknownExtremes } from "./histogram-cells.ts";
import { SeriesLists } from "./chunk-listing.ts";
import type { SeriesToSumUp } from "./chunk-summary.ts";
import { gatherPoints, readableFrom } from "./sealing.ts";
import type { SeriesKind, StoredLayout } from "./series-catalog.ts";
import type { Tables } from "./tables.ts";

interface Portion {
  // Chunks have series `low` to `high` of one metric, heads have any series.
  readonly metric: number | undefined;
  readonly low: number;
  readonly high: number;
  readonly from: number;
  readonly to: number;
  blocks(): Iterable<Block>;
}

/** A range of time, in Unix milliseconds. Points before `oldest` are expired. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
  readonly oldest: number;
}

/**
 * Iterates over all blocks of the series with points from `from` to `to`. The blocks of a series are in order of time, and
 * have no expired points.
 */
export function* batches(
  tables: Tables,
  series: readonly number[],
  range: BlockRange,
): Generator<Iterable<Block>> {
  yield* collected(tables, series, range);
  const { to, oldest } = range;
  for (const id of series)
    if (tables.catalog.kindOf(id)?.maySample === true)
      yield* tables.samples.read(id, Math.max(range.from, oldest), to);
}

/** The same without samples. */
export function* collected(
  tables: Tables,
  series: readonly number[],
  { from: asked, to, oldest }: BlockRange,
): Generator<Iterable<Block>> {
  const from = Math.max(asked, oldest);
  // Found once for all portions: a question may read a million blocks.
  const kinds = new Map<number, SeriesKind>();
  for (const id of series) {
    const kind = tables.catalog.kindOf(id);
    if (kind !== undefined) kinds.set(id, kind);
  }
  // Chunks are in order of sealing; heads are later than all chunks.
  const portions = [...chunkPortions(tables, kinds, from, to), ...headPortions(tables, kinds, from, to)];
  for (const together of overlapping(portions)) {
    const isExpiring = together.some((portion) => portion.from < oldest);
    for (const blocks of isOfOthers(together) ? separate(together) : untangled(together))
      yield isExpiring ? [...blocks].flatMap((block) => within(block, oldest, Infinity) ?? []) : blocks;
  }
}

function chunkPortions(
  { chunks }: Tables,
  kinds: ReadonlyMap<number, SeriesKind>,
  from: number,
  to: number,
): Portion[] {
  const lists = new SeriesLists(kinds);
  const ranges = new Map<number, { low: number; high: number }>();
  for (const [id, { metric }] of kinds) {
    const range = ranges.get(metric);
    if (range === undefined) ranges.set(metric, { low: id, high: id });
    else {
      range.low = Math.min(range.low, id);
      range.high = Math.max(range.high, id);
    }
  }
  return [...ranges]
    .flatMap(([metric, { low, high }]) =>
      chunks.places(metric, from, to, low, high).map(({ id, first, last, low: least, high: most }) => ({
        id,
        metric,
        low: least,
        high: most,
        from: first,
        to: last,
        blocks: () => chunks.blocks(id, lists),
      })),
    )
    .toSorted((a, b) => a.id - b.id);
}

function headPortions(
  { heads, unreadable }: Tables,
  kinds: ReadonlyMap<number, SeriesKind>,
  from: number,
  to: number,
): Portion[] {
  return heads
    .buckets()
    .filter(({ first, last }) => last >= from && first <= to)
    .map((bucket) => ({
      metric: undefined,
      low: 0,
      high: 0,
      from: bucket.first,
      to: bucket.last,
      blocks: () =>
        gatherPoints(heads.readableHeadsOf(bucket), kinds).flatMap((points) => {
          const kind = kinds.get(points.series);
          if (kind === undefined) return [];
          const read = readableFrom(points, kind.layout, unreadable);
          return read === undefined ? [] : blockOf(read, kind.layout);
        }),
    }));
}

function isOfOthers(portions: readonly Portion[]): boolean {
  if (portions.length === 1) return true;
  if (portions.some(({ metric }) => metric === undefined)) return false;
  const sorted = portions.toSorted((a, b) => a.metric! - b.metric! || a.low - b.low);
  return sorted.every(({ metric, high }, i) => {
    const next = sorted[i + 1];
    return next === undefined || next.metric !== metric || next.low > high;
  });
}

function* separate(portions: readonly Portion[]): Generator<Iterable<Block>> {
  for (const portion of portions) yield portion.blocks();
}

// Series by series, so that a reader can stop between two of them.
function* untangled(portions: readonly Portion[]): Generator<Block[]> {
  const blocks = portions.flatMap((portion) => [...portion.blocks()]);
  for (const ofSeries of grouped(blocks, ({ series }) => series).values()) yield inOrder(ofSeries);
}

function blockOf({ series, times, rows, exponential, extremes }: SeriesToSumUp, layout: StoredLayout): Block {
  if (layout.kind === "number") return numberBlock(series, times, rows);
  const bounds = layout.kind === "buckets" ? layout.bounds : boundsOf(exponential);
  return histogramBlock(series, {
    times,
    bounds,
    exponential,
    rows,
    extremes: extremes ?? unknownExtremes(times.length),
  });
}
