// Equality of native histograms.
import type { Buckets, NativeHistogram } from "../native-histogram.ts";
import { sameBounds } from "./bucket-bounds.ts";

/**
 * Whether two histograms have the same schema, zero bucket and counts. NaN equals NaN; empty buckets and knowledge of
 * resets have no effect.
 */
export function equal(left: NativeHistogram, right: NativeHistogram): boolean {
  return (
    left === right ||
    (left.schema === right.schema &&
      Object.is(left.count, right.count) &&
      Object.is(left.sum, right.sum) &&
      left.zeroThreshold === right.zeroThreshold &&
      Object.is(left.zeroCount, right.zeroCount) &&
      sameBounds(left.customBounds, right.customBounds) &&
      equalBuckets(left.positive, right.positive) &&
      equalBuckets(left.negative, right.negative))
  );
}

function equalBuckets(left: Buckets, right: Buckets): boolean {
  const first = Math.min(left.offset, right.offset);
  const end = Math.max(left.offset + left.counts.length, right.offset + right.counts.length);
  for (let i = first; i < end; i++)
    if (!Object.is(left.counts[i - left.offset] ?? 0, right.counts[i - right.offset] ?? 0)) return false;
  return true;
}
