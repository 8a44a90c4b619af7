import { expect, test } from "vitest";
import { asked } from "./asked.ts";
import { filledStore } from "./filled-store.ts";

const p = { "service.instance.id": "p", "service.name": "shop" };
const q = { "service.instance.id": "q", "service.name": "shop" };

test("a restarted process continues the series of the previous one", async () => {
  const store = filledStore(
    { resource: p, times: [0, 10_000], series: [{ type: "counter", start: 1, cells: [5, 10] }] },
    { resource: q, times: [20_000, 30_000], series: [{ type: "counter", start: 2, cells: [50, 60] }] },
  );
  expect(await asked(store, {})).toEqual([
    [
      {},
      [
        [0, 5],
        [10, 10],
        [20, 50],
        [30, 60],
      ],
    ],
  ]);
  // It restarted at 0, although it is above its previous value: 5 + 50 + 10.
  expect(await asked(store, { aggregate: "INCREASE", from: 0, to: 30 })).toEqual([
    [{}, [[30, expect.closeTo(65 * (30.001 / 30), 3)]]],
  ]);
});

test("a counter or histogram that goes on in another stored series has not restarted", async () => {
  const written = (pid: number, start: number, times: readonly number[], values: readonly number[]) => ({
    resource: { ...p, "process.pid": pid },
    times,
    series: [
      { type: "counter" as const, start, cells: values },
      {
        type: "histogram" as const,
        metric: "h",
        bounds: [1],
        start,
        cells: values.map((value) => [value, value, 0]),
      },
    ],
  });
  const first = written(1, 5, [0, 10_000], [100, 110]);
  const risenBy = async (...processes: readonly ReturnType<typeof written>[]): Promise<unknown[]> => {
    const store = filledStore(first, ...processes);
    const range = { from: -0.001, to: 30 };
    const found = [
      await asked(store, { ...range, aggregate: "INCREASE" }),
      await asked(store, { ...range, metric: "h", aggregate: "COUNT" }),
      await asked(store, { ...range, metric: "h", aggregate: "COUNT", step: 30 }),
      await asked(store, { ...range, metric: "h", aggregate: "MAX" }),
    ];
    store.close();
    return found;
  };
  const whole = await risenBy(written(1, 5, [20_000, 30_000], [115, 120]));
  // Another member of a group writes, or the start is corrected.
  expect(await risenBy(written(2, 5, [20_000, 30_000], [115, 120]))).toEqual(whole);
  expect(await risenBy(written(1, 4, [20_000, 30_000], [115, 120]))).toEqual(whole);
  expect(await risenBy(written(2, 15_000, [20_000, 30_000], [115, 120]))).not.toEqual(whole);
});

test("processes that ran at the same time are distinguished by service.instance.id", async () => {
  const store = filledStore(
    { resource: p, times: [0, 10_000], series: [{ attributes: { kind: "a" }, cells: [1, 2] }] },
    { resource: q, times: [5_000, 15_000], series: [{ attributes: { kind: "a" }, cells: [3, 4] }] },
  );
  expect(await asked(store, { aggregate: "LAST", to: 20 })).toEqual([
    [{ kind: "a", "service.instance.id": "p" }, [[20, 2]]],
    [{ kind: "a", "service.instance.id": "q" }, [[20, 4]]],
  ]);
  expect(await asked(store, { aggregate: "LAST", to: 20, where: { "service.instance.id": "q" } })).toEqual([
    [{ kind: "a" }, [[20, 4]]],
  ]);
});

test("two versions of a scope in one process are distinguished, and consecutive ones are joined", async () => {
  const times = [0, 10_000, 20_000];
  const versions = (first: readonly (number | undefined)[], second: readonly (number | undefined)[]) =>
    filledStore({
      resource: p,
      times,
      series: [
        { type: "counter", start: 1, version: "1", cells: first },
        { type: "counter", start: 1, version: "2", cells: second },
      ],
    });
  const question = { aggregate: "LAST", to: 20 } as const;
  expect(await asked(versions([1, 2, 3], [10, 20, 30]), question)).toEqual([
    [{ "otel.scope.version": "1", "service.instance.id": "p" }, [[20, 3]]],
    [{ "otel.scope.version": "2", "service.instance.id": "p" }, [[20, 30]]],
  ]);
  expect(await asked(versions([1, 2, undefined], [undefined, undefined, 30]), question)).toEqual([
    [{}, [[20, 30]]],
  ]);
});

test("processes with one id that ran at the same time are distinguished", async () => {
  const process = (cells: readonly number[], pid: number) => ({
    resource: { ...p, "process.pid": pid },
    times: [0, 10_000],
    series: [{ cells }],
  });
  const store = filledStore(process([1, 2], 1), process([3, 4], 2));
  expect(await asked(store, { aggregate: "LAST", to: 20 })).toEqual([
    [{ "service.instance.id": "series 1" }, [[20, 2]]],
    [{ "service.instance.id": "series 2" }, [[20, 4]]],
  ]);
});

test("consecutive processes of different services are not joined", async () => {
  const store = filledStore(
    { resource: p, times: [0], series: [{ cells: [1] }] },
    { resource: { ...q, "service.name": "office" }, times: [10_000], series: [{ cells: [2] }] },
  );
  expect(await asked(store, {})).toEqual([
    [{ "service.name": "office" }, [[10, 2]]],
    [{ "service.name": "shop" }, [[0, 1]]],
  ]);
});

test("processes that `by` distinguishes are not joined", async () => {
  const store = filledStore(
    { resource: p, times: [0], series: [{ type: "counter", start: 1, cells: [1] }] },
    { resource: q, times: [10_000], series: [{ type: "counter", start: 2, cells: [2] }] },
  );
  expect(await asked(store, { aggregate: "LAST", to: 20, by: ["service.instance.id"] })).toEqual([
    [{ "service.instance.id": "p" }, [[20, 1]]],
    [{ "service.instance.id": "q" }, [[20, 2]]],
  ]);
});

test("a histogram of a restarted process begins at 0", async () => {
  const histogram = { type: "histogram", bounds: [1] } as const;
  const store = filledStore(
    {
      resource: p,
      times: [0, 10_000],
      series: [
        {
          ...histogram,
          start: 1,
          cells: [
            [1, 1, 0],
            [2, 2, 0],
          ],
        },
      ],
    },
    {
      resource: q,
      times: [20_000, 30_000],
      series: [
        {
          ...histogram,
          start: 2,
          cells: [
            [9, 5, 1],
            [9, 5, 1],
          ],
        },
      ],
    },
  );
  const found = await asked(store, { aggregate: "COUNT", from: 0, to: 30 });
  expect(found).toEqual([[{}, [[30, expect.closeTo(1 + 6, 2)]]]]);
});

test("after the clock was set back, a counter continues: increases count once, points stay in order", async () => {
  const seconds = [10, 20, 30, 40, 50, 25, 35, 45, 55, 65];
  const store = filledStore({
    resource: p,
    times: seconds.map((second) => 1_000 * second),
    series: [{ type: "counter", start: 1, cells: seconds.map((_, i) => 1_000 + 10 * i) }],
  });
  const times = [10, 20, 25, 35, 45, 55, 65];
  const values = [1_000, 1_010, 1_050, 1_060, 1_070, 1_080, 1_090];
  expect(await asked(store, {})).toEqual([[{}, times.map((time, i) => [time, values[i]])]]);
  expect(await asked(store, { aggregate: "INCREASE", from: 9.999, to: 65 })).toEqual([
    [{}, [[65, expect.closeTo(90, 1)]]],
  ]);
  expect(await asked(store, { aggregate: "LAST", from: 0, to: 60, step: 20 })).toEqual([
    [
      {},
      [
        [20, 1_010],
        [40, 1_060],
        [60, 1_080],
      ],
    ],
  ]);
});

test("after the clock was set back, a histogram continues", async () => {
  const seconds = [10, 20, 30, 40, 25, 35, 45];
  const store = filledStore({
    resource: p,
    times: seconds.map((second) => 1_000 * second),
    series: [
      {
        type: "histogram",
        bounds: [1, 2],
        start: 1,
        cells: seconds.map((_, i) => [100 + i, 100 + i, 0, 0]),
      },
    ],
  });
  expect(await asked(store, { aggregate: "COUNT", from: 9.999, to: 45 })).toEqual([
    [{}, [[45, expect.closeTo(6, 1)]]],
  ]);
  expect(await asked(store, {})).toEqual([
    [
      {},
      [
        [10, 100],
        [20, 101],
        [25, 104],
        [35, 105],
        [45, 106],
      ],
    ],
  ]);
});

test("the increase of a counter has all steps of a restart that its values do not show", async () => {
  const counter = (start: number, cells: readonly number[]) => ({ type: "counter", start, cells }) as const;
  const store = filledStore(
    { resource: p, times: [0, 10_000], series: [counter(1, [5, 10])] },
    { resource: q, times: [20_000, 30_000], series: [counter(2, [50, 60])] },
  );
  const question = { aggregate: "INCREASE", from: -0.001, to: 30 } as const;
  expect(await asked(store, question)).toEqual([[{}, [[30, expect.closeTo(65, 1)]]]]);
  expect(await asked(store, { ...question, by: [] })).toEqual([[{}, [[30, expect.closeTo(65, 1)]]]]);
  // Only for increases.
  const gauges = filledStore(
    { resource: p, times: [0, 10_000], series: [{ start: 1, cells: [5, 10] }] },
    { resource: q, times: [20_000, 30_000], series: [{ start: 2, cells: [50, 60] }] },
  );
  expect(await asked(gauges, { aggregate: "MIN", from: -0.001, to: 30 })).toEqual([[{}, [[30, 5]]]]);
  expect(await asked(store, { aggregate: "COUNT", from: -0.001, to: 30 })).toEqual([[{}, [[30, 4]]]]);
});

test("buckets restart at 0, although one has exceeded its previous count", async () => {
  const histogram = (start: number, cells: readonly (readonly number[])[]) =>
    ({ type: "histogram", bounds: [1], start, cells }) as const;
  const store = filledStore(
    {
      resource: p,
      times: [0, 10_000],
      series: [
        histogram(1, [
          [0, 0, 0],
          [40, 1, 4],
        ]),
      ],
    },
    {
      resource: q,
      times: [20_000, 30_000],
      series: [
        histogram(2, [
          [3, 3, 0],
          [3, 3, 0],
        ]),
      ],
    },
  );
  // Four values up to 1, and four above.
  const question = { from: -10, to: 30, step: 40, quantile: 0.5 } as const;
  expect(await asked(store, { ...question, aggregate: "COUNT" })).toEqual([
    [{}, [[30, expect.closeTo(8, 1)]]],
  ]);
  expect(await asked(store, { ...question, aggregate: "QUANTILE" })).toEqual([
    [{}, [[30, expect.closeTo(1, 1)]]],
  ]);
});
