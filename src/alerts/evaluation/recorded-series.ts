// Series that rules write: of recording rules, and `ALERTS` and `ALERTS_FOR_STATE`.
import type { ImmediateSource, LabelSource, SeriesInMemory } from "../../query/capable-source.ts";
import { LogOnce } from "../../diagnostics/log-once.ts";
import { labelsTest, metricNameOf } from "../../query/evaluation/matchers.ts";
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { Labels, SampleSeries, Selection, Source } from "../../query/source.ts";

/** Age from which samples are dropped. */
const RETENTION_MILLIS = 3_600_000;
/** Maximum number of series, those that ended within the last hour included. */
export const MAX_RECORDED_SERIES = 20_000;
// About 50 MB.
const MAX_SAMPLES = 2_000_000;
// A native histogram takes the memory of about this number of samples.
const SIZE_OF_HISTOGRAM = 40;
// With too many samples, their maximum age becomes shorter by this factor.
const SHORTER = 0.9;
// Series between two turns of the caller.
const PIECE = 64;

/** The last hour of the series that rules write, in memory. At most 20,000 series, and 2,000,000 samples: the oldest go first. */
export class RecordedSeries implements Source, LabelSource, ImmediateSource {
  // By name, then by all labels.
  readonly #series = new Map<string, Map<string, RecordedColumn>>();
  readonly #maxSamples: number;
  readonly #once = new LogOnce();
  #count = 0;

  constructor(maxSamples: number = MAX_SAMPLES) {
    this.#maxSamples = maxSamples;
  }

  /** The series with these labels; `undefined` if there are too many to add one. */
  column(labels: Labels): RecordedColumn | undefined {
    const key = JSON.stringify(labels);
    const name = labels["__name__"] ?? "";
    const named = this.#series.get(name) ?? new Map<string, RecordedColumn>();
    const known = named.get(key);
    if (known !== undefined) return known;
    if (this.#count >= MAX_RECORDED_SERIES) return undefined;
    const column = new RecordedColumn(labels);
    named.set(key, column);
    this.#series.set(name, named);
    this.#count++;
    return column;
  }

  /**
   * Drops samples that are old at `timeMillis`, and those after `nowMillis`, which a clock that was set back has left. Other
   * groups may have written samples after `timeMillis`.
   */
  prune(timeMillis: number, nowMillis: number = timeMillis): void {
    let ageMillis = RETENTION_MILLIS;
    while (this.#prune(timeMillis - ageMillis, nowMillis) > this.#maxSamples && ageMillis > 1) {
      this.#once.warn("samples", () => {
        const limit = `more than ${this.#maxSamples} samples`;
        return `rules: rules write ${limit} in an hour; the oldest are dropped: aggregate, or raise the interval`;
      });
      ageMillis *= SHORTER;
    }
  }

  // Returns the number of samples that are left.
  #prune(from: number, to: number): number {
    let samples = 0;
    for (const [name, named] of this.#series) {
      for (const [key, column] of named) {
        if (column.prune(from, to)) {
          samples += column.size;
          continue;
        }
        named.delete(key);
        column.isDropped = true;
        this.#count--;
      }
      if (named.size === 0) this.#series.delete(name);
    }
    return samples;
  }

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    for (const column of this.#selected(selection)) {
      const samples = column.read(selection.from, selection.to);
      if (samples !== undefined) yield samples;
    }
  }

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *labels(selection: Selection): AsyncGenerator<Labels> {
    for (const column of this.#selected(selection))
      if (column.read(selection.from, selection.to) !== undefined) yield column.labels;
  }

  /** Whether no series has the name that a selection asks for. */
  isWithout({ matchers }: Selection): boolean {
    const name = metricNameOf(matchers);
    return this.#count === 0 || (name !== undefined && !this.#series.has(name));
  }

  inMemory(): SeriesInMemory {
    return { select: (selection) => this.#selectNow(selection) };
  }

  *#selectNow(selection: Selection): Generator<undefined, readonly SampleSeries[], undefined> {
    const found: SampleSeries[] = [];
    let count = 0;
    for (const column of this.#selected(selection)) {
      const samples = column.read(selection.from, selection.to);
      if (samples !== undefined) found.push(samples);
      if (++count % PIECE === 0) yield;
    }
    return found;
  }

  *#selected({ matchers }: Selection): Generator<RecordedColumn> {
    const name = metricNameOf(matchers);
    const candidates = name === undefined ? [...this.#series.values()] : [this.#series.get(name)];
    let holds: ((labels: Labels) => boolean) | undefined;
    for (const named of candidates) {
      if (named === undefined) continue;
      holds ??= labelsTest(matchers);
      for (const column of named.values()) if (holds(column.labels)) yield column;
    }
  }
}

/** The samples of one series. */
export class RecordedColumn {
  readonly labels: Labels;
  /** Whether it had no samples left, and a new one with these labels has to be made. */
  isDropped = false;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  readonly #stale: number[] = [];
  // The writer of the last sample.
  #writer: object | undefined;
  #histograms: (NativeHistogram | undefined)[] | undefined;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  /** Whether the last sample is at this time, and by another writer. */
  isOfOther(writer: object, timeMillis: number): boolean {
    return this.#times.at(-1) === timeMillis && this.#writer !== writer;
  }

  /** Value of the last sample; `undefined` if it is a stale marker. */
  get last(): number | NativeHistogram | undefined {
    if (this.#stale.at(-1) === 1) return undefined;
    return this.#histograms?.at(-1) ?? this.#values.at(-1);
  }

  /** Adds a sample. It replaces one at the same time, and those after it. */
  add(timeMillis: number, value: number | NativeHistogram, writer?: object): void {
    this.#writer = writer;
    const isFloat = typeof value === "number";
    this.#push(timeMillis, isFloat ? value : Number.NaN, 0);
    if (isFloat && this.#histograms === undefined) return;
    this.#histograms ??= Array.from(this.#times, () => undefined);
    this.#histograms[this.#times.length - 1] = isFloat ? undefined : value;
  }

  /** Adds a stale marker: the series has ended. */
  end(timeMillis: number, writer?: object): void {
    this.#writer = writer;
    this.#push(timeMillis, Number.NaN, 1);
    if (this.#histograms !== undefined) this.#histograms[this.#times.length - 1] = undefined;
  }

  /** Number of samples; a native histogram counts as several. */
  get size(): number {
    return this.#times.length * (this.#histograms === undefined ? 1 : SIZE_OF_HISTOGRAM);
  }

  /** Drops samples outside of a range of times. Returns whether there are samples left. */
  prune(from: number, to: number): boolean {
    this.#truncate(this.#times.findLastIndex((time) => time <= to) + 1);
    // Most calls drop nothing or one sample.
    let old = 0;
    while (old < this.#times.length && (this.#times[old] ?? 0) < from) old++;
    if (old > 0) {
      for (const column of [this.#times, this.#values, this.#stale]) column.splice(0, old);
      this.#histograms?.splice(0, old);
    }
    return this.#times.length > 0;
  }

  /** The samples from `from` to `to`; `undefined` without any. */
  read(from: number, to: number): SampleSeries | undefined {
    const times = this.#times;
    const end = times.findLastIndex((time) => time <= to) + 1;
    let start = end;
    while (start > 0 && (times[start - 1] ?? 0) >= from) start--;
    if (start === end) return undefined;
    const stale = this.#stale.slice(start, end);
    const histograms = this.#histograms?.slice(start, end);
    return {
      labels: this.labels,
      times: Float64Array.from(times.slice(start, end)),
      values: Float64Array.from(this.#values.slice(start, end)),
      ...(stale.includes(1) && { stale: Uint8Array.from(stale) }),
      ...(histograms !== undefined && { histograms }),
    };
  }

  #push(time: number, value: number, stale: number): void {
    const { length } = this.#times;
    if (length > 0 && (this.#times[length - 1] ?? 0) >= time)
      this.#truncate(this.#times.findLastIndex((each) => each < time) + 1);
    this.#times.push(time);
    this.#values.push(value);
    this.#stale.push(stale);
  }

  #truncate(length: number): void {
    if (length >= this.#times.length) return;
    this.#times.length = length;
    this.#values.length = length;
    this.#stale.length = length;
    if (this.#histograms !== undefined) this.#histograms.length = length;
  }
}
