// Rows of exponential histograms as native histograms of Prometheus.
import type { Buckets, NativeHistogram } from "../../query/native-histogram.ts";
import { type ExponentialBuckets, zeroAt } from "../store/histogram-cells.ts";

// Prometheus has no finer and no coarser ones.
const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;
// OpenTelemetry's default; the Prometheus reader exports the same.
const ZERO_THRESHOLD = 1e-128;

/**
 * The histogram of a row, which is `[sum, bucket 0, …, bucket n]`. Its scale is lowered to 8; `undefined` if it is below
 * -4.
 */
export function nativeFromRow(row: Float64Array, buckets: ExponentialBuckets): NativeHistogram | undefined {
  const { scale, positiveOffset, positiveLength, negativeOffset, negativeLength } = buckets;
  if (scale < MIN_SCHEMA) return undefined;
  const size = 2 ** Math.max(scale - MAX_SCHEMA, 0);
  const zero = zeroAt(negativeLength);
  let count = 0;
  for (let i = 1; i < row.length; i++) count += row[i]!;
  return {
    schema: Math.min(scale, MAX_SCHEMA),
    count,
    sum: row[0]!,
    zeroThreshold: ZERO_THRESHOLD,
    zeroCount: row[zero]!,
    positive: bucketsFrom(positiveLength, positiveOffset, size, (k) => row[zero + 2 + k]!),
    // The largest negative values come first, because they are the lowest.
    negative: bucketsFrom(negativeLength, negativeOffset, size, (k) => row[zero - 2 - k]!),
    resetHint: "unknown",
  };
}

// Empty buckets at the ends are left out. Prometheus' number of a bucket is one higher than OpenTelemetry's.
function bucketsFrom(
  length: number,
  offset: number,
  size: number,
  countAt: (index: number) => number,
): Buckets {
  let low = 0;
  while (low < length && countAt(low) === 0) low++;
  if (low === length) return { offset: 0, counts: new Float64Array() };
  let high = length - 1;
  while (countAt(high) === 0) high--;
  const first = Math.floor((offset + low) / size);
  const counts = new Float64Array(Math.floor((offset + high) / size) - first + 1);
  for (let k = low; k <= high; k++) counts[Math.floor((offset + k) / size) - first]! += countAt(k);
  return { offset: first + 1, counts };
}
