// Exact figures of series in a range. Increases are not extrapolated, unlike rates.
import { firstAfter } from "../../query/evaluation/sample-search.ts";
import { riseBetween } from "../../query/exact.ts";
import { grouped } from "../../query/grouped.ts";
import type { MetricType } from "../question.ts";
import type { TimeRange } from "../select/lane-samples.ts";
import { goesOn, idOf, serviceOf, storedSeriesKey } from "../select/lanes.ts";
import { type Block, type HistogramBlock, type NumberBlock, within } from "../store/block.ts";
import type { Figures, StoredSeries } from "../store/stored.ts";
import { emptyPoint, type HistogramPoint, HistogramRise, pointsOf } from "./histogram-rise.ts";

export const NO_FIGURES: Figures = { count: 0, sum: 0, min: Infinity, max: -Infinity };

export function added(one: Figures, other: Figures): Figures {
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
  };
}

/** Blocks of series in a range, and the time of the oldest collection. */
export interface ReadBlocks {
  read(series: readonly number[], from: number, to: number): Iterable<Block>;
  readonly oldest: number;
}

/**
 * Figures of the series with points in a range, by {@link storedSeriesKey}. An increase begins at the last value before the
 * range, or of the series that it continues. A series that began with 0 in the range begins there. Otherwise its first value
 * in the range is the baseline, or the last one of an earlier process. A histogram without points after its baseline has no figures.
 *
 * @param onBlock called with each block that has points in the range
 */
export function exactFigures(
  blocks: ReadBlocks,
  type: MetricType,
  series: readonly StoredSeries[],
  range: TimeRange,
  onBlock?: (block: Block) => void,
): ReadonlyMap<string, Figures> {
  const { from, to } = range;
  const ids = series.map(({ id }) => id);
  const [inRange, before] = [new Map<number, SeriesInRange>(), new Map<number, Ends>()];
  const first = type === "gauge" ? from : from - BEFORE_MILLIS;
  for (const block of blocks.read(ids, first, to)) {
    note(before, block, from);
    if (block.to < from) continue;
    onBlock?.(block);
    follow(inRange, block, range);
  }
  const isOlder = ({ id, startTimeUnixMillis: start }: StoredSeries): boolean =>
    start < from && inRange.has(id);
  if (type !== "gauge") {
    const older = series.filter(isOlder).map(({ id }) => id);
    for (const block of blocksFurtherBack(blocks, older, from, before)) note(before, block, from);
  }
  const endsOf = (id: number): Ends | undefined => inRange.get(id) ?? before.get(id);
  const found = new Map<string, Figures>();
  // Only counters are observed by callbacks.
  const isFromZero = (each: StoredSeries): boolean => each.isFromZero || type === "histogram";
  const alike = grouped(series, (each) =>
    JSON.stringify([each.metric.name, each.attributes, isFromZero(each) ? idOf(each) : [serviceOf(each)]]),
  );
  for (const members of alike.values())
    for (const [i, each] of members.entries()) {
      const current = inRange.get(each.id);
      if (current === undefined) continue;
      const key = storedSeriesKey(each);
      // Points only overlap if the clock was set back, or if another process has the same id.
      const isContinued = (other: StoredSeries): boolean => {
        const known = goesOn(other, each) || !isFromZero(each) ? endsOf(other.id) : undefined;
        return known !== undefined && (known.to < current.from || storedSeriesKey(other) === key);
      };
      const own = before.get(each.id);
      let former = own;
      // Mostly the one before: after thousands of restarts, no copy of all earlier ones is made for each.
      for (let k = i - 1; k >= 0 && former === undefined; k--)
        if (isContinued(members[k]!)) former = endsOf(members[k]!.id);
      // Each collection has all series of a process. So a series that was missing before began in the range, if the store
      // has earlier points.
      const beganLater = isFromZero(each) && (each.startTimeUnixMillis >= from || blocks.oldest < from);
      const isUnknown = former === undefined && !beganLater;
      if (type === "histogram" && current.to === (isUnknown ? current.from : own?.to)) continue;
      const figures = type === "gauge" ? current.figures : current.risen(former?.last, beganLater);
      found.set(key, added(found.get(key) ?? NO_FIGURES, figures));
    }
  return found;
}

/** Figures of the values in all blocks. */
export function valueFigures(blocks: Iterable<Block>, range: TimeRange): Figures {
  const inRange = new Map<number, SeriesInRange>();
  for (const block of blocks) follow(inRange, block, range);
  return [...inRange.values()].reduce((sum, { figures }) => added(sum, figures), NO_FIGURES);
}

/** The last point of a series, and its time. */
interface Ends {
  readonly to: number;
  readonly last: number | HistogramPoint;
}

type SeriesInRange = NumberSeries | HistogramSeries;

// Adds the points of a block in the range.
function follow(inRange: Map<number, SeriesInRange>, block: Block, { from, to }: TimeRange): void {
  const part = within(block, from, to);
  if (part === undefined) return;
  const known = inRange.get(part.series);
  if (part.kind === "numbers") {
    if (known instanceof NumberSeries) known.add(part);
    else inRange.set(part.series, new NumberSeries(part));
  } else if (known instanceof HistogramSeries) known.add(part);
  else inRange.set(part.series, new HistogramSeries(part, part === block));
}

// Notes the last point of a block up to a time, the baseline of an increase.
function note(found: Map<number, Ends>, block: Block, time: number): void {
  if (block.from > time) return;
  const at = block.to <= time ? block.count - 1 : firstAfter(block.times(), time) - 1;
  const isLast = at === block.count - 1;
  const to = isLast ? block.to : block.times()[at]!;
  if (block.kind === "numbers")
    found.set(block.series, { to, last: isLast ? block.last : block.values()[at]! });
  else found.set(block.series, { to, last: isLast ? lastOf(block) : pointsOf(block)(at) });
}

/** The first look back for a baseline, longer than any interval of collections. */
export const BEFORE_MILLIS = 3_600_000;
// The factor of each further look.
const GROWTH = 8;

/**
 * Blocks before the first look back, further and further, until all series are found. For few of them, such as after the
 * machine was suspended.
 *
 * @param found series that are found. The caller adds those of the blocks.
 */
export function* blocksFurtherBack(
  blocks: Pick<ReadBlocks, "read">,
  series: readonly number[],
  time: number,
  found: Pick<ReadonlyMap<number, unknown>, "has">,
): Generator<Block> {
  let to = time - BEFORE_MILLIS;
  for (let millis = GROWTH * BEFORE_MILLIS; to >= 0; millis *= GROWTH) {
    const missing = series.filter((id) => !found.has(id));
    if (missing.length === 0) return;
    yield* blocks.read(missing, to - millis, to);
    to -= millis;
  }
}

function lastOf(block: HistogramBlock): HistogramPoint {
  return { bounds: block.bounds, row: block.last(), extremes: block.extremes() };
}

/** The values of one series in a range. */
class NumberSeries implements Ends {
  readonly from: number;
  to: number;
  last: number;
  figures: Figures;
  readonly #first: number;
  #rise: number;

  constructor(block: NumberBlock) {
    this.from = block.from;
    this.to = block.to;
    this.last = block.last;
    this.figures = added(NO_FIGURES, block);
    this.#first = block.first;
    this.#rise = block.increase;
  }

  add(block: NumberBlock): void {
    this.#rise += riseBetween(this.last, block.first) + block.increase;
    this.last = block.last;
    this.to = block.to;
    this.figures = added(this.figures, block);
  }

  /** A falling value means that the counter restarted at 0. */
  risen(former: Ends["last"] | undefined, isFromZero: boolean): Figures {
    const unknown = isFromZero ? 0 : this.#first;
    const rise = riseBetween(typeof former === "number" ? former : unknown, this.#first) + this.#rise;
    return { count: this.figures.count, sum: rise, min: rise, max: rise };
  }
}

/** The histograms of one series in a range. */
class HistogramSeries implements Ends {
  readonly from: number;
  to: number;
  last: HistogramPoint;
  readonly figures: Figures = NO_FIGURES;
  readonly #first: HistogramPoint;
  readonly #rise = new HistogramRise();

  /** @param isWhole whether it is a block of the store, which is not decoded for the extremes of its first point. */
  constructor(block: HistogramBlock, isWhole: boolean) {
    this.from = block.from;
    this.to = block.to;
    this.last = lastOf(block);
    const [min = Infinity, max = -Infinity] = isWhole ? [] : block.extremesOfRows();
    const extremes = isWhole ? this.last.extremes : { min, max };
    this.#first = { bounds: block.bounds, row: block.first(), extremes };
    this.#rise.block(block, false);
  }

  add(block: HistogramBlock): void {
    this.#rise.block(block, false);
    this.last = lastOf(block);
    this.to = block.to;
  }

  risen(former: Ends["last"] | undefined, isFromZero: boolean): Figures {
    const unknown = isFromZero ? emptyPoint(this.#first.bounds) : this.#first;
    const toFirst = new HistogramRise();
    toFirst.point(typeof former === "object" ? former : unknown, false);
    toFirst.point(this.#first, false);
    return added(toFirst.take() ?? NO_FIGURES, this.#rise.take() ?? NO_FIGURES);
  }
}
