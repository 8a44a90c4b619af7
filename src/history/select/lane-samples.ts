// Samples of one lane: a number, the series of a histogram with explicit bounds, or native histograms.
import type { Attributes } from "@opentelemetry/api";
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { Labels, SampleSeries } from "../../query/source.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import { BUCKET_LABEL } from "../../translation/labels.ts";
import { PointList } from "../query/points.ts";
import type { Block, HistogramBlock, NumberBlock } from "../store/block.ts";
import { nativeFromRow } from "./native-row.ts";
import { sortedLabels } from "./stored-labels.ts";

/** Range of times in milliseconds, both included. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A lane, with its labels except the name. */
export interface NamedLane {
  /** The name that Prometheus has for the metric, without suffixes of histograms. */
  readonly name: string;
  readonly labels: Readonly<Attributes>;
  readonly isHistogram: boolean;
}

interface Column {
  readonly labels: Labels;
  readonly points: PointList;
  readonly histograms: (NativeHistogram | undefined)[] | undefined;
}

/** Collects the samples of a lane, under the names that Prometheus has for them. */
export class LaneSamples {
  readonly #lane: NamedLane;
  readonly #isWanted: (labels: Labels) => boolean;
  readonly #range: TimeRange;
  // By suffix and bound; `undefined` if not wanted.
  readonly #columns = new Map<string, Column | undefined>();
  #samples = 0;

  /** @param isWanted called with the complete labels of each series */
  constructor(lane: NamedLane, isWanted: (labels: Labels) => boolean, range: TimeRange) {
    this.#lane = lane;
    this.#isWanted = isWanted;
    this.#range = range;
  }

  /** Adds the samples of a block; returns their number. */
  add(block: Block): number {
    const before = this.#samples;
    if (block.kind === "numbers") this.#addNumbers(block);
    else if (block.exponential === undefined) this.#addBuckets(block);
    else this.#addNative(block);
    return this.#samples - before;
  }

  series(): readonly Omit<SampleSeries, "stale">[] {
    return [...this.#columns.values()].flatMap((column) => {
      if (column === undefined || column.points.length === 0) return [];
      const { labels, points, histograms } = column;
      const { times, values } = points;
      return { labels, times, values, ...(histograms !== undefined && { histograms }) };
    });
  }

  #addNumbers(block: NumberBlock): void {
    const column = this.#column("");
    if (column === undefined) return;
    const values = block.values();
    this.#copy(column, block.times(), (i) => values[i]!);
  }

  // A row is `[sum, bucket 0, …, bucket n]`; buckets of Prometheus contain those below them.
  #addBuckets(block: HistogramBlock): void {
    const { bounds } = block;
    const width = bounds.length + 2;
    const buckets = [...bounds, Infinity].map((bound) => this.#column("_bucket", canonicalBound(bound)));
    const [sum, count] = [this.#column("_sum"), this.#column("_count")];
    if (![...buckets, sum, count].some((column) => column !== undefined)) return;
    const rows = block.rows();
    const totals = new Float64Array(block.count * (width - 1));
    for (let i = 0; i < block.count; i++) {
      let total = 0;
      for (let k = 1; k < width; k++) totals[i * (width - 1) + k - 1] = total += rows[i * width + k]!;
    }
    const times = block.times();
    const last = width - 2;
    for (const [k, column] of buckets.entries())
      if (column !== undefined) this.#copy(column, times, (i) => totals[i * (width - 1) + k]!);
    if (count !== undefined) this.#copy(count, times, (i) => totals[i * (width - 1) + last]!);
    if (sum !== undefined && !Number.isNaN(rows[0]!)) this.#copy(sum, times, (i) => rows[i * width]!);
  }

  #addNative(block: HistogramBlock): void {
    const { exponential } = block;
    const column = this.#column("");
    if (column === undefined || exponential === undefined) return;
    const width = block.bounds.length + 2;
    const [times, rows] = [block.times(), block.rows()];
    for (let i = 0; i < block.count; i++) {
      if (!this.#isInside(times[i]!)) continue;
      const histogram = nativeFromRow(rows.subarray(i * width, (i + 1) * width), exponential);
      if (histogram === undefined) continue;
      column.points.push(times[i]!, Number.NaN);
      column.histograms?.push(histogram);
      this.#samples++;
    }
  }

  #copy({ points, histograms }: Column, times: Float64Array, valueAt: (index: number) => number): void {
    for (let i = 0; i < times.length; i++) {
      if (!this.#isInside(times[i]!)) continue;
      points.push(times[i]!, valueAt(i));
      histograms?.push(undefined);
      this.#samples++;
    }
  }

  #isInside(time: number): boolean {
    return time >= this.#range.from && time <= this.#range.to;
  }

  #column(suffix: string, bound = ""): Column | undefined {
    const key = `${suffix}{${bound}}`;
    if (this.#columns.has(key)) return this.#columns.get(key);
    const { name, labels: own, isHistogram } = this.#lane;
    const ofBucket = bound === "" ? {} : { [BUCKET_LABEL]: bound };
    const labels = sortedLabels({ ...own, ...ofBucket, __name__: name + suffix });
    const histograms = isHistogram && suffix === "" ? [] : undefined;
    const column = this.#isWanted(labels) ? { labels, points: new PointList(), histograms } : undefined;
    this.#columns.set(key, column);
    return column;
  }
}
