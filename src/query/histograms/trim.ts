// The operators `</` and `>/`: observations above or below a bound are removed from a native histogram.
import type { Buckets, NativeHistogram } from "../native-histogram.ts";
import { hasCustomBuckets } from "./bucket-bounds.ts";
import { type Bucket, wholeBucketAt } from "./buckets.ts";
import { fractionBelow } from "./fraction.ts";

/** Part of a bucket that is kept: its count, and the middle of its values. */
interface Kept {
  readonly count: number;
  readonly middle: number;
}

/**
 * Removes the observations above or below a bound. Those of the bucket that it is within are interpolated, as quantiles
 * are. The sum becomes an estimate by the middles of the buckets. Unchanged if nothing is removed.
 */
export function trimmed(
  histogram: NativeHistogram,
  bound: number,
  removed: "above" | "below",
): NativeHistogram {
  const { negative, positive, zeroCount } = histogram;
  const negatives = negative.counts.length;
  let [count, sum, isChanged] = [0, 0, false];
  const keep = (before: number, part: Kept): number => {
    count += part.count;
    sum += part.middle * part.count;
    if (part.count !== before) isChanged = true;
    return part.count;
  };
  const keptBuckets = (buckets: Buckets, placeOf: (i: number) => number): Buckets => ({
    offset: buckets.offset,
    counts: buckets.counts.map((before, i) =>
      before === 0
        ? 0
        : keep(before, keptOf(wholeBucketAt(histogram, placeOf(i)), bound, removed, histogram)),
    ),
  });
  const kept = {
    positive: keptBuckets(positive, (i) => negatives + 1 + i),
    negative: keptBuckets(negative, (i) => negatives - 1 - i),
    zeroCount: zeroCount > 0 ? keep(zeroCount, keptOfZero(histogram, bound, removed)) : zeroCount,
  };
  return isChanged ? { ...histogram, ...kept, count, sum } : histogram;
}

function keptOf(bucket: Bucket, bound: number, removed: "above" | "below", histogram: NativeHistogram): Kept {
  const { lower, upper, count } = bucket;
  const isAbove = removed === "above";
  if (isAbove ? upper <= bound : lower >= bound) return { count, middle: middleOf(lower, upper, histogram) };
  if (!(isAbove ? lower < bound : upper > bound)) return { count: 0, middle: 0 };
  if (lower === -Infinity) return keptWithoutLower(bucket, bound, isAbove);
  // Their distribution is not known: all of them may be above the bound.
  if (upper === Infinity) return isAbove ? { count: 0, middle: 0 } : { count, middle: bound };
  const below = count * fractionBelow(bucket, bound, hasCustomBuckets(histogram));
  return isAbove
    ? { count: below, middle: middleOf(lower, bound, histogram) }
    : { count: count - below, middle: middleOf(bound, upper, histogram) };
}

// The lowest custom bucket begins at 0 if its bound is above 0.
function keptWithoutLower({ upper, count }: Bucket, bound: number, isAbove: boolean): Kept {
  const isFromZero = upper > 0 && upper !== Infinity;
  if (isAbove) {
    if (bound > 0 && isFromZero) return { count: (count * bound) / upper, middle: bound / 2 };
    return upper <= 0 ? { count, middle: bound } : { count: 0, middle: 0 };
  }
  return bound >= 0 && isFromZero
    ? { count: count * (1 - bound / upper), middle: (bound + upper) / 2 }
    : { count: 0, middle: 0 };
}

function keptOfZero(histogram: NativeHistogram, bound: number, removed: "above" | "below"): Kept {
  const { zeroThreshold, zeroCount: count, negative, positive } = histogram;
  const isPopulated = ({ counts }: Buckets): boolean => counts.some((each) => each !== 0);
  const [hasNegative, hasPositive] = [isPopulated(negative), isPopulated(positive)];
  const lower = hasPositive && !hasNegative ? 0 : -zeroThreshold;
  const upper = hasNegative && !hasPositive ? 0 : zeroThreshold;
  const isAbove = removed === "above";
  if (bound <= lower) return isAbove ? { count: 0, middle: 0 } : { count, middle: (lower + upper) / 2 };
  if (bound >= upper) return isAbove ? { count, middle: (lower + upper) / 2 } : { count: 0, middle: 0 };
  return isAbove
    ? { count: count * ((bound - lower) / (upper - lower)), middle: (lower + bound) / 2 }
    : { count: count * ((upper - bound) / (upper - lower)), middle: (bound + upper) / 2 };
}

// Geometric, or arithmetic with custom buckets. A bound that is not finite has no effect.
function middleOf(lower: number, upper: number, histogram: NativeHistogram): number {
  if (lower === -Infinity) {
    if (upper === Infinity) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (upper === Infinity) return lower;
  if (hasCustomBuckets(histogram)) return (lower + upper) / 2;
  const middle = Math.sqrt(Math.abs(lower * upper));
  return lower < 0 ? -middle : middle;
}
