import { AggregationTemporality, AggregationType } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import { ExplicitHistogramStore } from "../../../src/engine/aggregation/explicit-histogram-store.ts";
import { upstreamSeries } from "./upstream-histograms.ts";
import { runs } from "../../kit/test-length.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
// Around the number of boundaries that a four-step search handles, and beyond it.
const boundaryLists = fc
  .uniqueArray(fc.oneof(fc.integer({ min: -20, max: 40 }), finite), {
    maxLength: 40,
    size: "max",
    comparator: "IsStrictlyEqual",
  })
  .map((list) => list.toSorted((a, b) => a - b));

function storeOf(boundaries: readonly number[], recordMinMax = true): ExplicitHistogramStore {
  return new ExplicitHistogramStore({ interner: new Interner(), limit: 100, boundaries, recordMinMax });
}

test("values on, between and beyond boundaries are in upstream's buckets, for any number of boundaries", async () => {
  await fc.assert(
    fc.asyncProperty(boundaryLists, fc.array(finite, { minLength: 1 }), async (boundaries, others) => {
      const values = [...boundaries, ...others].map((value) => Math.abs(value));
      const store = storeOf(boundaries);
      const handle = store.bind({});
      for (const value of values) handle.record(value);
      const upstream = upstreamSeries({
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { boundaries: [...boundaries] },
      });
      expect(store.valueOf(handle.row)).toEqual(await upstream.collectedAfter(values));
    }),
    { numRuns: runs(500) },
  );
});

test("negative values have their buckets", () => {
  fc.assert(
    fc.property(boundaryLists, fc.array(finite, { minLength: 1 }), (boundaries, others) => {
      const store = storeOf(boundaries);
      const values = [...boundaries, ...others];
      let row = 0;
      for (const value of values) row = store.record(value, {});
      const counts = Array.from({ length: boundaries.length + 1 }, () => 0);
      for (const value of values) counts[boundaries.filter((boundary) => boundary < value).length]!++;
      expect(store.valueOf(row)).toMatchObject({
        buckets: { boundaries, counts },
        count: values.length,
        min: values.reduce((least, value) => (value < least ? value : least)),
        max: values.reduce((greatest, value) => (value > greatest ? value : greatest)),
      });
    }),
  );
});

test("each delta cycle starts anew, as upstream's does", async () => {
  const values = fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 4 }), async (cycles) => {
      const boundaries = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
      const upstream = upstreamSeries(
        { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries } },
        AggregationTemporality.DELTA,
      );
      const store = storeOf(boundaries);
      const handle = store.bind({});
      for (const cycle of cycles) {
        for (const value of cycle) handle.record(value);
        expect(store.isRecorded(handle.row)).toBe(true);
        expect(store.valueOf(handle.row)).toEqual(await upstream.collectedAfter(cycle));
        store.empty(handle.row);
        expect(store.isRecorded(handle.row)).toBe(false);
      }
    }),
  );
});

test("min and max are left out if they are off, also after a cycle", () => {
  const store = storeOf([1, 2], false);
  const row = store.record(3, {});
  const expected = { sum: 3, count: 1, buckets: { boundaries: [1, 2], counts: [0, 0, 1] } };
  expect(store.valueOf(row)).toEqual(expected);
  store.empty(row);
  store.record(3, {});
  expect(store.valueOf(row)).toEqual(expected);
});

test("a histogram without boundaries has one bucket", () => {
  const store = storeOf([]);
  const row = store.record(-7, {});
  expect(store.valueOf(row).buckets).toEqual({ boundaries: [], counts: [1] });
});

test("series are separate, and handles use the same rows as attributes", () => {
  const store = storeOf([10]);
  const rows = Array.from({ length: 90 }, (_, i) => store.record(i, { i }));
  expect(rows.map((row) => store.valueOf(row).sum)).toEqual(rows.map((_, i) => i));
  const handle = store.bind({ i: 7 });
  handle.record(2);
  expect(handle.row).toBe(rows[7]);
  expect(store.valueOf(handle.row)).toMatchObject({ count: 2, sum: 9 });
  handle.release();
  handle.release();
});
