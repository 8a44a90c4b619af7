/** Finds the samples at equally spaced times, series by series. Reuses its memory. */
export class SampleSearch {
  readonly #first: number;
  readonly #apart: number;
  readonly #found: Int32Array;
  #times: Float64Array | undefined;

  /**
   * @param first first time to look for, in Unix milliseconds.
   * @param apart from one time to the next; may be 0.
   */
  constructor(first: number, apart: number, count: number) {
    this.#first = first;
    this.#apart = apart;
    this.#found = new Int32Array(count);
  }

  /** Time that is looked for at a step. */
  timeOf(step: number): number {
    return this.#first + step * this.#apart;
  }

  /** For each time, the index of the first sample after it. Valid until the next call. */
  after(times: Float64Array): Int32Array {
    const found = this.#found;
    // Series that are collected together share their times.
    if (times === this.#times) return found;
    this.#times = times;
    let index = this.#firstIndex(times);
    for (let step = 0; step < found.length; step++) {
      const time = this.#first + step * this.#apart;
      while (index < times.length && times[index]! <= time) index++;
      found[step] = index;
    }
    return found;
  }

  // Series of one interval have the same indices, so that of the series before is tried first.
  #firstIndex(times: Float64Array): number {
    const [guess = 0] = this.#found;
    const isAfter = guess === times.length || (guess < times.length && times[guess]! > this.#first);
    return isAfter && (guess === 0 || times[guess - 1]! <= this.#first)
      ? guess
      : firstAfter(times, this.#first);
  }
}

/** Index of the first time after `time`; the number of times if all are earlier or equal. */
export function firstAfter(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
