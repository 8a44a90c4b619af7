// Resets of native histograms that are counters.
import type { Buckets, NativeHistogram } from "../native-histogram.ts";
import { coarserIndex, hasCustomBuckets, sameBounds, sharedBounds } from "./bucket-bounds.ts";
import { MutableBuckets } from "./mutable-buckets.ts";
import { firstBucketAbove, widenedZeroBucket } from "./zero-bucket.ts";

/**
 * Whether a counter was reset between two samples: a count fell, a populated bucket is missing, the resolution rose, or the
 * zero bucket shrank. The reset hint of the later sample goes first. The sum of observations may fall.
 */
export function isReset(before: NativeHistogram, now: NativeHistogram): boolean {
  if (now.resetHint === "reset") return true;
  if (now.resetHint === "not-reset") return false;
  if (now.count < before.count) return true;
  if (hasCustomBuckets(now) !== hasCustomBuckets(before)) return true;
  if (hasCustomBuckets(now) && !sameBounds(now.customBounds, before.customBounds))
    return haveFallenBetweenBounds(before, now);
  if (now.schema > before.schema || now.zeroThreshold < before.zeroThreshold) return true;
  const shift = before.schema - now.schema;
  if (now.zeroThreshold === before.zeroThreshold) {
    if (now.zeroCount < before.zeroCount) return true;
  } else {
    const widened = widenedZeroBucket(before, now.zeroThreshold);
    if (widened.threshold !== now.zeroThreshold || now.zeroCount < widened.count) return true;
  }
  const from = now.zeroThreshold === 0 ? -Infinity : firstBucketAbove(now.schema, now.zeroThreshold);
  return (
    haveFallen(before.positive, now.positive, shift, from) ||
    haveFallen(before.negative, now.negative, shift, from)
  );
}

/**
 * Replaces a hint about resets, which compares a sample with the one before. A subquery may skip that one, or have a sample
 * several times.
 */
export function withoutResetHint(histogram: NativeHistogram | undefined): NativeHistogram | undefined {
  const hasHint = histogram?.resetHint === "reset" || histogram?.resetHint === "not-reset";
  return hasHint ? { ...histogram, resetHint: "unknown" } : histogram;
}

// Compares custom buckets between the bounds that both have.
function haveFallenBetweenBounds(before: NativeHistogram, now: NativeHistogram): boolean {
  const { ofLeft, ofRight } = sharedBounds(before.customBounds, now.customBounds);
  const [earlier, later] = [new MutableBuckets(), new MutableBuckets()];
  earlier.addMapped(before.positive, 1, ofLeft);
  later.addMapped(now.positive, 1, ofRight);
  return haveFallen(earlier, later, 0, -Infinity);
}

// Compares the buckets from index `from` of the later schema on.
function haveFallen(before: Buckets, now: Buckets, shift: number, from: number): boolean {
  const { offset, counts } = before;
  let pending = 0;
  for (let i = 0; i < counts.length; i++) {
    const index = coarserIndex(offset + i, shift);
    pending += counts[i]!;
    const isWhole = i + 1 === counts.length || coarserIndex(offset + i + 1, shift) !== index;
    if (!isWhole) continue;
    const count = pending;
    pending = 0;
    const later = now.counts[index - now.offset];
    if (index >= from && (later === undefined ? count !== 0 : later < count)) return true;
  }
  return false;
}
