/** Processing times of a kernel, in seconds. The error of the quantiles is at most 1 %. */
export interface KernelLatency {
  /** Number of recorded times. */
  readonly count: number;
  /** Arithmetic mean, in seconds. */
  readonly mean: number;
  /** Median, in seconds. */
  readonly p50: number;
  /** 95th percentile, in seconds. */
  readonly p95: number;
  /** 99th percentile, in seconds. */
  readonly p99: number;
}

const RELATIVE_ERROR = 0.01;
const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);
// Limits the number of buckets to about 1,500.
const MIN_SECONDS = 1e-7;
const MAX_SECONDS = 1e6;

/**
 * Quantiles of durations. The width of the buckets grows by a constant factor: bucket `i` counts (growth^(i-1),
 * growth^i].
 *
 * @see Masson, Rim, Lee: "DDSketch", VLDB 2019
 */
export class LatencySketch {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #sum = 0;

  record(seconds: number): void {
    const bucket = Math.ceil(Math.log(Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS)) / LOG_GROWTH);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
    this.#sum += seconds;
  }

  absorb(other: LatencySketch): void {
    for (const [bucket, count] of other.#buckets) {
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
    }
    this.#count += other.#count;
    this.#sum += other.#sum;
  }

  /** Returns the current figures. Visits each bucket. */
  latency(): KernelLatency {
    const buckets = [...this.#buckets].toSorted(([a], [b]) => a - b);
    const quantile = (share: number): number => {
      let remaining = share * (this.#count - 1);
      for (const [bucket, count] of buckets) {
        remaining -= count;
        // At the same relative distance from both bounds.
        if (remaining < 0) return (2 * GROWTH ** bucket) / (1 + GROWTH);
      }
      return Number.NaN;
    };
    const mean = this.#sum / this.#count;
    return { count: this.#count, mean, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
  }
}
