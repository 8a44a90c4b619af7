import fc from "fast-check";
import { expect, test } from "vitest";
import { asked } from "./asked.ts";
import { close } from "./close.ts";
import { filledStore } from "./filled-store.ts";
import { naive, type Point } from "./naive.ts";

const bounds = [0.1, 0.5, 1, 5];
const measured = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.double({ min: 0, max: 8, noNaN: true }), { maxLength: 8 }) },
    // Where the process begins again.
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

// Of each bound, and of all, how many were counted up to each collection.
function cumulative(rows: Rows["rows"], bound: number): Point[] {
  return rows.map((row, i) => [i * 10, row.slice(1, bound + 2).reduce((sum, count) => sum + count, 0)]);
}

test("what a histogram measured in a window is what its counts and its sum rose by, each for itself", () => {
  fc.assert(
    fc.property(measured, fc.integer({ min: 1, max: 1_600 }), (batches, step) => {
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
      expect(asked(store, { ...question, aggregate: "COUNT" })).toEqual(close(answer(counts)));
      expect(asked(store, { ...question, aggregate: "RATE", by: [] })).toEqual(
        close(answer(counts.map(([time, count]) => [time, count / step]))),
      );
      store.close();
    }),
    { numRuns: 40 },
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
  // Above the highest bound nothing is known but that.
  ["QUANTILE", 1, 4],
  ["MIN", 0, 0],
  ["MAX", 0, 4],
  ["COUNT", 0, 8],
  ["INCREASE", 0, 8],
  ["SUM", 0, 24],
  ["MEAN", 0, 3],
  ["RATE", 0, 0.4],
] as const)("%s (%d) of what was measured between two collections is %d", (aggregate, quantile, expected) => {
  // Between the second and the third: 2 up to 1, 4 up to 2, none up to 4, 2 above; all of 20 s are told by 10 s.
  const store = histogramStore([
    [0, 0, 0, 0, 0],
    [100, 10, 10, 10, 10],
    [112, 11, 12, 10, 11],
  ]);
  const found = asked(store, { from: 0, to: 20, step: 20, aggregate, quantile });
  expect(found).toEqual([[{}, [[20, expect.closeTo(expected, 9)]]]]);
});

test("histograms that differ in their bounds are added up", () => {
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
  expect(asked(store, { ...question, aggregate: "COUNT" })).toEqual([[{}, [[20, 8]]]]);
  expect(asked(store, { ...question, aggregate: "MAX" })).toEqual([[{}, [[20, 8]]]]);
  expect(asked(store, { ...question, aggregate: "QUANTILE", quantile: 0.25 })).toEqual([[{}, [[20, 1]]]]);
});

test("a histogram's points, its LAST and what functions are given are its count", () => {
  const store = histogramStore([
    [0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0],
    [9, 1, 2, 0, 1],
  ]);
  expect(asked(store, {})).toEqual([
    [
      {},
      [
        [0, 0],
        [10, 1],
        [20, 4],
      ],
    ],
  ]);
  expect(asked(store, { aggregate: "LAST", to: 20 })).toEqual([[{}, [[20, 4]]]]);
  expect(asked(store, { aggregate: (points) => [...points].length, to: 20 })).toEqual([[{}, [[20, 3]]]]);
});

test("buckets do not tell the standard deviation, and nothing is answered for it", () => {
  const store = filledStore({ times, series: [{ ...histogram, cells: [[0, 0, 0, 0, 0]] }] });
  expect(asked(store, { aggregate: "STDDEV" })).toBe(
    "m is a histogram; its buckets do not tell the STDDEV, ask for QUANTILE",
  );
});
