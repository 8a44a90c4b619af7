// The changes of all series of a source in one window.
import { Slices } from "../../io/yield.ts";
import type { Source } from "../../query/source.ts";
import { type Change, changeOf } from "./change.ts";
import { type Grid, rateColumn, ratioColumn, wholeColumn } from "./column.ts";
import { endedTargets, targetOf } from "./ended-targets.ts";
import { intervalOf, type LoadedSeries, loadSeries } from "./loaded-series.ts";
import type { SeriesChange } from "./series-change.ts";
import { type Shape, shapeOf } from "./shape.ts";
import { valueColumn } from "./value-column.ts";

/** A window of time, in Unix milliseconds. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** The changes in a window, largest first, also those within the usual variation. */
export interface WindowChanges extends TimeWindow {
  readonly changes: readonly SeriesChange[];
  /** Whether further series were not compared, since there was no time. */
  readonly isPartial: boolean;
}

/** Options of {@link changesIn}. */
export interface ComparisonOptions {
  /** The part of the data to which the window is shortened if they are too few for a baseline. By default it is not. */
  readonly shortenedTo?: number;
  /** Milliseconds after which further series are left out. @defaultValue Infinity */
  readonly latestMillis?: number;
  /** Ends the comparison, which rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** The baseline is this number of times as long as the window. */
export const BASELINES = 4;
const MIN_WINDOW_CELLS = 4;
const MAX_WINDOW_CELLS = 60;
// Evidence of another rate of a histogram must exceed that of another mean by this factor.
const MEAN_FIRST = 1.5;
/** No change below this is clear: the smallest limit of the usual variation. */
export const SMALLEST_LIMIT = 4;
// A movement that is over must be farther by this factor.
export const EXCURSION = 1.3;
// Part of the time for reading. Comparing takes about as long.
const LOADING = 0.6;

/**
 * Compares each series in a window with the time before it. Works in slices of less than a millisecond; in a busy
 * application, in slices of a fiftieth of its turns.
 */
export async function changesIn(
  source: Source,
  { from, to }: TimeWindow,
  { shortenedTo, latestMillis, signal }: ComparisonOptions = {},
): Promise<WindowChanges> {
  const endMillis = performance.now() + (latestMillis ?? Infinity);
  const late = latestMillis === undefined ? undefined : AbortSignal.timeout(latestMillis * LOADING);
  const all = await loadSeries(source, { from: from - BASELINES * (to - from), to, signal, late });
  let isPartial = late?.aborted === true;
  const begins = beginsOf(all);
  const begin = Math.min(...begins.values());
  const start = shortenedTo === undefined ? from : Math.max(from, to - (to - begin) * shortenedTo);
  const grid = gridOf(all, { from: start, to });
  const changes: SeriesChange[] = [];
  if (grid !== undefined) {
    const slices = new Slices();
    // A part of the series does not say which processes ended.
    if (!isPartial) changes.push(...endedTargets(all, grid));
    for (const series of all) {
      await slices.next();
      signal?.throwIfAborted();
      if (performance.now() > endMillis) {
        isPartial = true;
        break;
      }
      const change = seriesChange(series, grid, begins.get(targetOf(series.labels)) ?? begin);
      if (change !== undefined) changes.push(change);
    }
  }
  const sorted = changes.toSorted((left, right) => right.score - left.score);
  return { from: start, to, changes: sorted, isPartial };
}

/** Times of the first points, by target. */
function beginsOf(all: readonly LoadedSeries[]): ReadonlyMap<string, number> {
  const begins = new Map<string, number>();
  for (const { labels, points } of all) {
    const target = targetOf(labels);
    begins.set(target, Math.min(begins.get(target) ?? Infinity, points.times[0]!));
  }
  return begins;
}

/** Cells of the usual interval of the samples; longer ones if there were too many. `undefined` if there are too few. */
function gridOf(all: readonly LoadedSeries[], { from, to }: TimeWindow): Grid | undefined {
  const intervals = all.flatMap((each) => intervalOf(each) ?? []).toSorted((left, right) => left - right);
  const interval = intervals[intervals.length >> 1];
  if (interval === undefined) return undefined;
  // Samples may be a little late.
  const windowCells = Math.min(Math.floor(((to - from) / interval) * 1.01), MAX_WINDOW_CELLS);
  if (windowCells < MIN_WINDOW_CELLS) return undefined;
  const cellMillis = (to - from) / windowCells;
  const cells = (1 + BASELINES) * windowCells;
  return { startMillis: to - cells * cellMillis, cellMillis, cells, windowCells };
}

function seriesChange(series: LoadedSeries, grid: Grid, begin: number): SeriesChange | undefined {
  const { name, points, sums } = series;
  // The first sample of a counter holds what happened before it, if its source was there without it.
  const isNew = points.times[0]! > begin + 1.5 * grid.cellMillis;
  if (sums === undefined) {
    const { column, isRate } = valueColumn(series, grid, isNew);
    return found(series, name, changeOfColumn(column, grid, isRate), grid);
  }
  const rates = rateColumn(points, grid, isNew);
  const rate = changeOfColumn(rates, grid, true);
  const mean = changeOfColumn(ratioColumn(rateColumn(sums, grid, isNew), rates), grid, false);
  // A movement that is over before the window ends has hardly a score.
  const strengthOf = ({ score, moved }: Change): number => Math.max(score, moved / EXCURSION);
  return mean !== undefined && (rate === undefined || strengthOf(rate) < MEAN_FIRST * strengthOf(mean))
    ? found(series, name, mean, grid)
    : found(series, `${name}_count`, rate, grid);
}

type ColumnChange = Change & { readonly shape: Shape | undefined };

function changeOfColumn(column: Float64Array, grid: Grid, isRate: boolean): ColumnChange | undefined {
  const whole = wholeColumn(column, grid);
  if (whole === undefined) return undefined;
  const change = changeOf(whole.values, whole.windowCells, isRate ? "rate" : "gauge");
  const shape = shapeOf(column, grid.windowCells, Math.max(change.score, change.moved) < SMALLEST_LIMIT);
  return { ...change, onset: whole.firstCell + change.onset, shape };
}

function found(
  { labels }: LoadedSeries,
  metric: string,
  change: ColumnChange | undefined,
  { startMillis, cellMillis }: Grid,
): SeriesChange | undefined {
  if (change === undefined) return undefined;
  const { onset, ...others } = change;
  return { ...others, metric, labels, onsetMillis: startMillis + onset * cellMillis };
}
