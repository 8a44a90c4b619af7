// Values of a function over the windows of one lane: a number, or the series of a histogram with explicit bounds.
import type { WindowSelection, WindowedSeries } from "../../query/windowed-series.ts";
import type { Pause } from "../../query/from-zero.ts";
import type { Labels } from "../../query/source.ts";
import type { WindowFunction } from "../../query/windows.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import { areEqual } from "../comparison.ts";
import type { TimeRange } from "../select/lane-samples.ts";
import type { BlockTaker } from "../select/lanes.ts";
import { labelsWithin, type NamedLane } from "../select/named-lane.ts";
import { hasEnded, intervalAround, intervalOf } from "../select/stale-markers.ts";
import type { Block, HistogramBlock, NumberBlock } from "../store/block.ts";
import type { NumberFigures } from "../store/chunk-blocks.ts";
import { AddedColumn, CountColumn, ExtremeColumn, SumColumn } from "./added-column.ts";
import { Boundaries, type BoundaryValues } from "./boundaries.ts";
import { ChangeColumn, LastColumn } from "./boundary-columns.ts";
import type { Column } from "./column.ts";
import { type HistogramPart, partsOf } from "./histogram-columns.ts";

/** Function to compute, and the samples from which it is computed. */
export interface WindowTask extends TimeRange, Pick<WindowSelection, "windows" | "operation"> {
  /** The last time up to which the store is known to have all samples. */
  readonly known: number;
  /** Times in which windows do not begin. @defaultValue none */
  readonly pauses?: readonly Pause[];
  /** Whether rises are exact: the lanes have their last points before the range, and samples of 0 at starts. */
  readonly isExact?: boolean | undefined;
}

/** Windows that may still be computed. */
export interface WindowBudget {
  left: number;
}

// Values are held in memory, up to nine numbers each.
const MAX_WINDOWS = 2_000_000;

/** Budget of one selection. */
export function windowBudget(): WindowBudget {
  return { left: MAX_WINDOWS };
}

interface NamedColumn {
  readonly labels: Labels;
  /** Missing for a number. */
  readonly part: HistogramPart | undefined;
  readonly column: Column;
}

// Samples from which the interval of a series is determined.
const SAMPLES_OF_INTERVAL = 256;
// Boundaries whose samples a function needs; none if blocks are added up.
const BOUNDARIES: Readonly<Partial<Record<WindowFunction, "ends" | "both">>> = {
  selector: "ends",
  last_over_time: "ends",
  rate: "both",
  increase: "both",
  delta: "both",
};
const NO_COLUMNS: readonly NamedColumn[] = [];
const NO_BOUNDS = new Float64Array();

/** Computes a function over windows, mostly from the summaries of blocks. */
export class LaneWindows implements BlockTaker, BoundaryValues {
  readonly #lane: NamedLane;
  readonly #isWanted: (labels: Labels) => boolean;
  readonly #task: WindowTask;
  readonly #budget: WindowBudget;
  readonly #boundaries: Boundaries;
  #bounds: Float64Array = NO_BOUNDS;
  #columns: readonly NamedColumn[] | undefined;
  // Parts of a histogram, by column.
  #parts: readonly HistogramPart[] = [];
  #isGivenUp = false;
  // Whether any sample is within the range of the selection.
  #isFound = false;
  // The first blocks, with at least 256 samples within the range.
  readonly #firstBlocks: Block[] = [];
  #samplesOfFirst = 0;
  #interval: number | undefined;
  #lastBlock: Block | undefined;
  #blockBefore: Block | undefined;
  #tail: number | undefined;
  // Whether a gap may be one between longer intervals, which only the samples show.
  #isUnclear = false;
  // Set once nothing but the figures of blocks is needed.
  #added: AddedColumn | undefined;

  /** @param isWanted called with the complete labels of each series */
  constructor(
    lane: NamedLane,
    isWanted: (labels: Labels) => boolean,
    task: WindowTask,
    budget: WindowBudget,
  ) {
    this.#lane = lane;
    this.#isWanted = isWanted;
    this.#task = task;
    this.#budget = budget;
    budget.left -= task.windows.count;
    this.#isGivenUp = budget.left < 0;
    const needed = this.#isGivenUp ? undefined : BOUNDARIES[task.operation];
    const count = needed === undefined ? 0 : task.windows.count;
    this.#boundaries = new Boundaries({ ...task.windows, count }, needed === "both");
  }

  block(block: Block): void {
    if (this.#isGivenUp) return;
    if (block.from <= this.#boundaries.lastTime || !this.#isKnown(block)) return this.giveUp();
    const columns = (this.#columns ??= this.#columnsFor(block));
    if (this.#budget.left < 0) return this.giveUp();
    if (columns.length === 0) return;
    this.#see(block);
    this.#blockBefore = this.#lastBlock;
    this.#lastBlock = block;
    const number = this.#boundaries.count;
    if (block.kind === "numbers") columns[0]?.column.block(block, number);
    else {
      const parts = partsOf(block, this.#parts);
      for (let i = 0; i < columns.length; i++) columns[i]!.column.block(parts[i]!, number);
    }
    this.#boundaries.add(block, this);
    const [{ column } = {}] = columns;
    if (column instanceof AddedColumn && this.#isFound && block.kind === "numbers") this.#added = column;
  }

  figures(figures: NumberFigures): boolean {
    if (this.#isGivenUp) return true;
    const { lastTime } = this.#boundaries;
    if (this.#added === undefined || figures.from <= lastTime || !this.#added.figures(figures)) return false;
    this.#boundaries.pass(figures);
    return true;
  }

  /** Leaves the lane to its samples. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#columns = [];
    this.#firstBlocks.length = 0;
  }

  /** The series with values; `undefined` if they have to be computed from samples. */
  series(): readonly WindowedSeries[] | undefined {
    const { windows, isExact = false } = this.#task;
    if (this.#isGivenUp) return undefined;
    // A baseline may be that of later samples, which another source has.
    if (!this.#isFound && !isExact) return [];
    this.#boundaries.finish(this);
    const found: WindowedSeries[] = [];
    for (const { labels, column } of this.#columns ?? []) {
      const [values, cells] = [new Float64Array(windows.count), new Uint8Array(windows.count)];
      if (!column.finish({ windows, boundaries: this.#boundaries, values, cells })) return undefined;
      if (this.#isUnclear) return undefined;
      found.push({ labels, values, cells, samples: undefined });
    }
    return found;
  }

  starts(window: number, index: number): void {
    const columns = this.#columns ?? NO_COLUMNS;
    for (let i = 0; i < columns.length; i++) columns[i]!.column.starts(window, index);
  }

  ends(window: number, index: number): void {
    const columns = this.#columns ?? NO_COLUMNS;
    for (let i = 0; i < columns.length; i++) columns[i]!.column.ends(window, index);
  }

  // Native histograms, changed bounds and unknown sums are left to the samples.
  #isKnown(block: Block): boolean {
    if (block.kind === "numbers") return this.#bounds.length === 0 && !this.#lane.isHistogram;
    if (block.exponential !== undefined || Number.isNaN(block.first()[0]!)) return false;
    return this.#columns === undefined || areEqual(block.bounds, this.#bounds);
  }

  // A block may reach beyond the range.
  #see(block: NumberBlock | HistogramBlock): void {
    if (this.#isFound && this.#samplesOfFirst >= SAMPLES_OF_INTERVAL) return;
    const { from, to } = this.#task;
    if (block.to < from || block.from > to) return;
    this.#isFound ||=
      block.from >= from || block.to <= to || block.times().some((time) => time >= from && time <= to);
    if (this.#samplesOfFirst >= SAMPLES_OF_INTERVAL) return;
    this.#firstBlocks.push(block);
    if (block.from >= from) this.#samplesOfFirst += block.count;
  }

  #columnsFor(block: Block): readonly NamedColumn[] {
    const columns: NamedColumn[] = [];
    const add = (part: HistogramPart | undefined, suffix: string, bound?: string): void => {
      const labels = labelsWithin(this.#lane, suffix, bound);
      if (this.#isWanted(labels)) columns.push({ labels, part, column: this.#column() });
    };
    if (block.kind === "numbers") add(undefined, "");
    else {
      this.#bounds = block.bounds;
      for (const [k, bound] of [...block.bounds, Infinity].entries())
        add(k, "_bucket", canonicalBound(bound));
      add("sum", "_sum");
      add(block.bounds.length, "_count");
    }
    this.#parts = columns.map(({ part = 0 }) => part);
    this.#budget.left -= columns.length * this.#task.windows.count;
    return columns;
  }

  #column(): Column {
    return columnOf(this.#task, (last, next, time) => {
      const { known, to } = this.#task;
      const isTail = next > to;
      const { endMillis = Infinity } = this.#lane;
      if (isTail && last < endMillis && endMillis <= time) return true;
      const following = isTail ? Math.max(known, last) : next;
      // Without a gap no interval is needed, which may have to be decoded.
      if (time <= last || following <= last || !hasEnded(this.#intervalOf(), last, following, time))
        return false;
      if (isTail) return hasEnded((this.#tail ??= this.#tailOf()), last, following, time);
      this.#isUnclear = true;
      return false;
    });
  }

  // The interval before the end of the lane.
  #tailOf(): number {
    const { from, to } = this.#task;
    const blocks = [this.#blockBefore, this.#lastBlock];
    const times = blocks
      .flatMap((block) => [...(block?.times() ?? [])])
      .filter((time) => time >= from && time <= to);
    if (times.length < 3) this.#isUnclear = true;
    return intervalAround(Float64Array.from(times), times.length - 1, this.#intervalOf());
  }

  #intervalOf(): number {
    if (this.#interval === undefined) {
      const { from, to } = this.#task;
      const times: number[] = [];
      for (const block of this.#firstBlocks)
        for (const time of block.times()) if (time >= from && time <= to) times.push(time);
      this.#interval = intervalOf(Float64Array.from(times.slice(0, SAMPLES_OF_INTERVAL)));
    }
    return this.#interval;
  }
}

function columnOf(
  { operation, windows, pauses = [], isExact = false }: WindowTask,
  ended: (last: number, next: number, time: number) => boolean,
): Column {
  switch (operation) {
    case "selector":
      return new LastColumn(windows.count, ended);
    case "last_over_time":
      return new LastColumn(windows.count);
    case "rate":
    case "increase":
    case "delta":
      return new ChangeColumn(operation, windows.count, pauses, isExact);
    case "sum_over_time":
    case "avg_over_time":
      return new SumColumn(operation === "avg_over_time", windows);
    case "min_over_time":
    case "max_over_time":
      return new ExtremeColumn(operation === "min_over_time", windows);
    case "count_over_time":
    case "present_over_time":
      return new CountColumn(operation === "count_over_time", windows);
    default:
      return operation satisfies never;
  }
}
