// A sum of native histograms.
import type { Incompatibility } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { compensationOf } from "../../engine/aggregation/kahan-sum.ts";
import { CUSTOM_SCHEMA, hasCustomBuckets, sameBounds, sharedBounds } from "./bucket-bounds.ts";
import { MutableBuckets } from "./mutable-buckets.ts";
import { firstBucketAbove, widenedZeroBucket } from "./zero-bucket.ts";

/**
 * A sum that histograms are added to. Layouts are reconciled as Prometheus does: to the lowest schema, the widest zero
 * bucket, and the custom bounds that all have. Reuse one for many sums, since adding allocates only if the range of buckets
 * grows.
 */
export class HistogramSum implements NativeHistogram {
  #isEmpty = true;
  #schema = 0;
  #count = 0;
  #sum = 0;
  #zeroThreshold = 0;
  #zeroCount = 0;
  #customBounds: readonly number[] | undefined;
  #resetHint: NativeHistogram["resetHint"] = "unknown";
  #hasReset = false;
  #hasNoReset = false;
  #isReconciled = false;
  // Lost by rounding, of the count, the sum and the zero bucket. `undefined` without compensation.
  readonly #lost: [count: number, sum: number, zeroCount: number] | undefined;
  readonly positive: MutableBuckets;
  readonly negative: MutableBuckets;

  /** @param isCompensated whether sums are compensated for rounding. */
  constructor(isCompensated = false) {
    this.#lost = isCompensated ? [0, 0, 0] : undefined;
    this.positive = new MutableBuckets(isCompensated);
    this.negative = new MutableBuckets(isCompensated);
  }

  /** Whether nothing was added since the last `clear()`. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  get schema(): number {
    return this.#schema;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  get zeroThreshold(): number {
    return this.#zeroThreshold;
  }

  get zeroCount(): number {
    return this.#zeroCount;
  }

  get customBounds(): readonly number[] | undefined {
    return this.#customBounds;
  }

  get resetHint(): NativeHistogram["resetHint"] {
    return this.#resetHint;
  }

  set resetHint(hint: NativeHistogram["resetHint"]) {
    this.#resetHint = hint;
  }

  /** Whether one of the histograms began with a reset, and another one did not. */
  get hasConflict(): boolean {
    return this.#hasReset && this.#hasNoReset;
  }

  /** Whether custom bounds differed. */
  get isReconciled(): boolean {
    return this.#isReconciled;
  }

  /** Whether a value is infinite. */
  get isOverflown(): boolean {
    const isInfinite = [this.#count, this.#sum, this.#zeroCount].some(
      (value) => Math.abs(value) === Infinity,
    );
    return isInfinite || this.positive.isOverflown || this.negative.isOverflown;
  }

  /** Removes everything. */
  clear(): void {
    this.#isEmpty = true;
    this.#hasReset = false;
    this.#hasNoReset = false;
    this.#isReconciled = false;
    this.#lost?.fill(0);
    this.positive.clear();
    this.negative.clear();
  }

  /** Replaces the content by a histogram, in a schema of at most `maxSchema`. */
  set(histogram: NativeHistogram, maxSchema: number = histogram.schema): void {
    const schema = hasCustomBuckets(histogram) ? CUSTOM_SCHEMA : Math.min(histogram.schema, maxSchema);
    this.clear();
    this.#isEmpty = false;
    this.#schema = schema;
    this.#count = histogram.count;
    this.#sum = histogram.sum;
    this.#zeroThreshold = histogram.zeroThreshold;
    this.#zeroCount = histogram.zeroCount;
    this.#customBounds = histogram.customBounds;
    this.#resetHint = schema === histogram.schema ? histogram.resetHint : "unknown";
    this.#noteHint(histogram);
    this.positive.set(histogram.positive, histogram.schema - schema);
    this.negative.set(histogram.negative, histogram.schema - schema);
  }

  /** Adds a histogram; sets it if the sum is empty. Changes nothing if the layouts cannot be combined. */
  add(histogram: NativeHistogram): Incompatibility | undefined {
    if (this.#isEmpty) {
      this.set(histogram);
      return undefined;
    }
    return this.#combine(histogram, 1);
  }

  /** Subtracts a histogram. Changes nothing if the layouts cannot be combined. The sum must not be empty. */
  subtract(histogram: NativeHistogram): Incompatibility | undefined {
    return this.#combine(histogram, -1);
  }

  /** Multiplies all counts. A negative factor makes the sum a gauge. */
  multiply(factor: number): void {
    this.#count *= factor;
    this.#sum *= factor;
    this.#zeroCount *= factor;
    if (this.#lost !== undefined) for (const i of [0, 1, 2] as const) this.#lost[i] *= factor;
    this.positive.multiply(factor);
    this.negative.multiply(factor);
    if (factor < 0) this.#resetHint = "gauge";
  }

  /** Divides all counts. No buckets are left after a division by 0. A negative divisor makes the sum a gauge. */
  divide(divisor: number): void {
    this.#count /= divisor;
    this.#sum /= divisor;
    this.#zeroCount /= divisor;
    if (this.#lost !== undefined) for (const i of [0, 1, 2] as const) this.#lost[i] /= divisor;
    if (divisor === 0) {
      this.positive.clear();
      this.negative.clear();
    } else {
      this.positive.divide(divisor);
      this.negative.divide(divisor);
    }
    if (divisor < 0) this.#resetHint = "gauge";
  }

  /** A copy without empty buckets at the ends. */
  result(): NativeHistogram {
    this.#settle();
    return {
      schema: this.#schema,
      count: this.#count,
      sum: this.#sum,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      positive: this.positive.compacted(),
      negative: this.negative.compacted(),
      customBounds: this.#customBounds,
      resetHint: this.#resetHint,
    };
  }

  #combine(histogram: NativeHistogram, sign: 1 | -1): Incompatibility | undefined {
    if (hasCustomBuckets(this) !== hasCustomBuckets(histogram)) return "mixed-schemas";
    this.#resetHint = combinedHint(this.#resetHint, histogram.resetHint);
    this.#noteHint(histogram);
    this.#count = this.#added(0, this.#count, sign * histogram.count);
    this.#sum = this.#added(1, this.#sum, sign * histogram.sum);
    if (this.#schema === CUSTOM_SCHEMA) {
      this.#combineCustom(histogram, sign);
      return undefined;
    }
    // On its own line: it changes the zero count.
    const zeroCount = this.#reconcileZeroBuckets(histogram);
    this.#zeroCount = this.#added(2, this.#zeroCount, sign * zeroCount);
    if (histogram.schema < this.#schema) {
      this.positive.coarsen(this.#schema - histogram.schema);
      this.negative.coarsen(this.#schema - histogram.schema);
      this.#schema = histogram.schema;
    }
    const shift = histogram.schema - this.#schema;
    const from = this.#zeroThreshold === 0 ? -Infinity : firstBucketAbove(this.#schema, this.#zeroThreshold);
    this.positive.add(histogram.positive, sign, shift, from);
    this.negative.add(histogram.negative, sign, shift, from);
    return undefined;
  }

  #combineCustom({ customBounds, positive }: NativeHistogram, sign: 1 | -1): void {
    if (sameBounds(this.#customBounds, customBounds)) {
      this.positive.add(positive, sign, 0, -Infinity);
      return;
    }
    const { bounds, ofLeft, ofRight } = sharedBounds(this.#customBounds, customBounds);
    this.#customBounds = bounds;
    this.#isReconciled = true;
    this.positive.merge(ofLeft);
    this.positive.addMapped(positive, sign, ofRight);
  }

  #noteHint({ resetHint }: NativeHistogram): void {
    if (resetHint === "reset") this.#hasReset = true;
    else if (resetHint === "not-reset") this.#hasNoReset = true;
  }

  #added(lost: 0 | 1 | 2, sum: number, value: number): number {
    const total = sum + value;
    if (this.#lost !== undefined) this.#lost[lost] = compensationOf(sum, value, total, this.#lost[lost]);
    return total;
  }

  // Adds what rounding has lost.
  #settle(): void {
    this.positive.settle();
    this.negative.settle();
    if (this.#lost === undefined) return;
    this.#count += this.#lost[0];
    this.#sum += this.#lost[1];
    this.#zeroCount += this.#lost[2];
    this.#lost.fill(0);
  }

  // Widens the zero bucket until both histograms can have it. Returns the zero count that the other one has then.
  #reconcileZeroBuckets(other: NativeHistogram): number {
    let { zeroThreshold: threshold, zeroCount: count } = other;
    while (threshold !== this.#zeroThreshold) {
      if (this.#zeroThreshold > threshold)
        ({ threshold, count } = widenedZeroBucket(other, this.#zeroThreshold));
      if (threshold > this.#zeroThreshold) this.#widenZeroBucket(threshold);
    }
    return count;
  }

  #widenZeroBucket(threshold: number): void {
    this.#settle();
    const widened = widenedZeroBucket(this, threshold);
    this.#zeroThreshold = widened.threshold;
    this.#zeroCount = widened.count;
    const from = firstBucketAbove(this.#schema, widened.threshold);
    this.positive.dropBelow(from);
    this.negative.dropBelow(from);
  }
}

// A gauge makes the sum a gauge. Different knowledge of resets makes it unknown.
function combinedHint(
  left: NativeHistogram["resetHint"],
  right: NativeHistogram["resetHint"],
): NativeHistogram["resetHint"] {
  if (left === right) return left;
  return left === "gauge" || right === "gauge" ? "gauge" : "unknown";
}
