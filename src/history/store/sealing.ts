// Heads become chunks.
import type { ChunkTable } from "./chunk-table.ts";
import type { SeriesToSumUp } from "./chunk-summary.ts";
import { denseRows } from "./dense-histograms.ts";
import { extremesAtEnds, rowsAndExtremes } from "./extremes.ts";
import { gatherPoints, type SeriesPoints } from "./gathered-points.ts";
import type { HeadBucket, HeadTable } from "./head-table.ts";
import type { SeriesCatalog, SeriesKind } from "./series-catalog.ts";

// Cells that a chunk's series have together at one time: enough to make a chunk's own costs small, few enough that whoever
// wants one series does not read much of others.
const CELLS_PER_CHUNK = 128;

/** Thrown where sealing was given up: the transaction is to be rolled back. */
export class SealingGivenUp extends Error {
  override readonly name = "SealingGivenUp";
}

/**
 * Puts the points of a bucket's heads into chunks, in the caller's transaction. Answers how many were duplicates.
 *
 * @param isEnding asked before each chunk: many series take seconds.
 * @throws SealingGivenUp once it says yes.
 */
export function seal(
  bucket: HeadBucket,
  { heads, chunks, catalog }: { heads: HeadTable; chunks: ChunkTable; catalog: SeriesCatalog },
  isEnding: () => boolean,
): number {
  const { series, duplicates } = gatherPoints(heads.headsOf(bucket));
  const byMetric = new Map<number, SeriesToSumUp[]>();
  for (const points of series.toSorted((a, b) => a.series - b.series)) {
    const kind = catalog.kindOf(points.series);
    // Of a process that was stopped for longer than anything is kept.
    if (kind === undefined) continue;
    catalog.mark(points.series, points.times.at(-1)!);
    const ofMetric = byMetric.get(kind.metric);
    if (ofMetric === undefined) byMetric.set(kind.metric, [seriesFrom(points, kind)]);
    else ofMetric.push(seriesFrom(points, kind));
  }
  for (const [metric, all] of byMetric) {
    for (const group of groupsOf(all)) {
      if (isEnding()) throw new SealingGivenUp();
      chunks.add(metric, group);
    }
  }
  heads.remove(bucket);
  return duplicates;
}

function seriesFrom({ series, times, cells, widths }: SeriesPoints, { layout }: SeriesKind): SeriesToSumUp {
  switch (layout.kind) {
    case "number":
      return { series, times, rows: cells };
    case "buckets": {
      const { rows, extremes } = rowsAndExtremes(cells, widths, layout);
      return { series, times, rows, histogramWidth: layout.bounds.length + 2, extremes };
    }
    case "exponential": {
      const { buckets, rows } = denseRows(cells, widths);
      const extremes = layout.hasMinMax === true ? extremesAtEnds(cells, widths) : undefined;
      return {
        series,
        times,
        rows,
        histogramWidth: rows.length / times.length,
        extremes,
        exponential: buckets,
      };
    }
    default:
      return layout satisfies never;
  }
}

function groupsOf(series: readonly SeriesToSumUp[]): SeriesToSumUp[][] {
  const groups: SeriesToSumUp[][] = [];
  let cells = Infinity;
  for (const each of series) {
    // The cells of a histogram take less than half a number's room.
    cells += each.histogramWidth === undefined ? 1 : each.histogramWidth / 4;
    if (cells > CELLS_PER_CHUNK) {
      groups.push([]);
      cells = 0;
    }
    groups.at(-1)!.push(each);
  }
  return groups;
}
