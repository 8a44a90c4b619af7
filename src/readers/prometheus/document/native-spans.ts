// Spans of a native histogram: runs of buckets with few empty ones between.
import type { BucketRun } from "../../../translation/native-buckets.ts";

/** OpenTelemetry's default for histograms without a zero threshold. */
export const ZERO_THRESHOLD = 1e-128;
// At most this number of empty buckets takes fewer bytes than another span.
const MAX_GAP = 2;

export function isPopulated({ first, last }: BucketRun): boolean {
  return first <= last;
}

/** The end of the span that begins with a populated bucket. */
export function endOfSpan({ counts, base, last }: BucketRun, from: number): number {
  let end = from + 1;
  for (let i = end; i <= last && i - end <= MAX_GAP; i++) if (counts[base + i] !== 0) end = i + 1;
  return end;
}

/** The next populated bucket, or an index after the last. */
export function nextPopulated({ counts, base, last }: BucketRun, from: number): number {
  let next = from;
  while (next <= last && counts[base + next] === 0) next++;
  return next;
}
