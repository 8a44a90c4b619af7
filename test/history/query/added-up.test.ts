import { expect, test } from "vitest";
import { asked } from "./asked.ts";
import { filledStore } from "./filled-store.ts";

const times = [0, 10_000, 20_000, 30_000];

test("series with equal values of `by` are added up at each time before aggregation", async () => {
  const store = filledStore({
    times,
    series: [
      { attributes: { kind: "a", id: 1 }, cells: [1, 5, 1, 1] },
      { attributes: { kind: "a", id: 2 }, cells: [5, 1, 1, 1] },
      { attributes: { kind: "b", id: 3 }, cells: [9, 9, 9, 9] },
    ],
  });
  expect(await asked(store, { aggregate: "MAX", by: ["kind"] })).toEqual([
    [{ kind: "a" }, [[100_000, 6]]],
    [{ kind: "b" }, [[100_000, 9]]],
  ]);
  expect(await asked(store, { by: ["kind"], where: { kind: "a" } })).toEqual([
    [
      { kind: "a" },
      [
        [0, 6],
        [10, 6],
        [20, 2],
        [30, 2],
      ],
    ],
  ]);
  expect(await asked(store, { aggregate: "MEAN", by: [] })).toEqual([[{}, [[100_000, 13]]]]);
});

test("increases of counters are computed separately and then added up", async () => {
  const store = filledStore({
    times,
    series: [
      { type: "counter", attributes: { id: 1 }, cells: [100, 110, 5, 15] },
      { type: "counter", attributes: { id: 2 }, cells: [100, 120, 140, 160] },
    ],
  });
  const question = { from: 0, to: 30, step: 30, by: [] };
  // Increases of 5 and 10 in 20 s of 30. The point at 0 is not in the window, so the second 10 s are extrapolated.
  expect(await asked(store, { ...question, aggregate: "INCREASE" })).toEqual([
    [{}, [[30, (15 * 3) / 2 + 60]]],
  ]);
  expect(await asked(store, { ...question, aggregate: "RATE" })).toEqual([[{}, [[30, 0.75 + 2]]]]);
});

test("a series without a point counts with its latest one, for five minutes", async () => {
  const store = filledStore({
    times: [0, 100_000, 200_000, 300_000, 400_000],
    series: [
      { attributes: { id: 1 }, cells: [1, 1, 1, 1, 1] },
      { attributes: { id: 2 }, cells: [10, undefined, undefined, undefined, undefined] },
    ],
  });
  expect(await asked(store, { by: [] })).toEqual([
    [
      {},
      [
        [0, 11],
        [100, 11],
        [200, 11],
        [300, 11],
        [400, 1],
      ],
    ],
  ]);
  // Also if the point is before the range.
  expect(await asked(store, { by: [], from: 100, to: 100 })).toEqual([[{}, [[100, 11]]]]);
});

test("processes that collect at different times are added up too", async () => {
  const store = filledStore(
    { resource: { "service.instance.id": "p" }, times: [0, 60_000], series: [{ cells: [1, 2] }] },
    { resource: { "service.instance.id": "q" }, times: [30_000, 90_000], series: [{ cells: [10, 20] }] },
  );
  expect(await asked(store, { by: [] })).toEqual([
    [
      {},
      [
        [0, 1],
        [30, 11],
        [60, 12],
        [90, 22],
      ],
    ],
  ]);
});
