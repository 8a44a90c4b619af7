// Samples of one lane: a number, the series of a histogram with explicit bounds, or native histograms.
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { Labels, NeededWindows, SampleSeries } from "../../query/source.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import { type Block, endsOf, type HistogramBlock, type NumberBlock } from "../store/block.ts";
import { cellsOf, cumulativeCells, type NamedLane, labelsWithin } from "./named-lane.ts";
import { nativeFromRow } from "./native-row.ts";
import { isNeeded, isRiseNeeded } from "./within-windows.ts";

/** Range of times in milliseconds, both included. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Range of the samples, and those of them that are needed. */
export interface NeededRange extends TimeRange {
  /** Whether blocks before the range are kept: they have the baselines of exact increases. */
  readonly isExact?: boolean | undefined;
  readonly needed?: NeededWindows | undefined;
}

// The interval of a series is determined from as many samples.
const FIRST_SAMPLES = 256;

interface Column {
  readonly labels: Labels;
  // Parts of blocks, joined at the end.
  readonly pieces: { readonly times: Float64Array; readonly values: Float64Array }[];
  readonly histograms: (NativeHistogram | undefined)[] | undefined;
}

/** Collects the samples of a lane, under the names that Prometheus has for them. */
export class LaneSamples {
  readonly #lane: NamedLane;
  readonly #isWanted: (labels: Labels) => boolean;
  readonly #range: NeededRange;
  // By suffix and bound; `undefined` if not wanted.
  readonly #columns = new Map<string, Column | undefined>();
  #samples = 0;
  // Samples of the lane within the range, without those that were left out.
  #points = 0;

  /** @param isWanted called with the complete labels of each series */
  constructor(lane: NamedLane, isWanted: (labels: Labels) => boolean, range: NeededRange) {
    this.#lane = lane;
    this.#isWanted = isWanted;
    this.#range = range;
  }

  /**
   * Adds the samples of a block; returns their number. A block that is not needed is not decoded: its ends stand for it,
   * so that the series has no gap.
   */
  add(given: Block): number {
    const before = this.#samples;
    const { from, to, needed, isExact } = this.#range;
    const isLeftOut =
      isExact === true
        ? !isRiseNeeded(needed, given)
        : this.#points >= FIRST_SAMPLES && !isNeeded(needed, given.from, given.to);
    const block = isLeftOut ? endsOf(given) : given;
    if (block.from >= from && block.to <= to && !isLeftOut) this.#points += block.count;
    if (block.kind === "numbers") this.#addNumbers(block);
    else if (block.exponential === undefined) this.#addBuckets(block);
    else this.#addNative(block);
    return this.#samples - before;
  }

  series(): readonly Omit<SampleSeries, "stale">[] {
    return [...this.#columns.values()].flatMap((column) => {
      if (column === undefined || column.pieces.length === 0) return [];
      const { labels, pieces, histograms } = column;
      const times = joined(pieces.map((piece) => piece.times));
      const values = joined(pieces.map((piece) => piece.values));
      return { labels, times, values, ...(histograms !== undefined && { histograms }) };
    });
  }

  #addNumbers(block: NumberBlock): void {
    const column = this.#column("");
    if (column !== undefined)
      this.#add(column, block.times(), (from, to) => block.values().subarray(from, to));
  }

  // A row is `[sum, bucket 0, …, bucket n]`; buckets of Prometheus contain those below them.
  #addBuckets(block: HistogramBlock): void {
    const { bounds } = block;
    const width = bounds.length + 2;
    const buckets = [...bounds, Infinity].map((bound) => this.#column("_bucket", canonicalBound(bound)));
    const [sum, count] = [this.#column("_sum"), this.#column("_count")];
    if (![...buckets, sum, count].some((column) => column !== undefined)) return;
    const rows = block.rows();
    const totals = cumulativeCells(rows, width);
    const times = block.times();
    const cells = (array: Float64Array, step: number, at: number) => (from: number, to: number) =>
      cellsOf(array.subarray(from * step, to * step), step, at);
    for (const [k, column] of buckets.entries())
      if (column !== undefined) this.#add(column, times, cells(totals, width - 1, k));
    if (count !== undefined) this.#add(count, times, cells(totals, width - 1, width - 2));
    if (sum !== undefined && !Number.isNaN(rows[0]!)) this.#add(sum, times, cells(rows, width, 0));
  }

  #addNative(block: HistogramBlock): void {
    const { exponential } = block;
    const column = this.#column("");
    if (column === undefined || exponential === undefined) return;
    const width = block.bounds.length + 2;
    const rows = block.rows();
    const histograms: NativeHistogram[] = [];
    for (let i = 0; i < block.count; i++) {
      const histogram = nativeFromRow(rows.subarray(i * width, (i + 1) * width), exponential);
      // All rows of a block have one scale.
      if (histogram === undefined) return;
      histograms.push(histogram);
    }
    this.#add(column, block.times(), (from, to) => {
      column.histograms?.push(...histograms.slice(from, to));
      return new Float64Array(to - from).fill(Number.NaN);
    });
  }

  // Adds the samples within the range, whose values `valuesOf` returns.
  #add({ pieces }: Column, times: Float64Array, valuesOf: (from: number, to: number) => Float64Array): void {
    let [from, to] = [0, times.length];
    const isBaseline = this.#range.isExact === true && times[to - 1]! < this.#range.from;
    const least = isBaseline ? -Infinity : this.#range.from;
    while (from < to && times[from]! < least) from++;
    while (to > from && times[to - 1]! > this.#range.to) to--;
    if (from === to) return;
    pieces.push({ times: times.subarray(from, to), values: valuesOf(from, to) });
    this.#samples += to - from;
  }

  #column(suffix: string, bound = ""): Column | undefined {
    const key = `${suffix}{${bound}}`;
    if (this.#columns.has(key)) return this.#columns.get(key);
    const labels = labelsWithin(this.#lane, suffix, bound);
    const histograms = this.#lane.isHistogram && suffix === "" ? [] : undefined;
    const column = this.#isWanted(labels) ? { labels, pieces: [], histograms } : undefined;
    this.#columns.set(key, column);
    return column;
  }
}

/** All numbers of several arrays. */
export function joined(arrays: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}
