import fc from "fast-check";
import { expect, test } from "vitest";
import { asked } from "./asked.ts";
import { close } from "./close.ts";
import { filledStore } from "./filled-store.ts";
import { naive, type Point } from "./naive.ts";
import { runs } from "../../kit/test-length.ts";

const bounds = [0.1, 0.5, 1, 5];
const measured = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.double({ min: 0, max: 8, noNaN: true }), { maxLength: 8 }) },
    // The process restarts.
    fc.constant(undefined),
  ),
  { minLength: 1, maxLength: 150 },
);

interface Rows {
  readonly rows: readonly (readonly number[])[];
}

function rowsOf(batches: readonly (readonly number[] | undefined)[]): Rows["rows"] {
  let row = [0, ...bounds.map(() => 0), 0];
  return batches.map((batch) => {
    if (batch === undefined) row = row.map(() => 0);
    for (const value of batch ?? []) {
      const bucket = bounds.findIndex((bound) => value <= bound);
      row[0]! += value;
      row[bucket < 0 ? bounds.length + 1 : bucket + 1]!++;
    }
    return [...row];
  });
}

// The cumulative count up to a bound, for each collection.
function cumulative(rows: Rows["rows"], bound: number): Point[] {
  return rows.map((row, i) => [i * 10, row.slice(1, bound + 2).reduce((sum, count) => sum + count, 0)]);
}

test("counts and sum of a histogram in a window are their separate increases", async () => {
  await fc.assert(
    fc.asyncProperty(measured, fc.integer({ min: 1, max: 1_600 }), async (batches, step) => {
      const rows = rowsOf(batches);
      const store = filledStore({
        times: rows.map((_, i) => i * 10_000),
        series: [{ type: "histogram", bounds, cells: rows }],
      });
      const windows = Array.from(
        { length: Math.floor(1_600 / step) },
        (_, i) => [i * step, (i + 1) * step] as const,
      );
      const risen = (points: readonly Point[]): Point[] =>
        windows
          .map(([start, end]): Point => [end, naive("INCREASE", 0, points, start, end)])
          .filter(([, value]) => !Number.isNaN(value));
      const question = { from: 0, to: 1_600, step };
      const answer = (points: readonly Point[]): unknown => (points.length === 0 ? [] : [[{}, points]]);
      const counts = risen(cumulative(rows, bounds.length));
      expect(await asked(store, { ...question, aggregate: "COUNT" })).toEqual(close(answer(counts)));
      expect(await asked(store, { ...question, aggregate: "RATE", by: [] })).toEqual(
        close(answer(counts.map(([time, count]) => [time, count / step]))),
      );
      store.close();
    }),
    { numRuns: runs(40) },
  );
});

const histogram = { type: "histogram", bounds: [1, 2, 4] } as const;
const times = [0, 10_000, 20_000];
const histogramStore = (cells: Rows["rows"]): ReturnType<typeof filledStore> =>
  filledStore({ times, series: [{ ...histogram, cells }] });

test.each([
  ["QUANTILE", 0.5, 1.5],
  ["QUANTILE", 0.25, 1],
  ["QUANTILE", 0, 0],
  // Values above the highest bound are unknown, so the bound is returned.
  ["QUANTILE", 1, 4],
  ["MIN", 0, 0],
  ["MAX", 0, 4],
  ["COUNT", 0, 8],
  ["INCREASE", 0, 8],
  ["SUM", 0, 24],
  ["MEAN", 0, 3],
  ["RATE", 0, 0.4],
] as const)("%s (%d) of the values between two collections is %d", async (aggregate, quantile, expected) => {
  // Increases between the second and the third: 2 up to 1, 4 up to 2, none up to 4, 2 above. The 20 s of the window are extrapolated from
  // 10 s.
  const store = histogramStore([
    [0, 0, 0, 0, 0],
    [100, 10, 10, 10, 10],
    [112, 11, 12, 10, 11],
  ]);
  const found = await asked(store, { from: 0, to: 20, step: 20, aggregate, quantile });
  expect(found).toEqual([[{}, [[20, expect.closeTo(expected, 9)]]]]);
});

test("histograms with different bounds are added up", async () => {
  const store = filledStore({
    times,
    series: [
      {
        ...histogram,
        attributes: { id: 1 },
        cells: [
          [0, 0, 0, 0, 0],
          [0, 0, 0, 0, 0],
          [6, 2, 2, 0, 0],
        ],
      },
      {
        ...histogram,
        bounds: [2, 8],
        attributes: { id: 2 },
        cells: [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [40, 0, 4, 0],
        ],
      },
    ],
  });
  const question = { from: 0, to: 20, by: [] };
  expect(await asked(store, { ...question, aggregate: "COUNT" })).toEqual([[{}, [[20, 8]]]]);
  expect(await asked(store, { ...question, aggregate: "MAX" })).toEqual([[{}, [[20, 8]]]]);
  expect(await asked(store, { ...question, aggregate: "QUANTILE", quantile: 0.25 })).toEqual([
    [{}, [[20, 1]]],
  ]);
});

test("stored points, LAST and points of functions are the count of a histogram", async () => {
  const store = histogramStore([
    [0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0],
    [9, 1, 2, 0, 1],
  ]);
  expect(await asked(store, {})).toEqual([
    [
      {},
      [
        [0, 0],
        [10, 1],
        [20, 4],
      ],
    ],
  ]);
  expect(await asked(store, { aggregate: "LAST", to: 20 })).toEqual([[{}, [[20, 4]]]]);
  expect(await asked(store, { aggregate: (points) => [...points].length, to: 20 })).toEqual([
    [{}, [[20, 3]]],
  ]);
});

test("STDDEV is not supported for histograms", async () => {
  const store = filledStore({ times, series: [{ ...histogram, cells: [[0, 0, 0, 0, 0]] }] });
  expect(await asked(store, { aggregate: "STDDEV" })).toBe(
    'aggregate "STDDEV" is not supported for histograms; use QUANTILE',
  );
});
