// Sealing: the points of each series are extracted from collections and stored as chunks.
import { grouped } from "../../query/grouped.ts";
import { rowWidth } from "./block.ts";
import type { Head, HeadBucket, HeadTable, Roster } from "./head-table.ts";
import type { ChunkTable } from "./chunk-table.ts";
import type { SeriesToSumUp } from "./chunk-summary.ts";
import { denseRows, extremesAtEnds, isPoint, rowsAndExtremes } from "./histogram-cells.ts";
import type { SeriesCatalog, StoredLayout } from "./series-catalog.ts";
import type { Unreadable } from "./unreadable.ts";

export interface SeriesPoints {
  readonly series: number;
  /** One shared array for all series that are in all collections. */
  readonly times: Float64Array;
  readonly cells: Float64Array;
  readonly widths: Int32Array;
}

// Successive heads with the same roster.
interface Run {
  readonly heads: readonly Head[];
  readonly places: ReadonlyMap<number, CellPlace>;
  readonly at: number;
}

interface CellPlace {
  readonly offset: number;
  readonly width: number;
}

/** The points of each series; `wanted`: only those of its keys. */
export function gatherPoints(heads: readonly Head[], wanted?: ReadonlyMap<number, unknown>): SeriesPoints[] {
  // Sorting is stable, so heads with equal times stay in order of arrival.
  const inOrder = heads.toSorted((a, b) => a.time - b.time);
  const times = Float64Array.from(inOrder, ({ time }) => time);
  const hasRepeats = times.some((time, i) => time === times[i - 1]);
  const runs = runsOf(inOrder, wanted);
  const gathered = [...idsIn(runs)].map((series) => pointsOf(series, runs, times));
  return hasRepeats ? gathered.map(withoutRepeats) : gathered;
}

function runsOf(heads: readonly Head[], wanted: ReadonlyMap<number, unknown> | undefined): Run[] {
  const places = new Map<Roster, ReadonlyMap<number, CellPlace>>();
  const runs: { heads: Head[]; places: ReadonlyMap<number, CellPlace>; at: number }[] = [];
  heads.forEach((head, at) => {
    const found = places.get(head.roster) ?? placesIn(head.roster, wanted);
    places.set(head.roster, found);
    const latest = runs.at(-1);
    if (latest?.places === found) latest.heads.push(head);
    else runs.push({ heads: [head], places: found, at });
  });
  return runs;
}

function placesIn(
  { series, widths }: Roster,
  wanted: ReadonlyMap<number, unknown> | undefined,
): Map<number, CellPlace> {
  const places = new Map<number, CellPlace>();
  let offset = 0;
  for (let i = 0; i < series.length; i++) {
    const id = series[i]!;
    const width = widths[i]!;
    if (wanted === undefined || wanted.has(id)) places.set(id, { offset, width });
    offset += width;
  }
  return places;
}

function idsIn(runs: readonly Run[]): Set<number> {
  return new Set(runs.flatMap(({ places }) => [...places.keys()]));
}

function pointsOf(series: number, runs: readonly Run[], allTimes: Float64Array): SeriesPoints {
  let count = 0;
  let cellCount = 0;
  for (const { heads, places } of runs) {
    const place = places.get(series);
    if (place === undefined) continue;
    count += heads.length;
    cellCount += heads.length * place.width;
  }
  const times = count === allTimes.length ? allTimes : new Float64Array(count);
  const cells = new Float64Array(cellCount);
  const widths = new Int32Array(count);
  let point = 0;
  let cell = 0;
  for (const { heads, places, at } of runs) {
    const place = places.get(series);
    if (place === undefined) continue;
    const { offset, width } = place;
    if (times !== allTimes) times.set(allTimes.subarray(at, at + heads.length), point);
    for (const head of heads) {
      widths[point++] = width;
      // A view for a single cell would cost more than everything else.
      if (width === 1) cells[cell++] = head.cells[offset]!;
      else {
        cells.set(head.cells.subarray(offset, offset + width), cell);
        cell += width;
      }
    }
  }
  return { series, times, cells, widths };
}

function withoutRepeats(points: SeriesPoints): SeriesPoints {
  const { times } = points;
  const last = times.length - 1;
  const isKept = (_: unknown, i: number): boolean => i === last || times[i] !== times[i + 1];
  return times.every(isKept) ? points : pointsAt(points, times.map((_, i) => i).filter(isKept));
}

function pointsAt({ series, times, cells, widths }: SeriesPoints, kept: ArrayLike<number>): SeriesPoints {
  const ends = widths.map(
    (
      (end) => (width) =>
        (end += width)
    )(0),
  );
  return {
    series,
    times: Float64Array.from(kept, (i) => times[i]!),
    cells: Float64Array.from(
      Array.from(kept).flatMap((i) => [...cells.subarray(ends[i]! - widths[i]!, ends[i])]),
    ),
    widths: Int32Array.from(kept, (i) => widths[i]!),
  };
}

// Cells per point of a chunk: enough for a small overhead, few enough to read one series without many others.
const CELLS_PER_CHUNK = 128;

interface SealedTables {
  readonly heads: HeadTable;
  readonly chunks: ChunkTable;
  readonly catalog: SeriesCatalog;
  readonly unreadable: Unreadable;
}

/** Sealing was cancelled; the transaction must be rolled back. */
export class SealingGivenUp extends Error {
  override readonly name = "SealingGivenUp";
}

/**
 * Seals a bucket in the caller's transaction. Unreadable rows are left out and reported: otherwise the bucket would stay
 * for ever.
 *
 * @throws SealingGivenUp if `isEnding` returns true
 */
export function seal(
  bucket: HeadBucket,
  { heads, chunks, catalog, unreadable }: SealedTables,
  isEnding: () => boolean,
): void {
  const known = gatherPoints(heads.readableHeadsOf(bucket))
    .toSorted((a, b) => a.series - b.series)
    .flatMap((points) => {
      const kind = catalog.kindOf(points.series);
      // The series was removed, because the process was suspended for longer than the retention of metrics.
      if (kind === undefined) return [];
      catalog.mark(points.series, points.times.at(-1)!);
      const toSeal = readableFrom(points, kind.layout, unreadable);
      return toSeal === undefined ? [] : { metric: kind.metric, toSeal };
    });
  for (const [metric, all] of grouped(known, (each) => each.metric)) {
    for (const group of groupsOf(all.map(({ toSeal }) => toSeal))) {
      if (isEnding()) throw new SealingGivenUp();
      chunks.add(metric, group);
    }
  }
  heads.remove(bucket);
}

/** As {@link seriesFrom}, without invalid points, which are reported. Points are read one by one only if there are any. */
export function readableFrom(
  points: SeriesPoints,
  layout: StoredLayout,
  unreadable: Unreadable,
): SeriesToSumUp | undefined {
  try {
    return seriesFrom(points, layout);
  } catch {
    const { series, times, cells, widths } = points;
    const read = (some: SeriesPoints): SeriesToSumUp | undefined =>
      unreadable.read("heads", `of series ${series}`, () => seriesFrom(some, layout));
    const readable: number[] = [];
    let at = 0;
    for (const [i, width] of widths.entries()) {
      const point = {
        series,
        times: times.subarray(i, i + 1),
        cells: cells.subarray(at, (at += width)),
        widths: widths.subarray(i, i + 1),
      };
      if (read(point) !== undefined) readable.push(i);
    }
    // Valid points may be too different for one block.
    return readable.length === 0 ? undefined : read(pointsAt(points, readable));
  }
}

// The rows of a series' points. Throws a RangeError if they do not match its layout.
function seriesFrom({ series, times, cells, widths }: SeriesPoints, layout: StoredLayout): SeriesToSumUp {
  switch (layout.kind) {
    case "number":
      return { series, times, rows: cells };
    case "buckets": {
      const { rows, extremes } = rowsAndExtremes(cells, widths, layout);
      return { series, times, rows, histogramWidth: rowWidth(layout.bounds), extremes };
    }
    case "exponential": {
      const hasMinMax = layout.hasMinMax === true;
      let at = 0;
      if (!widths.every((width) => isPoint(cells.subarray(at, (at += width)), hasMinMax)))
        throw new RangeError("invalid cells of an exponential histogram");
      const { buckets: exponential, rows } = denseRows(cells, widths);
      const extremes = hasMinMax ? extremesAtEnds(cells, widths) : undefined;
      return { series, times, rows, histogramWidth: rows.length / times.length, extremes, exponential };
    }
    default:
      return layout satisfies never;
  }
}

function groupsOf(series: readonly SeriesToSumUp[]): SeriesToSumUp[][] {
  const groups: SeriesToSumUp[][] = [];
  let cells = Infinity;
  for (const each of series) {
    // A cell of a histogram takes less than half the space of a number.
    cells += each.histogramWidth === undefined ? 1 : each.histogramWidth / 4;
    if (cells > CELLS_PER_CHUNK) {
      groups.push([]);
      cells = 0;
    }
    groups.at(-1)!.push(each);
  }
  return groups;
}
