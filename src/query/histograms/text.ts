// Native histograms as text and as JSON, as Prometheus writes them.
import type { NativeHistogram } from "../native-histogram.ts";
import { jsonNumber, shortNumber } from "../number-text.ts";
import { type Bucket, bucketAt, countAt, placesOf, wholeBucketAt } from "./buckets.ts";

/** A histogram in results of `promtool`: `{count:3, sum:6, (1,2]:3}`. */
export function histogramText(histogram: NativeHistogram): string {
  const { count, sum, zeroCount, negative } = histogram;
  const parts = [`count:${shortNumber(count)}`, `sum:${shortNumber(sum)}`];
  for (let place = 0; place < placesOf(histogram); place++) {
    const isZeroBucket = place === negative.counts.length;
    if ((isZeroBucket ? zeroCount : countAt(histogram, place)) !== 0)
      parts.push(bucketText(wholeBucketAt(histogram, place)));
  }
  return `{${parts.join(", ")}}`;
}

/** A histogram in the JSON of Prometheus' HTTP API. */
export interface HistogramJson {
  readonly count: string;
  readonly sum: string;
  /** Populated buckets, ascending; missing without any. */
  readonly buckets?: readonly BucketJson[];
}

/** A bucket: rule, lower bound, upper bound, count. */
export type BucketJson = readonly [BoundaryRule, string, string, string];

/** Bounds that are part of a bucket: the upper one, the lower one, no bound, or both. */
export type BoundaryRule = 0 | 1 | 2 | 3;

/** Converts a histogram to the JSON of Prometheus' HTTP API. */
export function histogramJson(histogram: NativeHistogram): HistogramJson {
  const buckets: BucketJson[] = [];
  for (let place = 0; place < placesOf(histogram); place++) {
    const count = countAt(histogram, place);
    if (count === 0) continue;
    const bucket = bucketAt(histogram, place);
    buckets.push([ruleOf(bucket), jsonNumber(bucket.lower), jsonNumber(bucket.upper), jsonNumber(count)]);
  }
  const whole = { count: jsonNumber(histogram.count), sum: jsonNumber(histogram.sum) };
  return buckets.length === 0 ? whole : { ...whole, buckets };
}

function ruleOf({ includesLower, includesUpper }: Bucket): BoundaryRule {
  if (includesLower) return includesUpper ? 3 : 1;
  return includesUpper ? 0 : 2;
}

function bucketText({ lower, upper, count, includesLower, includesUpper }: Bucket): string {
  const opening = includesLower ? "[" : "(";
  const closing = includesUpper ? "]" : ")";
  return `${opening}${shortNumber(lower)},${shortNumber(upper)}${closing}:${shortNumber(count)}`;
}
