import type { Buckets, NativeHistogram } from "../../../src/query/native-histogram.ts";
import type { Random } from "../../kit/random.ts";

const CUSTOM_BOUNDS = [
  [0.5, 1, 5, 25],
  [0.5, 1, 5, 25],
  [0.5, 2, 5],
] as const;

/** Options of {@link RandomHistograms}; all are false by default. */
export interface RandomHistogramOptions {
  readonly isGauge?: boolean;
  /** Whether it has custom buckets. */
  readonly isCustom?: boolean;
  /** Whether there may be observations of NaN, which are in no bucket. */
  readonly hasNaN?: boolean;
}

// Counts fall at a reset: Prometheus does not find all resets that only empty buckets.
const MOST_IN_A_STEP = 60;

/**
 * Random native histograms of one series. Counts grow, and now and then are reset, with another schema and zero bucket. A
 * gauge has new counts each time, and one layout: storage adds the empty buckets of other layouts.
 */
export class RandomHistograms {
  readonly #random: Random;
  readonly #isGauge: boolean;
  readonly #hasNaN: boolean;
  readonly #bounds: readonly number[] | undefined;
  #positive: Buckets = none;
  #negative: Buckets = none;
  #zeroCount = 0;
  #zeroThreshold = 0.001;
  #notNumbers = 0;
  #sum = 0;
  #schema = 0;

  constructor(random: Random, { isGauge = false, isCustom = false, hasNaN = false }: RandomHistogramOptions) {
    this.#random = random;
    this.#hasNaN = hasNaN;
    this.#isGauge = isGauge;
    this.#bounds = isCustom ? random.oneOf(CUSTOM_BOUNDS) : undefined;
    this.#reset();
  }

  next(): NativeHistogram {
    const random = this.#random;
    if (this.#isGauge) this.#empty();
    else if (random.chance(0.04) && total(this.#positive) > MOST_IN_A_STEP) this.#reset();
    this.#positive = grown(random, this.#positive);
    this.#negative = grown(random, this.#negative);
    this.#sum += random.integer(-5, 40) / 4;
    if (this.#bounds === undefined) {
      this.#zeroCount += random.integer(0, 2);
      if (this.#hasNaN && random.chance(0.005)) this.#notNumbers++;
    }
    return {
      schema: this.#schema,
      count: total(this.#positive) + total(this.#negative) + this.#zeroCount + this.#notNumbers,
      sum: this.#notNumbers > 0 ? NaN : this.#sum,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      positive: this.#positive,
      negative: this.#negative,
      customBounds: this.#bounds,
      resetHint: this.#isGauge ? "gauge" : "unknown",
    };
  }

  #empty(): void {
    this.#sum = 0;
    this.#zeroCount = 0;
    this.#notNumbers = 0;
    this.#positive = { ...this.#positive, counts: new Float64Array(this.#positive.counts.length) };
    this.#negative = { ...this.#negative, counts: new Float64Array(this.#negative.counts.length) };
  }

  #reset(): void {
    const random = this.#random;
    this.#empty();
    if (this.#bounds !== undefined) {
      this.#schema = -53;
      this.#zeroThreshold = 0;
      this.#positive = { offset: 0, counts: new Float64Array(this.#bounds.length + 1) };
      this.#negative = none;
      return;
    }
    this.#schema = random.oneOf([-1, 0, 0, 1, 2, 3]);
    this.#zeroThreshold = random.oneOf([0, 0.001, 0.001, 0.001, 1]);
    const offset = this.#zeroThreshold === 1 ? random.integer(1, 4) : random.integer(-4, 4);
    this.#positive = { offset, counts: new Float64Array(random.integer(1, 8)) };
    this.#negative = random.chance(0.3)
      ? { offset: random.integer(1, 3), counts: new Float64Array(random.integer(1, 3)) }
      : none;
  }
}

const none: Buckets = { offset: 0, counts: new Float64Array(0) };

function grown(random: Random, { offset, counts }: Buckets): Buckets {
  return { offset, counts: counts.map((count) => count + (random.chance(0.6) ? random.integer(0, 4) : 0)) };
}

function total({ counts }: Buckets): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
