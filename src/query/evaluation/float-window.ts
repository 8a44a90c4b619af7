/** Floats of one series in one window, for the functions over ranges. One object serves all windows of a query. */
export class FloatWindow {
  times: Float64Array = EMPTY;
  values: Float64Array = EMPTY;
  /** Index of the first sample. */
  first = 0;
  /** Index after the last sample. */
  end = 0;
  /** Bounds of the window in Unix milliseconds; its start is excluded. */
  rangeStart = 0;
  rangeEnd = 0;
  /** Time of evaluation in Unix milliseconds; later than `rangeEnd` with an offset. */
  time = 0;
  /** Whether the series may have a sample of its beginning. */
  isFromZero = false;
  /** Whether a rise is exact: from the last sample before the window, which is the first one then. */
  isExact = false;
  /** Value of the scalar arguments at this step. */
  readonly args: number[] = [];

  // Indices of the samples that are below their predecessors, and the first of them in the window.
  readonly #resets: number[] = [];
  #resetCount = 0;
  // Indices of the next sample to look at, and after the last one.
  #nextSample = 0;
  #samplesEnd = 0;
  #nextReset = 0;

  /** Begins a series. */
  of(times: Float64Array, values: Float64Array): void {
    this.times = times;
    this.values = values;
  }

  /** Begins to look for the resets of the series' samples from `first` to before `end`. */
  beginResets(first: number, end: number): void {
    this.#resetCount = 0;
    this.#nextReset = 0;
    this.#nextSample = first + 1;
    this.#samplesEnd = end;
  }

  /** Finds the resets among the next samples, at most `count`. Returns whether there are more samples. */
  findResets(count: number): boolean {
    const { values } = this;
    const end = Math.min(this.#nextSample + count, this.#samplesEnd);
    for (let i = this.#nextSample; i < end; i++)
      if (values[i]! < values[i - 1]!) this.#resets[this.#resetCount++] = i;
    this.#nextSample = end;
    return end < this.#samplesEnd;
  }

  /** Adds the value before each reset in the window to a change, one after the other. Windows come in order. */
  correctedForResets(change: number): number {
    const [resets, count] = [this.#resets, this.#resetCount];
    if (count === 0) return change;
    while (this.#nextReset < count && resets[this.#nextReset]! <= this.first) this.#nextReset++;
    for (let i = this.#nextReset; i < count && resets[i]! < this.end; i++)
      change += this.values[resets[i]! - 1]!;
    return change;
  }
}

const EMPTY = new Float64Array(0);
