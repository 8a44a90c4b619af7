// Native histograms in results of the Prometheus HTTP API, which have the bounds of buckets but no schema.
import { CUSTOM_SCHEMA } from "../../query/histograms/bucket-bounds.ts";
import type { BucketJson, HistogramJson } from "../../query/histograms/text.ts";
import type { Buckets, NativeHistogram } from "../../query/native-histogram.ts";

interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

const EMPTY: Buckets = { offset: 0, counts: new Float64Array() };
const [MIN_SCHEMA, MAX_SCHEMA] = [-4, 8];
// Rule of a bucket that includes both bounds: the zero bucket, and the first custom one.
const BOTH = 3;

/** Converts a histogram. Its schema results from the bounds; custom bounds are those of the populated buckets. */
export function histogramFromJson({ count, sum, buckets = [] }: HistogramJson): NativeHistogram {
  const zero = buckets.filter(isZeroBucket).map(bucketFrom);
  const others = buckets.filter((each) => !isZeroBucket(each)).map(bucketFrom);
  const negative = others.filter(({ upper }) => upper <= 0).map(mirrored);
  const positive = others.filter(({ upper }) => upper > 0);
  const schema = schemaOf([...negative, ...positive]);
  const whole = { count: numberFrom(count), sum: numberFrom(sum), resetHint: "unknown" } as const;
  if (schema === undefined) return { ...whole, schema: CUSTOM_SCHEMA, ...customBuckets(others) };
  return {
    ...whole,
    schema,
    zeroThreshold: zero[0]?.upper ?? 0,
    zeroCount: zero[0]?.count ?? 0,
    positive: dense(positive, schema),
    negative: dense(negative, schema),
  };
}

function isZeroBucket([rule, lower, upper]: BucketJson): boolean {
  return rule === BOTH && numberFrom(lower) === -numberFrom(upper);
}

function bucketFrom([, lower, upper, count]: BucketJson): Bucket {
  return { lower: numberFrom(lower), upper: numberFrom(upper), count: numberFrom(count) };
}

function mirrored({ lower, upper, count }: Bucket): Bucket {
  return { lower: -upper, upper: -lower, count };
}

// `undefined` for custom bounds. A bucket may be cut at the zero threshold, so the finest common schema counts.
function schemaOf(buckets: readonly Bucket[]): number | undefined {
  if (buckets.length === 0) return 0;
  const schemas = buckets.map(({ lower, upper }) => -Math.log2(Math.log2(upper / lower)));
  // Without the sign of -0.
  const whole = schemas
    .map((each) => Math.round(each) + 0)
    .filter((schema) => schema >= MIN_SCHEMA && schema <= MAX_SCHEMA);
  const schema = whole.at(-1);
  if (schema === undefined) return undefined;
  const fits = ({ upper }: Bucket): boolean => {
    const index = Math.log2(upper) * 2 ** schema;
    return Math.abs(index - Math.round(index)) < 1e-6 * Math.max(Math.abs(index), 1);
  };
  const isEven = schemas.slice(1).every((each) => Math.abs(each - schema) < 1e-6);
  return isEven && buckets.every(fits) ? schema : undefined;
}

function dense(buckets: readonly Bucket[], schema: number): Buckets {
  if (buckets.length === 0) return EMPTY;
  const indexes = buckets.map(({ upper }) => Math.round(Math.log2(upper) * 2 ** schema));
  const offset = indexes.reduce((least, index) => Math.min(least, index));
  const counts = new Float64Array(indexes.reduce((most, index) => Math.max(most, index)) - offset + 1);
  for (const [i, { count }] of buckets.entries()) counts[(indexes[i] ?? offset) - offset] = count;
  return { offset, counts };
}

// Bounds between populated buckets are unknown.
function customBuckets(
  buckets: readonly Bucket[],
): Pick<NativeHistogram, "customBounds" | "positive" | "negative" | "zeroCount" | "zeroThreshold"> {
  const bounds = buckets.flatMap(({ lower, upper }) => [lower, upper]).filter(Number.isFinite);
  const customBounds = [...new Set(bounds)].toSorted((a, b) => a - b);
  const counts = new Float64Array(customBounds.length + 1);
  const places = new Map(customBounds.map((bound, i) => [bound, i]));
  for (const { upper, count } of buckets) counts[places.get(upper) ?? customBounds.length] = count;
  return { customBounds, positive: { offset: 0, counts }, negative: EMPTY, zeroCount: 0, zeroThreshold: 0 };
}

/** Converts a number of the API, whose infinities are `+Inf` and `-Inf`. */
export function numberFrom(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
