// The samples of repeated scrapes, as a source of queries.
import { BEGINNING, type Pause } from "../../../query/from-zero.ts";
import { labelsTest } from "../../../query/evaluation/matchers.ts";
import type { Labels, SampleSeries, Selection, Source } from "../../../query/index.ts";
import { labelsKey } from "../../../query/labels-key.ts";
import type { TextSample } from "./samples-text.ts";

const RETENTION_MILLIS = 3_600_000;
// 32 MB. With more series, the samples reach back less far.
const MAX_SAMPLES = 2_000_000;
const FIRST_LENGTH = 16;

/** Samples of the last hour, of at most two million in all; then the older half is dropped. */
export class ScrapedSamples implements Source {
  readonly #series = new Map<string, Column>();
  #firstUnixMillis = -Infinity;
  #lastUnixMillis = -Infinity;
  #count = 0;

  /** Time of the last scrape. */
  get lastUnixMillis(): number {
    return this.#lastUnixMillis;
  }

  /**
   * Adds the samples of a scrape. Series that are missing in it have ended. A count that was missing in the last scrape
   * was 0 then.
   */
  add(samples: Iterable<TextSample>, unixMillis: number): void {
    // Times ascend even if the clock was set back.
    const time = Math.max(Math.round(unixMillis), this.#lastUnixMillis + 1);
    const last = this.#lastUnixMillis;
    for (const { labels, value, isCumulative } of samples) {
      const key = labelsKey(labels);
      let column = this.#series.get(key);
      if (column === undefined) {
        this.#series.set(key, (column = new Column(labels)));
        if (isCumulative && last > -Infinity) this.#count += column.add(last, BEGINNING, false);
      }
      this.#count += column.add(time, value, false);
    }
    for (const column of this.#series.values()) if (column.isLive(time)) this.#count += column.end(time);
    this.#lastUnixMillis = time;
    if (last === -Infinity) this.#firstUnixMillis = time;
    this.#drop(time - RETENTION_MILLIS);
    if (this.#count > MAX_SAMPLES) this.#drop(time - this.#reach() / 2);
  }

  async *select({ matchers, from, to, signal }: Selection): AsyncGenerator<SampleSeries> {
    const isSelected = labelsTest(matchers);
    for (const column of this.#series.values()) {
      signal?.throwIfAborted();
      const samples = isSelected(column.labels) ? column.between(from, to) : undefined;
      if (samples !== undefined) yield samples;
    }
  }

  /** The time before the first scrape. */
  async pauses(): Promise<readonly Pause[]> {
    return [{ from: -Infinity, to: this.#firstUnixMillis }];
  }

  #reach(): number {
    let first = this.#lastUnixMillis;
    for (const column of this.#series.values()) first = Math.min(first, column.firstUnixMillis);
    return this.#lastUnixMillis - first;
  }

  #drop(before: number): void {
    for (const [key, column] of this.#series) {
      this.#count -= column.drop(before);
      if (column.isEmpty) this.#series.delete(key);
    }
  }
}

/** The samples of one series; of the arrays, the first `#length` entries. */
class Column {
  readonly labels: Labels;
  #times = new Float64Array(FIRST_LENGTH);
  #values = new Float64Array(FIRST_LENGTH);
  #stale = new Uint8Array(FIRST_LENGTH);
  #length = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get firstUnixMillis(): number {
    return this.#times[0] ?? Infinity;
  }

  /** Returns the number of samples that were added: none if the scrape has the series twice. */
  add(time: number, value: number, isStale: boolean): number {
    if (this.#length > 0 && this.#times[this.#length - 1] === time) return 0;
    if (this.#length === this.#times.length) this.#grow();
    this.#times[this.#length] = time;
    this.#values[this.#length] = value;
    this.#stale[this.#length] = isStale ? 1 : 0;
    this.#length++;
    return 1;
  }

  /** Whether its last sample is older than `time` and it has not ended. */
  isLive(time: number): boolean {
    const last = this.#length - 1;
    return last >= 0 && this.#times[last] !== time && this.#stale[last] === 0;
  }

  end(time: number): number {
    return this.add(time, NaN, true);
  }

  between(from: number, to: number): SampleSeries | undefined {
    let start = 0;
    while (start < this.#length && this.#times[start]! < from) start++;
    let end = this.#length;
    while (end > start && this.#times[end - 1]! > to) end--;
    if (start === end) return undefined;
    const stale = this.#stale.slice(start, end);
    return {
      labels: this.labels,
      times: this.#times.slice(start, end),
      values: this.#values.slice(start, end),
      ...(stale.includes(1) && { stale }),
    };
  }

  /** Drops the samples before a time, and returns their number. */
  drop(before: number): number {
    let count = 0;
    while (count < this.#length && this.#times[count]! < before) count++;
    if (count === 0) return 0;
    for (const array of [this.#times, this.#values, this.#stale]) array.copyWithin(0, count, this.#length);
    this.#length -= count;
    return count;
  }

  #grow(): void {
    const length = 2 * this.#times.length;
    const [times, values, stale] = [this.#times, this.#values, this.#stale];
    this.#times = new Float64Array(length);
    this.#values = new Float64Array(length);
    this.#stale = new Uint8Array(length);
    this.#times.set(times);
    this.#values.set(values);
    this.#stale.set(stale);
  }
}
