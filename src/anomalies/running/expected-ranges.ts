// The expected ranges of a series over the last hour, for charts.
const POINTS = 240;

/** Lowest and highest usual values, one pair per time; `null` for times without a range. */
export interface ExpectedBand {
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** The 240 latest expected ranges of a series. Takes 4 KB. */
export class ExpectedRanges {
  readonly #times = new Float64Array(POINTS);
  readonly #low = new Float32Array(POINTS);
  readonly #high = new Float32Array(POINTS);
  // Number of ranges so far. The slot of the next one is its remainder.
  #count = 0;

  /** Adds the range at a time, in seconds since the epoch. */
  push(seconds: number, [low, high]: readonly [low: number, high: number]): void {
    const last = this.#times[(this.#count - 1) % POINTS] ?? 0;
    // The clock was set back. Times stay in ascending order, and of equal ones the last has the range.
    if (seconds < last) this.#times.set(this.#times.map((time) => Math.min(time, seconds)));
    const slot = this.#count++ % POINTS;
    this.#times[slot] = seconds;
    this.#low[slot] = low;
    this.#high[slot] = high;
  }

  /**
   * The ranges at times in ascending order, in seconds since the epoch: of each, the latest one that is at most
   * `maxAgeSeconds` old.
   */
  at(times: readonly number[], maxAgeSeconds: number): ExpectedBand {
    const low: (number | null)[] = [];
    const high: (number | null)[] = [];
    let next = Math.max(0, this.#count - POINTS);
    for (const time of times) {
      while (next < this.#count && (this.#times[next % POINTS] ?? Infinity) <= time) next++;
      const slot = (next - 1) % POINTS;
      const isKnown = next > 0 && time - (this.#times[slot] ?? -Infinity) <= maxAgeSeconds;
      const isOfRing = next > Math.max(0, this.#count - POINTS);
      low.push(isKnown && isOfRing ? (this.#low[slot] ?? null) : null);
      high.push(isKnown && isOfRing ? (this.#high[slot] ?? null) : null);
    }
    return { low, high };
  }
}
