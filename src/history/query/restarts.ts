// Restarts of counters that their samples do not show.
import { timeBetween } from "../../query/from-zero.ts";
import type { Store } from "../store/index.ts";
import type { Lifetime, StoredSeries } from "../store/stored.ts";
import { type Block, histogramBlock, type HistogramBlock, numberBlock } from "../store/block.ts";
import { EXTREME_CELLS } from "../store/histogram-cells.ts";
import type { LaneWalk } from "../select/lanes.ts";

/**
 * Passes the blocks of a lane to `add`. If a counter of a new process has reached its previous value already, a sample of
 * 0 comes before its first one. Without it, the increase would lack the previous value.
 *
 * @param within milliseconds of a window, which must have both
 */
export function withRestarts(add: (block: Block) => void, within: number = Infinity): LaneWalk {
  let before: Block | undefined;
  return {
    block(block, isOther) {
      const time = block.from - 1;
      if (
        isOther &&
        before !== undefined &&
        before.to < time &&
        block.from - before.to < within &&
        isHidden(before, block)
      )
        add(zeroAt(time, block));
      add(block);
      before = block;
    },
    finish() {},
  };
}

/** The series of a lane, and what the store knows of their points. */
export interface KnownStarts {
  readonly seriesOf: (block: Block) => StoredSeries | undefined;
  readonly lifetimeOf: (series: StoredSeries) => Lifetime | undefined;
  /** Time since which no point was removed. */
  readonly since: number;
}

/** The starts of series that a store knows. */
export function startsOf(
  store: Pick<Store, "lifetimes">,
  series: readonly StoredSeries[],
  since: number,
): KnownStarts {
  const byId = new Map(series.map((each) => [each.id, each]));
  const byMetric = new Map<number, ReturnType<Store["lifetimes"]>>();
  return {
    seriesOf: (block) => byId.get(block.series),
    lifetimeOf: (each) => {
      const { id } = each.metric;
      const lifetimes = byMetric.get(id) ?? store.lifetimes(id);
      byMetric.set(id, lifetimes);
      return lifetimes(each);
    },
    since,
  };
}

/**
 * Passes the blocks of a lane to `add` for exact increases. A sample of 0 comes before the first point of each series that
 * began with 0. It does not if the series goes on from the one before, or if its first points were removed.
 */
export function withStarts(
  add: (block: Block) => void,
  { seriesOf, lifetimeOf, since }: KnownStarts,
): Pick<LaneWalk, "block"> {
  let before: Block | undefined;
  const isBegun = (block: Block): boolean => {
    const series = seriesOf(block);
    if (series?.isFromZero !== true || series.startTimeUnixMillis < since) return false;
    return block.from <= (lifetimeOf(series)?.from ?? -Infinity);
  };
  return {
    block(block, isOther) {
      if ((isOther || before === undefined) && isBegun(block))
        add(zeroAt(timeBetween(before?.to ?? -Infinity, block.from), block));
      add(block);
      before = block;
    },
  };
}

function isHidden(before: Block, block: Block): boolean {
  if (before.kind === "numbers") return block.kind === "numbers" && hides(before.last, block.first);
  if (block.kind === "numbers") return false;
  const [last, first] = [cumulative(before.last()), cumulative(block.first())];
  // Cells restart separately. Those of exponential histograms may have other bounds, so only their counts are compared.
  if (block.exponential !== undefined || last.length !== first.length)
    return hides(last.at(-1) ?? 0, first.at(-1) ?? 0);
  return first.some((cell, k) => hides(last[k] ?? 0, cell));
}

function hides(last: number, first: number): boolean {
  return last > 0 && first >= last;
}

// The sum, then the counts up to each bound.
function cumulative([sum = 0, ...counts]: Float64Array): number[] {
  let total = 0;
  return [sum, ...counts.map((count) => (total += count))];
}

function zeroAt(time: number, block: Block): Block {
  const times = Float64Array.of(time);
  if (block.kind === "numbers") return numberBlock(block.series, times, new Float64Array(1));
  return emptyHistogram(block, times);
}

function emptyHistogram(
  { series, bounds, exponential }: HistogramBlock,
  times: Float64Array,
): HistogramBlock {
  const rows = new Float64Array(bounds.length + 2);
  const extremes = new Float64Array(EXTREME_CELLS).fill(Number.NaN);
  return histogramBlock(series, { times, bounds, exponential, rows, extremes });
}
