import { expect, test } from "vitest";
import { answer } from "../../../src/history/query/answer.ts";
import { CancelledError } from "../../../src/history/select/cancelled-error.ts";
import { resolvedQuestion } from "../../../src/history/resolved-question.ts";
import { asked } from "./asked.ts";
import { filledStore } from "./filled-store.ts";

const gauge = filledStore({ times: [0, 10_000, 20_000, 30_000], series: [{ cells: [1, 2, 3, 4] }] });

test("without step and aggregate, stored points are returned, both ends of the range included", async () => {
  expect(await asked(gauge, { from: 10, to: 20 })).toEqual([
    [
      {},
      [
        [10, 2],
        [20, 3],
      ],
    ],
  ]);
});

test("an aggregate without a step returns one point, at the end of the range", async () => {
  expect(await asked(gauge, { from: 10, to: 25, aggregate: "SUM" })).toEqual([[{}, [[25, 5]]]]);
});

test("steps without `from` are counted back from the end", async () => {
  expect(await asked(gauge, { to: 31, step: 10 })).toEqual([
    [
      {},
      [
        [1, 1],
        [11, 2],
        [21, 3],
        [31, 4],
      ],
    ],
  ]);
  expect(await asked(gauge, { to: 31, step: 20, aggregate: (points) => [...points].length })).toEqual([
    [
      {},
      [
        [11, 2],
        [31, 2],
      ],
    ],
  ]);
});

test("a step without points has no value", async () => {
  const store = filledStore({ times: [0, 100_000], series: [{ cells: [1, 2] }] });
  expect(await asked(store, { from: -10, to: 100, step: 10, aggregate: "COUNT" })).toEqual([
    [
      {},
      [
        [0, 1],
        [100, 1],
      ],
    ],
  ]);
});

test("a function is called with the points of each step, and NaN results in no point", async () => {
  const product = (points: Iterable<readonly [number, number]>): number => {
    let result = 1;
    for (const [, value] of points) result *= value;
    return result === 1 ? Number.NaN : result;
  };
  expect(await asked(gauge, { from: -10, to: 30, step: 20, aggregate: product })).toEqual([
    [
      {},
      [
        [10, 2],
        [30, 12],
      ],
    ],
  ]);
});

test("a metric is also found by its Prometheus name, and an unknown one has no series", async () => {
  const store = filledStore({ times: [0], series: [{ type: "counter", cells: [1] }] });
  expect(await asked(store, { metric: "m_total" })).toEqual([[{}, [[0, 1]]]]);
  expect(await asked(store, { metric: "n" })).toEqual([]);
  expect(await asked(store, { metric: "n", aggregate: "RATE" })).toEqual([]);
});

test("a gauge has no rate", async () => {
  expect(await asked(gauge, { aggregate: "RATE" })).toBe(
    'aggregate "RATE" is not supported for gauges; use MEAN, MIN, MAX or LAST',
  );
});

test("a cancelled evaluation stops", async () => {
  const question = resolvedQuestion({ metric: "m" }, 1e9);
  for (const aggregate of [undefined, "MEAN"] as const) {
    const cancelled = answer(
      { ...question, aggregate },
      (read) => read(gauge),
      () => true,
    );
    await expect(cancelled).rejects.toBeInstanceOf(CancelledError);
  }
});

test("an evaluation that is cancelled after its blocks were read stops", async () => {
  const question = resolvedQuestion({ metric: "m", aggregate: "MEAN", from: 0, to: 999_000, step: 1 }, 1e9);
  let reads = 0;
  let isCancelled = false;
  const cancelled = answer(
    question,
    (read) => {
      const result = read(gauge);
      isCancelled = ++reads === 3;
      return result;
    },
    () => isCancelled,
  );
  await expect(cancelled).rejects.toBeInstanceOf(CancelledError);
});
