import {
  AggregationTemporality,
  AggregationType,
  type ExponentialHistogram,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import { ExponentialHistogramStore } from "../../../src/engine/aggregation/exponential-histogram-store.ts";
import { upstreamSeries } from "./upstream-histograms.ts";
import { runs } from "../../kit/test-length.ts";

const latency = fc.double({ min: 0.001, max: 10_000, noNaN: true });
const positiveKinds = [
  fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
  latency,
  fc.integer({ min: 0, max: 1_000 }),
  fc.double({ min: 1, max: 1.0001, noNaN: true }),
  fc.constantFrom(0, Number.MIN_VALUE, 1e-310, 2 ** -1022, 0.5, 1, 2, 3, 2 ** 52, 1e300, Number.MAX_VALUE),
];
const positive = fc.oneof(...positiveKinds.map((kind) => fc.array(kind, { minLength: 1, maxLength: 60 })));
const signed = fc.array(
  fc.oneof(
    latency,
    latency.map((value) => -value),
    fc.constant(0),
  ),
  { minLength: 1, maxLength: 60 },
);
const maxSizes = fc.oneof(fc.constant(160), fc.integer({ min: 2, max: 200 }));

interface Shape {
  readonly maxSize?: number;
  readonly maxScale?: number;
  readonly recordMinMax?: boolean;
}

function storeOf({
  maxSize = 160,
  maxScale = 20,
  recordMinMax = true,
}: Shape = {}): ExponentialHistogramStore {
  return new ExponentialHistogramStore({
    interner: new Interner(),
    limit: 100,
    maxSize,
    maxScale,
    recordMinMax,
  });
}

/** Point of one series in which the values are recorded. */
function recorded(values: readonly number[], shape?: Shape): ExponentialHistogram {
  const store = storeOf(shape);
  const handle = store.bind({ a: 1 });
  for (const value of values) handle.record(value);
  return store.valueOf(handle.row);
}

test("scale, offset and counts are upstream's for any values", async () => {
  await fc.assert(
    fc.asyncProperty(positive, maxSizes, async (values, maxSize) => {
      const upstream = upstreamSeries({ type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } });
      expect(recorded(values, { maxSize })).toEqual(await upstream.collectedAfter(values));
    }),
    { numRuns: runs(500) },
  );
});

test("negative values are upstream's too", async () => {
  await fc.assert(
    fc.asyncProperty(signed, maxSizes, async (values, maxSize) => {
      fc.pre(values.some((value) => value < 0));
      const upstream = upstreamSeries({ type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } });
      // Upstream leaves out the sum if values may be negative. Our store does not know the instrument, so it keeps
      // the sum.
      const { sum, ...rest } = recorded(values, { maxSize });
      expect(rest).toEqual(await upstream.collectedAfter(values));
      expect(sum).toBeCloseTo(
        values.reduce((total, value) => total + value, 0),
        6,
      );
    }),
    { numRuns: runs(300) },
  );
});

test("each delta cycle starts anew, as upstream's does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(positive, { minLength: 1, maxLength: 4 }), async (cycles) => {
      const upstream = upstreamSeries(
        { type: AggregationType.EXPONENTIAL_HISTOGRAM },
        AggregationTemporality.DELTA,
      );
      const store = storeOf();
      const handle = store.bind({ a: 1 });
      for (const values of cycles) {
        for (const value of values) handle.record(value);
        expect(store.isRecorded(handle.row)).toBe(true);
        expect(store.valueOf(handle.row)).toEqual(await upstream.collectedAfter(values));
        store.empty(handle.row);
        expect(store.isRecorded(handle.row)).toBe(false);
      }
    }),
  );
});

test("the scale is the finest at which all values have buckets, in any order", () => {
  fc.assert(
    fc.property(signed, maxSizes, (values, maxSize) => {
      const forwards = recorded(values, { maxSize });
      const backwards = recorded(values.toReversed(), { maxSize });
      expect({ ...backwards, sum: 0 }).toEqual({ ...forwards, sum: 0 });
      const widest = Math.max(forwards.positive.bucketCounts.length, forwards.negative.bucketCounts.length);
      expect(widest).toBeLessThanOrEqual(maxSize);
      // At the next finer scale they need at most twice as many buckets.
      const couldBeFiner =
        forwards.count > forwards.zeroCount && forwards.scale < 20 && widest <= maxSize / 2;
      expect(couldBeFiner).toBe(false);
    }),
  );
});

test("values far apart are all kept", () => {
  const { count, positive: buckets, scale } = recorded([Number.MAX_VALUE, Number.MIN_VALUE], { maxSize: 2 });
  expect({ count, buckets, scale }).toEqual({
    count: 2,
    buckets: { offset: -1, bucketCounts: [1, 1] },
    scale: -10,
  });
});

test("a single value has the finest scale, or the configured one if that is coarser", () => {
  expect(recorded([5, 5, 5])).toMatchObject({ scale: 20, positive: { bucketCounts: [3] } });
  expect(recorded([5], { maxScale: 7 })).toMatchObject({
    scale: 7,
    positive: { offset: 297, bucketCounts: [1] },
  });
  expect(recorded([5, 6, 7], { maxScale: -2 })).toMatchObject({ scale: -2, positive: { bucketCounts: [3] } });
});

test("zeros are counted separately and do not change the scale", () => {
  expect(recorded([0, -0, 0])).toEqual({
    min: 0,
    max: 0,
    sum: 0,
    count: 3,
    zeroCount: 3,
    scale: 0,
    positive: { offset: 0, bucketCounts: [] },
    negative: { offset: 0, bucketCounts: [] },
  });
  expect(recorded([0, 5, 100]).scale).toBe(recorded([5, 100]).scale);
});

test("a cycle of only zeros loses no resolution, unlike upstream's", async () => {
  const upstream = upstreamSeries({ type: AggregationType.EXPONENTIAL_HISTOGRAM });
  const store = storeOf();
  const row = store.record(0, { a: 1 });
  await upstream.collectedAfter([0]);
  for (const value of [1_000, 1_001]) store.record(value, { a: 1 });
  // "Implementations SHOULD adjust the histogram scale as necessary to maintain the best resolution possible".
  expect(store.valueOf(row)).toMatchObject({ scale: 16, positive: { bucketCounts: { length: 96 } } });
  expect(await upstream.collectedAfter([1_000, 1_001])).toMatchObject({
    scale: 0,
    positive: { bucketCounts: [2] },
  });
});

test("min and max are left out if they are off", () => {
  const { min, max, count } = recorded([3, -4], { recordMinMax: false });
  expect({ min, max, count }).toEqual({ min: undefined, max: undefined, count: 2 });
});

test("counts beyond sixteen bits are exact, also when buckets merge", () => {
  const store = storeOf({ maxSize: 4 });
  const handle = store.bind({ a: 1 });
  for (let i = 0; i < 200_000; i++) handle.record(1 + (i % 2));
  for (let i = 0; i < 70_000; i++) handle.record(-3);
  const before = store.valueOf(handle.row);
  expect(before.positive.bucketCounts).toEqual([100_000, 0, 100_000]);
  handle.record(1e9);
  const { positive: positives, negative, count } = store.valueOf(handle.row);
  expect(positives.bucketCounts).toEqual([100_000, 100_000, 1]);
  expect(negative.bucketCounts).toEqual([70_000]);
  expect(count).toBe(270_001);
});

test("counts of exactly sixteen bits are exact", () => {
  expect(recorded(Array.from({ length: 65_536 }, () => 5)).positive.bucketCounts).toEqual([65_536]);
  const halves = [...Array.from({ length: 65_536 }, (_, i) => 3 + (i % 2)), 2 ** 40];
  expect(recorded(halves, { maxSize: 2 }).positive.bucketCounts).toEqual([65_536, 1]);
});

test("delta cycles do not increase memory over time", () => {
  const store = storeOf();
  const handle = store.bind({ a: 1 });
  const cycle = (): void => {
    for (const value of [1, -1]) handle.record(value);
    store.empty(handle.row);
  };
  cycle();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 20_000; i++) cycle();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
});

test("an emptied row leaves nothing to the next row in its memory", () => {
  const store = storeOf({ maxSize: 4 });
  const first = store.bind({ a: 1 });
  for (let i = 0; i < 70_000; i++) for (const value of [2, -2]) first.record(value);
  store.empty(first.row);
  const second = store.bind({ a: 2 });
  for (let i = 0; i < 65_537; i++) for (const value of [2, -2]) second.record(value);
  expect(store.valueOf(second.row)).toMatchObject({
    positive: { bucketCounts: [65_537] },
    negative: { bucketCounts: [65_537] },
  });
  expect(store.valueOf(first.row)).toMatchObject({ count: 0, positive: { bucketCounts: [] } });
});

test("sizes beyond the limits are clamped", () => {
  expect(recorded([1, 1e9], { maxSize: 1 }).positive.bucketCounts).toEqual([1, 1]);
  expect(recorded([1, 2], { maxSize: 1e12 }).positive.bucketCounts.length).toBeLessThanOrEqual(65_536);
});

test("series are separate, and handles use the same rows as attributes", () => {
  const store = storeOf();
  const rows = Array.from({ length: 30 }, (_, i) => store.record(i + 1, { i }));
  expect(rows.map((row) => store.valueOf(row).sum)).toEqual(rows.map((_, i) => i + 1));
  const handle = store.bind({ i: 7 });
  handle.record(2);
  expect(handle.row).toBe(rows[7]);
  expect(store.valueOf(handle.row)).toMatchObject({ count: 2, sum: 10 });
  handle.release();
  handle.release();
});
