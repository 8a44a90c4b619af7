// `histogram_quantile` and `histogram_fraction` of classic histograms.
import { DECIMAL_TEXT } from "../syntax/number.ts";

/** Buckets whose counts were raised: their bounds, and the largest difference. */
export interface BucketRepair {
  readonly minBound: number;
  readonly maxBound: number;
  readonly maxDifference: number;
}

/**
 * The buckets of one classic histogram at one time, with cumulative counts. Reuse one for many histograms: it keeps its
 * memory.
 */
export class StepBuckets {
  #bounds = new Float64Array(32);
  #counts = new Float64Array(32);
  #length = 0;
  #repaired: BucketRepair | undefined;

  /** The counts that the last {@link quantile} had to raise, since they were below that of a lower bucket. */
  get repair(): BucketRepair | undefined {
    return this.#repaired;
  }

  /** Removes all buckets. */
  clear(): void {
    this.#length = 0;
    this.#repaired = undefined;
  }

  /** Adds a bucket. The counts of buckets with the same bound are added. In ascending order is fastest. */
  add(upperBound: number, count: number): void {
    let place = this.#length;
    while (place > 0 && this.#bounds[place - 1]! > upperBound) place--;
    if (place > 0 && this.#bounds[place - 1] === upperBound) {
      this.#counts[place - 1]! += count;
      return;
    }
    if (this.#length === this.#bounds.length) this.#grow();
    this.#bounds.copyWithin(place + 1, place, this.#length);
    this.#counts.copyWithin(place + 1, place, this.#length);
    this.#bounds[place] = upperBound;
    this.#counts[place] = count;
    this.#length++;
  }

  /**
   * Estimate of a quantile, with linear interpolation. The lowest bucket begins at 0 if its bound is above 0. NaN without
   * observations, without a bucket `+Inf`, or with that one alone. Raises counts that are below that of a lower bucket.
   */
  quantile(q: number): number {
    if (Number.isNaN(q)) return NaN;
    if (q < 0) return -Infinity;
    if (q > 1) return Infinity;
    const last = this.#length - 1;
    if (this.#bounds[last] !== Infinity) return NaN;
    this.#repair();
    const observations = this.#counts[last]!;
    if (last === 0 || observations === 0) return NaN;
    const rank = q * observations;
    const place = this.#firstReaching(rank);
    if (place === last) return this.#bounds[last - 1]!;
    const upper = this.#bounds[place]!;
    const count = this.#counts[place]!;
    if (place === 0) return upper <= 0 ? upper : upper * (rank / count);
    const lower = this.#bounds[place - 1]!;
    const below = this.#counts[place - 1]!;
    return lower + (upper - lower) * ((rank - below) / (count - below));
  }

  /**
   * Estimate of the fraction of observations between two bounds, with linear interpolation. The lowest bucket begins at 0
   * if its bound is above 0, as in Prometheus 3.8. NaN without observations, or without a bucket `+Inf`.
   */
  fraction(lower: number, upper: number): number {
    const last = this.#length - 1;
    if (this.#bounds[last] !== Infinity) return NaN;
    const observations = this.#counts[last]!;
    if (observations === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
    if (lower >= upper) return 0;
    const belowUpper = Math.min(this.#countBelow(upper) ?? observations, observations);
    const belowLower = Math.min(this.#countBelow(lower) ?? observations, observations);
    return (belowUpper - belowLower) / observations;
  }

  // Makes counts ascend. A difference that rounding explains is not reported as a repair.
  #repair(): void {
    let highest = this.#counts[0]!;
    for (let i = 1; i < this.#length; i++) {
      const count = this.#counts[i]!;
      if (count === highest) continue;
      if (isAlmostEqual(highest, count)) {
        this.#counts[i] = highest;
      } else if (count < highest) {
        this.#counts[i] = highest;
        const { minBound, maxDifference } = this.#repaired ?? {
          minBound: this.#bounds[i]!,
          maxDifference: 0,
        };
        this.#repaired = {
          minBound,
          maxBound: this.#bounds[i]!,
          maxDifference: Math.max(maxDifference, highest - count),
        };
      } else highest = count;
    }
  }

  // First bucket below the last one whose count reaches a rank; otherwise the last one. With counts of NaN, the result
  // depends on the order of the search: halves, as in Prometheus.
  #firstReaching(rank: number): number {
    let low = 0;
    let high = this.#length - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#counts[middle]! >= rank) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  // Number of observations below a value; `undefined` if it is above all buckets.
  #countBelow(value: number): number | undefined {
    let below = 0;
    let lower = this.#bounds[0]! > 0 ? 0 : -Infinity;
    for (let i = 0; i < this.#length; i++) {
      const upper = this.#bounds[i]!;
      const count = this.#counts[i]!;
      if (lower >= value) return below;
      if (upper > value) {
        // A bucket without a lower bound counts as a whole.
        return lower === -Infinity ? count : below + ((count - below) * (value - lower)) / (upper - lower);
      }
      below = count;
      lower = upper;
    }
    return undefined;
  }

  #grow(): void {
    const [bounds, counts] = [this.#bounds, this.#counts];
    this.#bounds = new Float64Array(2 * bounds.length);
    this.#counts = new Float64Array(2 * counts.length);
    this.#bounds.set(bounds);
    this.#counts.set(counts);
  }
}

/** The bound in a bucket's label `le`; `undefined` if it is not a number as Go reads it. */
export function bucketBound(le: string): number | undefined {
  const digits = le.replaceAll(/(?<=\d)_(?=\d)/g, "");
  if (DECIMAL_TEXT.test(digits)) return Number.isFinite(Number(digits)) ? Number(digits) : undefined;
  const special = SPECIAL.exec(le);
  if (special === null) return hexadecimal(le);
  if (special[2] !== undefined) return NaN;
  return special[1] === "-" ? -Infinity : Infinity;
}

const SPECIAL = /^([+-]?)inf(?:inity)?$|^(nan)$/i;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?p([+-]?\d+)$/i;

function hexadecimal(text: string): number | undefined {
  const match = HEXADECIMAL.exec(text.replaceAll(/(?<=[\da-fx])_(?=[\da-f])/gi, ""));
  if (match === null) return undefined;
  const [, sign, whole = "", part = "", exponent] = match;
  if (whole + part === "") return undefined;
  const magnitude = parseInt(whole + part, 16) * 2 ** (Number(exponent) - 4 * part.length);
  return sign === "-" ? -magnitude : magnitude;
}

// The difference is at most 1e-12 of the sum of both.
function isAlmostEqual(left: number, right: number): boolean {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) && Number.isNaN(right);
  const difference = Math.abs(left - right);
  const magnitude = Math.abs(left) + Math.abs(right);
  if (left === 0 || right === 0 || magnitude < SMALLEST_NORMAL) return difference < 1e-12 * SMALLEST_NORMAL;
  return difference / Math.min(magnitude, Number.MAX_VALUE) < 1e-12;
}

const SMALLEST_NORMAL = 2 ** -1022;
