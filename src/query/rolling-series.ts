// The samples of one series in memory, to which newer ones are added.
import { baselineOf } from "./exact.ts";
import { firstAfter } from "./evaluation/sample-search.ts";
import type { Labels, SampleSeries } from "./source.ts";
import { splicePointOf } from "./splice-point.ts";

const SPARE = 32;
// Labels, key, arrays and map entries take about 700 bytes: measured with four labels.
const FIXED_SIZE = 44;

/**
 * Samples without histograms. Samples that were read stay valid, except for a stale marker at the end, which the next
 * sample may replace.
 *
 * ```
 * times   │ older samples │ newer samples │ spare room │
 * ```
 */
export class RollingSeries {
  readonly labels: Labels;
  #times: Float64Array;
  #values: Float64Array;
  #stale: Uint8Array | undefined;
  #length: number;

  /** Copies the samples of a series. */
  constructor({ labels, times, values, stale }: SampleSeries) {
    this.labels = labels;
    this.#length = times.length;
    this.#times = enlarged(times, new Float64Array(times.length + SPARE));
    this.#values = enlarged(values, new Float64Array(times.length + SPARE));
    this.#stale = stale && enlarged(stale, new Uint8Array(times.length + SPARE));
  }

  /** Memory as a number of samples of 16 bytes: the samples, the spare room, the labels and the objects. */
  get size(): number {
    return this.#times.length + FIXED_SIZE;
  }

  /** Time of the last sample in Unix milliseconds. `undefined` if the series has ended. */
  get lastTime(): number | undefined {
    return this.#isEnded ? undefined : this.#times[this.#length - 1];
  }

  /** Adds newer samples, which replace those from the first of them on. */
  append(newer: SampleSeries): void {
    const { times, values, stale } = newer;
    const own = { times: this.#times.subarray(0, this.#length), stale: this.#stale };
    const { kept, first } = splicePointOf(own, newer);
    const length = kept + times.length - first;
    this.#makeRoom(length, stale !== undefined);
    this.#times.set(times.subarray(first), kept);
    this.#values.set(values.subarray(first), kept);
    if (stale === undefined) this.#stale?.fill(0, kept, length);
    else this.#stale?.set(stale.subarray(first), kept);
    this.#length = length;
  }

  /**
   * The samples from one time to another, both included; `undefined` without any. They share the memory.
   *
   * @param isExact whether the last sample before is wanted, too.
   */
  read(from: number, to: number, isExact = false): SampleSeries | undefined {
    const times = this.#times.subarray(0, this.#length);
    const within = firstAfter(times, from - 1);
    const end = firstAfter(times, to);
    if (within === end) return undefined;
    const first = isExact ? baselineOf(within, 0, this.#stale) : within;
    const stale = this.#stale?.subarray(first, end);
    return {
      labels: this.labels,
      times: times.subarray(first, end),
      values: this.#values.subarray(first, end),
      ...(stale?.includes(1) === true && { stale }),
    };
  }

  get #isEnded(): boolean {
    return this.#stale?.[this.#length - 1] === 1;
  }

  #makeRoom(length: number, hasMarkers: boolean): void {
    if (length > this.#times.length) {
      const room = length + (length >> 2) + SPARE;
      this.#times = enlarged(this.#times, new Float64Array(room));
      this.#values = enlarged(this.#values, new Float64Array(room));
      this.#stale &&= enlarged(this.#stale, new Uint8Array(room));
    }
    if (hasMarkers) this.#stale ??= new Uint8Array(this.#times.length);
  }
}

function enlarged<Column extends Float64Array | Uint8Array>(before: Column, after: Column): Column {
  after.set(before);
  return after;
}
