// Places of the series in a request, from which the next request copies those that are still the same.
import type { SeriesHead } from "./series-head.ts";

// A search for a series looks this far: series that have ended are skipped.
const MAX_SKIPPED = 4;
const FIRST_SERIES = 64;
// Larger than any number of texts.
const UNIT_FACTOR = 2 ** 26;
const OTHER = -1;

/**
 * The series of one request, in their order. `starts` and `heads` are those parts of a series that its number does not
 * show.
 *
 * ```
 * bytes   │ series 0 │ series 1 │ …
 * ends               ↑          ↑
 * ```
 */
export class Layout {
  count = 0;
  #series = new Int32Array(FIRST_SERIES);
  #ends = new Int32Array(FIRST_SERIES);
  #starts = new Float64Array(FIRST_SERIES);
  #heads = new Float64Array(FIRST_SERIES);

  /** Adds a series with a number. @param end of its bytes. */
  add(series: number, head: SeriesHead, startUnixMillis: number, end: number): void {
    if (this.count === this.#series.length) this.#grow();
    this.#series[this.count] = series;
    this.#starts[this.count] = startUnixMillis;
    this.#heads[this.count] = headOf(head);
    this.#ends[this.count++] = end;
  }

  /** Adds a series that is never copied. */
  addOther(end: number): void {
    if (this.count === this.#series.length) this.#grow();
    this.#series[this.count] = OTHER;
    this.#ends[this.count++] = end;
  }

  /** Finds a series at place `from` or soon after it; -1 if it is not there. */
  find(from: number, series: number, head: SeriesHead, startUnixMillis: number): number {
    const to = Math.min(from + MAX_SKIPPED, this.count);
    for (let i = from; i < to; i++) {
      if (this.#series[i] !== series) continue;
      return this.#starts[i] === startUnixMillis && this.#heads[i] === headOf(head) ? i : -1;
    }
    return -1;
  }

  beginOf(place: number): number {
    return place === 0 ? 0 : this.#ends[place - 1]!;
  }

  endOf(place: number): number {
    return this.#ends[place]!;
  }

  #grow(): void {
    const size = 2 * this.#series.length;
    this.#series = into(new Int32Array(size), this.#series);
    this.#ends = into(new Int32Array(size), this.#ends);
    this.#starts = into(new Float64Array(size), this.#starts);
    this.#heads = into(new Float64Array(size), this.#heads);
  }
}

function headOf({ help, unit }: SeriesHead): number {
  return help * UNIT_FACTOR + unit;
}

function into<Numbers extends Int32Array | Float64Array>(grown: Numbers, numbers: Numbers): Numbers {
  grown.set(numbers);
  return grown;
}
