// Random windows of native histograms, with everything that makes them hard to combine.
import type { Buckets, NativeHistogram } from "../../../src/query/native-histogram.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import type { Random } from "../../kit/random.ts";

/** Time of the first sample, in Unix milliseconds. */
export const START = 1_700_000_000_000;

/** A random series of 1 to 12 samples within three minutes. */
export function randomSeries(random: Random, id: number): SampleSeries {
  const length = random.integer(1, 12);
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  const histograms: (NativeHistogram | undefined)[] = [];
  const isGauge = random.chance(0.2);
  const isMixed = random.chance(0.1);
  const changesLayout = random.chance(0.4);
  let last = randomHistogram(random, isGauge);
  for (let i = 0; i < length; i++) {
    times[i] = START + 15_000 * i + random.integer(1, 9_000);
    values[i] = isMixed && random.chance(0.3) ? random.integer(0, 5) : NaN;
    if (i > 0 && changesLayout && random.chance(0.4))
      last = random.chance(0.2) ? otherHistogram(random, last, isGauge) : relaid(random, last);
    else if (random.chance(0.05)) last = otherHistogram(random, last, isGauge);
    else if (random.chance(0.9)) last = grownHistogram(random, last);
    histograms.push(Number.isNaN(values[i]) ? last : undefined);
  }
  return { labels: { __name__: "h", id: String(id) }, times, values, histograms };
}

/** A random histogram, of a standard schema or with custom buckets. */
export function randomHistogram(random: Random, isGauge = random.chance(0.2)): NativeHistogram {
  const isCustom = random.chance(0.25);
  const resetHint = isGauge ? "gauge" : "unknown";
  const sum = random.integer(-100, 1000) / 8;
  if (isCustom) {
    const customBounds = random.oneOf([
      [1, 2, 5],
      [1, 2, 5],
      [0.5, 1, 2, 5],
      [-3, 0, 4],
      [-5, -1],
    ]);
    const positive = randomBuckets(random, 0, customBounds.length + 1);
    const base = { schema: -53, zeroThreshold: 0, zeroCount: 0, negative: NONE, resetHint, sum } as const;
    return { ...base, customBounds, positive, count: totalOf(positive) };
  }
  const schema = random.integer(-4, 8);
  const spread = schema > 3 ? 40 : 6;
  const positive = random.chance(0.85)
    ? randomBuckets(random, random.integer(-spread, spread), random.integer(1, 12))
    : NONE;
  const negative = random.chance(0.4)
    ? randomBuckets(random, random.integer(-spread, spread), random.integer(1, 6))
    : NONE;
  const zeroThreshold = random.oneOf([0, 2 ** -128, 2 ** -128, 0.001, 0.5, 1, 1.5]);
  const zeroCount = random.chance(0.5) ? random.integer(0, 9) : 0;
  const notNumbers = random.chance(0.1) ? random.integer(1, 20) : 0;
  const count = totalOf(positive) + totalOf(negative) + zeroCount + notNumbers;
  return {
    schema,
    zeroThreshold,
    zeroCount,
    positive,
    negative,
    count,
    resetHint,
    sum: notNumbers > 0 ? NaN : sum,
  };
}

// Prometheus 3.5 misses a reset if the count rises and the first bucket that is missing was empty: its pull request 19367
// mends it.
function otherHistogram(random: Random, before: NativeHistogram, isGauge: boolean): NativeHistogram {
  const hasGap = [before.positive, before.negative].some(({ counts }) => counts.includes(0));
  for (;;) {
    const other = randomHistogram(random, isGauge);
    if (!hasGap || other.count < before.count) return other;
  }
}

const NONE: Buckets = { offset: 0, counts: new Float64Array(0) };

function randomBuckets(random: Random, offset: number, length: number): Buckets {
  const counts = Float64Array.from({ length }, () => (random.chance(0.6) ? random.integer(1, 20) : 0));
  // Stored samples have no empty buckets at their ends.
  const first = counts.findIndex((count) => count !== 0);
  if (first === -1) return NONE;
  const last = counts.findLastIndex((count) => count !== 0);
  return { offset: offset + first, counts: counts.slice(first, last + 1) };
}

/** The same series a while later: all counts are at least as high. */
export function grownHistogram(random: Random, histogram: NativeHistogram): NativeHistogram {
  const before = totalOf(histogram.positive) + totalOf(histogram.negative) + histogram.zeroCount;
  const positive = grownBuckets(random, histogram.positive);
  const negative = grownBuckets(random, histogram.negative);
  const zeroCount = histogram.schema === -53 ? 0 : histogram.zeroCount + random.integer(0, 2);
  const rise = totalOf(positive) + totalOf(negative) + zeroCount - before;
  const sum = histogram.sum + rise * random.share() * 3;
  return { ...histogram, positive, negative, zeroCount, sum, count: histogram.count + rise };
}

// The same observations in another layout: a lower schema, or a wider zero bucket.
function relaid(random: Random, histogram: NativeHistogram): NativeHistogram {
  const { schema, positive, negative } = histogram;
  if (schema <= -4) return histogram;
  if (random.chance(0.5)) return { ...histogram, zeroThreshold: histogram.zeroThreshold + 0.25 };
  return { ...histogram, schema: schema - 1, positive: halved(positive), negative: halved(negative) };
}

function halved({ offset, counts }: Buckets): Buckets {
  if (counts.length === 0) return NONE;
  const first = Math.ceil(offset / 2);
  const merged = new Float64Array(Math.ceil((offset + counts.length - 1) / 2) - first + 1);
  counts.forEach((count, i) => (merged[Math.ceil((offset + i) / 2) - first]! += count));
  return { offset: first, counts: merged };
}

function grownBuckets(random: Random, { offset, counts }: Buckets): Buckets {
  return {
    offset,
    counts: counts.map((count) => count + (count > 0 && random.chance(0.5) ? random.integer(1, 9) : 0)),
  };
}

function totalOf({ counts }: Buckets): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
