// A sum of native histograms.
import type { Incompatibility } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { CUSTOM_SCHEMA, hasCustomBuckets, sameBounds } from "./bucket-bounds.ts";
import { MutableBuckets } from "./mutable-buckets.ts";
import { firstBucketAbove, widenedZeroBucket } from "./zero-bucket.ts";

/**
 * A sum that histograms are added to. Schemas and zero buckets are reconciled as Prometheus does: to the lowest schema and
 * the widest zero bucket. Reuse one for many sums, since adding allocates only if the range of buckets grows.
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
  readonly positive: MutableBuckets = new MutableBuckets();
  readonly negative: MutableBuckets = new MutableBuckets();

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

  /** Removes everything. */
  clear(): void {
    this.#isEmpty = true;
    this.positive.clear();
    this.negative.clear();
  }

  /** Replaces the content by a histogram, in a schema of at most `maxSchema`. */
  set(histogram: NativeHistogram, maxSchema: number = histogram.schema): void {
    const schema = hasCustomBuckets(histogram) ? CUSTOM_SCHEMA : Math.min(histogram.schema, maxSchema);
    this.#isEmpty = false;
    this.#schema = schema;
    this.#count = histogram.count;
    this.#sum = histogram.sum;
    this.#zeroThreshold = histogram.zeroThreshold;
    this.#zeroCount = histogram.zeroCount;
    this.#customBounds = histogram.customBounds;
    this.#resetHint = schema === histogram.schema ? histogram.resetHint : "unknown";
    this.positive.set(histogram.positive, histogram.schema - schema);
    this.negative.set(histogram.negative, histogram.schema - schema);
  }

  /** Adds a histogram; sets it if the sum is empty. Changes nothing if the layouts cannot be combined. */
  add(histogram: NativeHistogram): Incompatibility | undefined {
    if (this.#isEmpty) {
      this.set(histogram);
      return undefined;
    }
    const incompatibility = incompatibilityOf(this, histogram);
    if (incompatibility !== undefined) return incompatibility;
    this.#resetHint = combinedHint(this.#resetHint, histogram.resetHint);
    this.#combine(histogram, 1);
    return undefined;
  }

  /** Subtracts a histogram. Changes nothing if the layouts cannot be combined. The sum must not be empty. */
  subtract(histogram: NativeHistogram): Incompatibility | undefined {
    const incompatibility = incompatibilityOf(this, histogram);
    if (incompatibility === undefined) this.#combine(histogram, -1);
    return incompatibility;
  }

  multiply(factor: number): void {
    this.#count *= factor;
    this.#sum *= factor;
    this.#zeroCount *= factor;
    this.positive.multiply(factor);
    this.negative.multiply(factor);
  }

  /** Divides all counts. No buckets are left after a division by 0. */
  divide(divisor: number): void {
    this.#count /= divisor;
    this.#sum /= divisor;
    this.#zeroCount /= divisor;
    if (divisor === 0) {
      this.positive.clear();
      this.negative.clear();
    } else {
      this.positive.divide(divisor);
      this.negative.divide(divisor);
    }
  }

  /** A copy without empty buckets at the ends. */
  result(): NativeHistogram {
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

  #combine(histogram: NativeHistogram, sign: 1 | -1): void {
    this.#count += sign * histogram.count;
    this.#sum += sign * histogram.sum;
    if (this.#schema === CUSTOM_SCHEMA) {
      this.positive.add(histogram.positive, sign, 0, -Infinity);
      return;
    }
    // On its own line: it changes the zero count.
    const zeroCount = this.#reconcileZeroBuckets(histogram);
    this.#zeroCount += sign * zeroCount;
    if (histogram.schema < this.#schema) {
      this.positive.coarsen(this.#schema - histogram.schema);
      this.negative.coarsen(this.#schema - histogram.schema);
      this.#schema = histogram.schema;
    }
    const shift = histogram.schema - this.#schema;
    const from = this.#zeroThreshold === 0 ? -Infinity : firstBucketAbove(this.#schema, this.#zeroThreshold);
    this.positive.add(histogram.positive, sign, shift, from);
    this.negative.add(histogram.negative, sign, shift, from);
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
    const widened = widenedZeroBucket(this, threshold);
    this.#zeroThreshold = widened.threshold;
    this.#zeroCount = widened.count;
    const from = firstBucketAbove(this.#schema, widened.threshold);
    this.positive.dropBelow(from);
    this.negative.dropBelow(from);
  }
}

function incompatibilityOf(left: NativeHistogram, right: NativeHistogram): Incompatibility | undefined {
  if (hasCustomBuckets(left) !== hasCustomBuckets(right)) return "mixed-schemas";
  return sameBounds(left.customBounds, right.customBounds) ? undefined : "different-bounds";
}

// A gauge makes the sum a gauge. Different knowledge of resets makes it unknown.
function combinedHint(
  left: NativeHistogram["resetHint"],
  right: NativeHistogram["resetHint"],
): NativeHistogram["resetHint"] {
  if (left === right) return left;
  return left === "gauge" || right === "gauge" ? "gauge" : "unknown";
}
