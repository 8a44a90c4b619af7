import { baselineOf } from "../../query/exact.ts";
import { firstAfter } from "../../query/evaluation/sample-search.ts";
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { Labels, SampleSeries } from "../../query/source.ts";
import { show } from "../../diagnostics/show.ts";
import { histogramText } from "../../query/histograms/text.ts";

// A native histogram takes the memory of about this number of samples.
const SIZE_OF_HISTOGRAM = 40;
const FIRST_ROOM = 16;

/**
 * The samples of one series. Samples that were read stay valid.
 *
 * ```
 * times   │ dropped │ samples │ spare room │
 *                   ▲ start   ▲ end
 * ```
 */
export class RecordedColumn {
  readonly labels: Labels;
  /** Whether it had no samples left, and a new one with these labels has to be made. */
  isDropped = false;
  #times = new Float64Array(FIRST_ROOM);
  #values = new Float64Array(FIRST_ROOM);
  #stale = new Uint8Array(FIRST_ROOM);
  // With the indices of the times; `undefined` without any.
  #histograms: (NativeHistogram | undefined)[] | undefined;
  #start = 0;
  #end = 0;
  // The writer of the last sample.
  #writer: object | undefined;

  readonly #unstored: Map<RecordedColumn, number> | undefined;

  /** @param unstored gets the value of each sample, but those of native histograms. */
  constructor(labels: Labels, unstored?: Map<RecordedColumn, number>) {
    this.labels = labels;
    this.#unstored = unstored;
  }

  /** Whether the last sample is at this time, and by another writer. */
  isOfOther(writer: object, timeMillis: number): boolean {
    return this.#lastTime === timeMillis && this.#writer !== writer;
  }

  /** Value of the last sample; `undefined` if it is a stale marker. */
  get last(): number | NativeHistogram | undefined {
    const i = this.#end - 1;
    if (this.#stale[i] === 1) return undefined;
    return this.#histograms?.[i] ?? this.#values[i];
  }

  /** Adds a sample. It replaces one at the same time, and those after it. */
  add(timeMillis: number, value: number | NativeHistogram, writer?: object): void {
    const isFloat = typeof value === "number";
    this.#push(timeMillis, isFloat ? value : Number.NaN, 0, writer);
    if (isFloat) {
      this.#unstored?.set(this, value);
      return;
    }
    this.#histograms ??= [];
    this.#histograms[this.#end - 1] = value;
  }

  /** Adds a stale marker: the series has ended. */
  end(timeMillis: number, writer?: object): void {
    this.#push(timeMillis, Number.NaN, 1, writer);
  }

  /** Number of samples; a native histogram counts as several. */
  get size(): number {
    return (this.#end - this.#start) * (this.#histograms === undefined ? 1 : SIZE_OF_HISTOGRAM);
  }

  /** Drops samples outside of a range of times. Returns whether there are samples left. */
  prune(from: number, to: number): boolean {
    if (this.#lastTime > to) this.#move(this.#firstAfter(to));
    // Most calls drop nothing or one sample.
    while (this.#start < this.#end && this.#times[this.#start]! < from) this.#start++;
    return this.#start < this.#end;
  }

  /**
   * The samples from `from` to `to`; `undefined` without any.
   *
   * @param isExact whether the last sample before is wanted, too.
   */
  read(from: number, to: number, isExact = false): SampleSeries | undefined {
    const end = this.#firstAfter(to);
    const within = this.#firstAfter(from - 1);
    if (within >= end) return undefined;
    const start = isExact ? baselineOf(within, this.#start, this.#stale) : within;
    const stale = this.#stale.subarray(start, end);
    const histograms = this.#histograms;
    return {
      labels: this.labels,
      times: this.#times.subarray(start, end),
      values: this.#values.subarray(start, end),
      ...(stale.includes(1) && { stale }),
      ...(histograms !== undefined && {
        histograms: Array.from({ length: end - start }, (_, i) => histograms[start + i]),
      }),
    };
  }

  get #lastTime(): number {
    return this.#start < this.#end ? this.#times[this.#end - 1]! : -Infinity;
  }

  #firstAfter(time: number): number {
    return this.#start + firstAfter(this.#times.subarray(this.#start, this.#end), time);
  }

  #push(time: number, value: number, stale: number, writer: object | undefined): void {
    this.#writer = writer;
    if (this.#lastTime >= time) this.#move(this.#firstAfter(time - 1));
    if (this.#end === this.#times.length) this.#move(this.#end);
    this.#times[this.#end] = time;
    this.#values[this.#end] = value;
    this.#stale[this.#end] = stale;
    this.#end++;
  }

  // Copies the samples before `end` to new memory, with spare room. Later ones may have been read.
  #move(end: number): void {
    const [start, length] = [this.#start, end - this.#start];
    const room = FIRST_ROOM + 2 * length;
    const moved = <Column extends Float64Array | Uint8Array>(from: Column, to: Column): Column => {
      to.set(from.subarray(start, end));
      return to;
    };
    this.#times = moved(this.#times, new Float64Array(room));
    this.#values = moved(this.#values, new Float64Array(room));
    this.#stale = moved(this.#stale, new Uint8Array(room));
    this.#histograms = this.#histograms?.slice(start, end);
    [this.#start, this.#end] = [0, length];
  }
}

/** The series that a rule wrote last: those that it does not write again get a stale marker. */
export class WrittenColumns {
  #columns: ReadonlySet<RecordedColumn> = new Set();

  /**
   * Writes a sample to each series, and ends the series of before that are not among them. As in Prometheus, a series keeps
   * the sample that another rule wrote at this time. Returns the error of the rule if its own one differs.
   */
  write(
    values: ReadonlyMap<RecordedColumn, number | NativeHistogram>,
    timeMillis: number,
  ): string | undefined {
    const refused: RecordedColumn[] = [];
    for (const column of this.#columns)
      if (!values.has(column) && !column.isOfOther(this, timeMillis)) column.end(timeMillis, this);
    for (const [column, value] of values) {
      if (!column.isOfOther(this, timeMillis)) column.add(timeMillis, value, this);
      else if (!isSame(column.last, value)) refused.push(column);
    }
    if (values.size > 0 || this.#columns.size > 0) this.#columns = new Set(values.keys());
    const [first] = refused;
    if (first === undefined) return undefined;
    const others = `${refused.length} with another one than an earlier rule's, such as ${show(first.labels)}`;
    return `series must have one value at a time, got ${others}; rename a rule, or add a label`;
  }
}

function isSame(
  left: number | NativeHistogram | undefined,
  right: number | NativeHistogram | undefined,
): boolean {
  if (typeof left !== "object" || typeof right !== "object") return Object.is(left, right);
  return histogramText(left) === histogramText(right);
}
