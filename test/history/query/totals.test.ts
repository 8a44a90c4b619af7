// Comparison of totals with a naive computation, point by point.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type MetricTotals, totals } from "../../../src/history/query/totals.ts";
import { asked as answerTo } from "./asked.ts";
import { filledStore, INTERVAL_MILLIS } from "./filled-store.ts";
import { runs } from "../../kit/test-length.ts";

// Enough for most of them to be sealed.
const COLLECTIONS = 150;
const times = Array.from({ length: COLLECTIONS }, (_, i) => (i + 1) * INTERVAL_MILLIS);

const range = fc
  .tuple(fc.integer({ min: -5, max: COLLECTIONS + 5 }), fc.integer({ min: -5, max: COLLECTIONS + 5 }))
  .map((ends) => ({
    from: Math.min(...ends) * INTERVAL_MILLIS,
    to: Math.max(...ends) * INTERVAL_MILLIS + 3,
  }));

/** A value for each collection, or `undefined`. */
function cellsOf<T>(value: fc.Arbitrary<T>): fc.Arbitrary<(T | undefined)[]> {
  return fc.array(fc.option(value, { nil: undefined, freq: 10 }), {
    minLength: COLLECTIONS,
    maxLength: COLLECTIONS,
  });
}

function inRange<T>(
  cells: readonly (T | undefined)[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly T[] {
  return cells.filter((_, i) => times[i]! >= from && times[i]! <= to).filter((cell) => cell !== undefined);
}

function of(
  name: string,
  store: ReturnType<typeof filledStore>,
  asked: { from?: number; to: number },
): MetricTotals | undefined {
  return totals(store, { names: [name], from: asked.from, to: asked.to })[0];
}

test("gauges: all points of all series in the range, sealed and unsealed", () => {
  fc.assert(
    fc.property(
      fc.array(cellsOf(fc.integer({ min: -1_000, max: 1_000 })), { minLength: 1, maxLength: 3 }),
      range,
      (series, asked) => {
        const store = filledStore({
          times,
          series: series.map((cells, i) => ({ attributes: { i }, cells })),
        });
        const values = series.flatMap((cells) => inRange(cells, asked));
        const wanted = {
          name: "m",
          type: "gauge",
          count: values.length,
          sum: values.reduce((sum, value) => sum + value, 0),
          min: Math.min(...values),
          max: Math.max(...values),
          texts: 0,
        };
        expect(of("m", store, asked)).toEqual(values.length === 0 ? undefined : wanted);
        store.close();
      },
    ),
    { numRuns: runs(30) },
  );
});

/** The sum of increases since the baseline, or since the first value; a falling value means a restart. */
function rise(values: readonly number[], baseline: number | undefined): number {
  let before = baseline ?? values[0] ?? 0;
  let sum = 0;
  for (const value of values) {
    sum += value < before ? value : value - before;
    before = value;
  }
  return sum;
}

test("counters: increase since the last value before the range, or since 0 if they began or restarted in it", () => {
  const series = fc.record({
    cells: cellsOf(fc.nat(1_000)),
    start: fc.integer({ min: 0, max: COLLECTIONS }),
  });
  fc.assert(
    fc.property(fc.array(series, { minLength: 1, maxLength: 3 }), range, (given, asked) => {
      const all = given.map(({ cells, start }, i) => ({
        type: "counter" as const,
        attributes: { i },
        start: start * INTERVAL_MILLIS,
        cells: cells.map((cell, at) => (at < start ? undefined : cell)),
      }));
      const store = filledStore({ times, series: all });
      const found = all.map(({ cells, start }) => ({
        values: inRange(cells, asked),
        start,
        former: inRange(cells, { from: 0, to: asked.from }),
      }));
      const isOlder = all.some(({ cells }) => inRange(cells, { from: 0, to: asked.from - 1 }).length > 0);
      const count = found.reduce((sum, { values }) => sum + values.length, 0);
      const wanted = found.reduce(
        (sum, { values, start, former }) =>
          sum + rise(values, former.at(-1) ?? (start >= asked.from || isOlder ? 0 : undefined)),
        0,
      );
      expect(of("m_total", store, asked)?.sum).toBe(count === 0 ? undefined : wanted);
      expect(of("m", store, asked)?.count).toBe(count === 0 ? undefined : count);
      store.close();
    }),
    { numRuns: runs(30) },
  );
});

test("a series that first appears within the range began at 0", () => {
  const store = filledStore({
    times: [1_000, 2_000, 3_000],
    series: [
      { type: "counter", attributes: { command: "import" }, cells: [4, 6, 7] },
      { type: "counter", attributes: { command: "close" }, cells: [undefined, undefined, 1] },
      { metric: "h", type: "histogram", bounds: [1], cells: [undefined, undefined, [9, 1, 4]] },
    ],
  });
  expect(of("m", store, { from: 2_000, to: 3_000 })?.sum).toBe(1 + 1);
  expect(of("h", store, { from: 2_000, to: 3_000 })).toMatchObject({ sum: 9, count: 5 });
  // Values before the oldest point are unknown.
  expect(of("m", store, { from: 500, to: 3_000 })?.sum).toBe(3 + 0);
});

test("an event or a sample is not a point before which a series began", async () => {
  const series = [
    { type: "counter", metric: "c", cells: [40, 41] },
    { type: "histogram", metric: "h", bounds: [1], cells: [40, 41].map((count) => [count, count, 0]) },
  ] as const;
  const store = filledStore({ times: [2_000, 3_000], series });
  const [data, labels, metadata] = ["1", "{}", "{}"];
  store.appendEvents([{ id: "e", type: "t", source: "s", timeUnixMillis: 1, data, labels, metadata }]);
  store.appendSamples([{ metric: "load", timeUnixMillis: 2, value: 1 }]);
  const asked = { from: 1_000, to: 3_000 };
  expect(of("c", store, asked)).toMatchObject({ sum: 1 });
  expect(of("h", store, asked)).toMatchObject({ count: 1 });
  const question = { metric: "h", aggregate: "COUNT", from: 1, to: 3 } as const;
  expect(await answerTo(store, question)).toEqual([[{}, [[3, 1]]]]);
  store.close();
});

test("a histogram counts from its baseline, and has no value without a later point", async () => {
  const [p, q] = [{ "service.instance.id": "p" }, { "service.instance.id": "q" }];
  const counted = (start: number, cells: readonly (number | undefined)[]) => ({
    type: "histogram" as const,
    metric: "h",
    bounds: [1],
    start,
    cells: cells.map((count) => (count === undefined ? undefined : [2 * count, 0, count])),
  });
  const found = async (store: ReturnType<typeof filledStore>, from: number): Promise<unknown> => {
    const question = { metric: "h", from, to: 40 } as const;
    const series = await answerTo(store, { ...question, aggregate: "COUNT" });
    const sums = await answerTo(store, { ...question, aggregate: "SUM" });
    const count = of("h", store, { from: from * 1_000, to: 40_000 })?.count;
    store.close();
    return [series, sums, count];
  };
  const none = [[], [], undefined];
  const early = [10_000, 20_000];
  // The point at `from`.
  expect(
    await found(filledStore({ resource: p, times: early, series: [counted(5_000, [3, 4])] }), 20),
  ).toEqual(none);
  // The first point of a process that began before the range, and before the oldest collection.
  const one = filledStore({ resource: p, times: early, series: [counted(1_000, [3, undefined])] });
  expect(await found(one, 5)).toEqual(none);
  const two = filledStore(
    { resource: p, times: early, series: [counted(1_000, [30, 32])] },
    { resource: q, times: [30_000, 40_000], series: [counted(2_000, [50, 51])] },
  );
  expect(await found(two, 5)).toEqual([[[{}, [[40, 3]]]], [[{}, [[40, 6]]]], 3]);
});

test("totals can be grouped by attributes", () => {
  const store = filledStore({
    times: [1_000, 2_000],
    series: [
      { type: "counter", attributes: { command: "import", outcome: "success" }, start: 500, cells: [4, 6] },
      { type: "counter", attributes: { command: "import", outcome: "failure" }, start: 500, cells: [1, 1] },
      { type: "counter", attributes: { outcome: "success" }, start: 500, cells: [2, 3] },
    ],
  });
  const found = totals(store, { names: ["m"], from: 0, to: 2_000, by: ["command"] });
  expect(found.map(({ attributes, sum, count }) => [attributes, sum, count])).toEqual([
    [{ command: "import" }, 7, 4],
    [{}, 3, 2],
  ]);
});

test("histograms: count and sum of the values in the range", () => {
  const bounds = [1, 5, 10];
  const steps = cellsOf(fc.tuple(fc.nat(50), fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)));
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 2 }), range, (series, asked) => {
      const cumulative = series.map((each) => {
        let row = [0, 0, 0, 0, 0];
        return each.map((step) => step && (row = row.map((cell, i) => cell + step[i]!)));
      });
      const store = filledStore({
        times,
        series: cumulative.map((cells, i) => ({ type: "histogram", attributes: { i }, bounds, cells })),
      });
      const isOlder = cumulative.some((cells) => inRange(cells, { from: 0, to: asked.from - 1 }).length > 0);
      const rises = cumulative.flatMap((cells) => {
        const rows = inRange(cells, asked);
        const [first] = rows;
        const last = rows.at(-1);
        const former = inRange(cells, { from: 0, to: asked.from }).at(-1);
        // The series began at 0.
        const before = former ?? (asked.from <= 0 || isOlder ? [0, 0, 0, 0, 0] : first);
        return last === undefined || before === undefined ? [] : [last.map((cell, i) => cell - before[i]!)];
      });
      const whole = [0, 1, 2, 3, 4].map((i) => rises.reduce((sum, each) => sum + each[i]!, 0));
      const filled = [0, 1, 2, 3].filter((bucket) => whole[bucket + 1]! > 0);
      const count = whole.slice(1).reduce((sum, each) => sum + each, 0);
      expect(of("m", store, asked)).toEqual(
        count === 0
          ? undefined
          : {
              name: "m",
              type: "histogram",
              count,
              sum: whole[0],
              min: [0, 1, 5, 10][filled[0]!],
              max: [1, 5, 10, 10][filled.at(-1)!],
              texts: 0,
            },
      );
      store.close();
    }),
    { numRuns: runs(30) },
  );
});

test("histograms without bounds have no minimum and maximum", () => {
  const store = filledStore({
    times: [1_000, 2_000],
    series: [
      {
        type: "histogram",
        bounds: [],
        cells: [
          [7, 2],
          [30, 3],
        ],
      },
    ],
  });
  expect(of("m", store, { to: 2_000 })).toMatchObject({ count: 3, sum: 30, min: Infinity, max: -Infinity });
});

test("by default all metrics are returned under their OpenTelemetry names, from the oldest point on", () => {
  const store = filledStore({
    times: [1_000, 2_000],
    series: [
      { metric: "a.b", type: "counter", cells: [5, 7] },
      { metric: "c", cells: [1, 2] },
    ],
  });
  const found = totals(store, { names: undefined, from: undefined, to: 2_000 });
  expect(found.map(({ name, sum }) => [name, sum])).toEqual([
    ["a.b", 7],
    ["c", 3],
  ]);
});

test("totals of consecutive processes are added up", () => {
  const counted = { type: "counter", metric: "jobs" } as const;
  const store = filledStore(
    { resource: { id: 1 }, times: [1_000, 2_000], series: [{ ...counted, start: 500, cells: [3, 5] }] },
    { resource: { id: 2 }, times: [3_000, 4_000], series: [{ ...counted, start: 2_500, cells: [1, 4] }] },
  );
  expect(of("jobs", store, { from: 0, to: 10_000 })).toMatchObject({ sum: 9, count: 4 });
  // The increase of the first process since the start of the range, and that of the second process since 0.
  expect(of("jobs", store, { from: 1_000, to: 10_000 })).toMatchObject({ sum: 6, count: 4 });
  expect(of("jobs", store, { from: 2_500, to: 10_000 })).toMatchObject({ sum: 4, count: 2 });
});

test("what a callback observes may be older than its process, and counts from the last value of an earlier one", () => {
  const observed = (
    id: string,
    at: readonly number[],
    traffic: readonly number[],
    cpu: readonly number[],
  ) => {
    const common = { type: "counter", isFromZero: false, start: at[0]! - 500 } as const;
    const series = [
      { ...common, metric: "traffic", cells: traffic },
      { ...common, metric: "cpu", cells: cpu },
    ];
    return { resource: { "service.instance.id": id }, times: at, series };
  };
  const store = filledStore(
    observed("p", [1_000, 2_000], [1e9, 1e9 + 5], [3, 10]),
    observed("q", [5_000, 6_000], [1e9 + 7, 1e9 + 9], [1, 4]),
  );
  const sums = (from: number): unknown =>
    ["traffic", "cpu"].map((name) => of(name, store, { from, to: 10_000 })?.sum);
  expect(sums(0)).toEqual([9, 7 + 4]);
  expect(sums(1_500)).toEqual([9, 7 + 4]);
  expect(sums(5_000)).toEqual([2, 3]);
  store.close();
});

test("a counter or histogram that goes on in another stored series is not counted again", () => {
  const written = (pid: number, start: number, at: readonly number[], values: readonly number[]) => ({
    resource: { "service.instance.id": "shop", "process.pid": pid },
    times: at,
    series: [
      { type: "counter" as const, metric: "c", start, cells: values },
      {
        type: "histogram" as const,
        metric: "h",
        bounds: [1],
        start,
        cells: values.map((value) => [2 * value, 0, value]),
      },
    ],
  });
  const group = written(1, 500, [1_000, 2_000], [100, 110]);
  const sumOf = (other: ReturnType<typeof written>, from: number): unknown[] => {
    const store = filledStore(group, other);
    const found = ["c", "h"].map((name) => of(name, store, { from, to: 10_000 }));
    store.close();
    return [found[0]?.sum, found[1]?.count];
  };
  // Another member of a group writes, or the start is corrected.
  for (const other of [
    written(2, 500, [3_000, 4_000], [120, 125]),
    written(1, 400, [3_000, 4_000], [120, 125]),
  ]) {
    expect(sumOf(other, 0)).toEqual([125, 125]);
    expect(sumOf(other, 2_000)).toEqual([15, 15]);
    expect(sumOf(other, 2_500)).toEqual([15, 15]);
  }
  // Restarted, or at the same time.
  expect(sumOf(written(2, 2_500, [3_000, 4_000], [120, 125]), 0)).toEqual([235, 235]);
  expect(sumOf(written(2, 500, [1_500, 4_000], [120, 125]), 0)).toEqual([235, 235]);
});

test("after the clock was set back, each series counts since its value before the range", () => {
  const minute = 60_000;
  const SET_BACK = 55;
  const setBack = (_: unknown, i: number): number => (i + 1) * minute - (i >= SET_BACK ? 690_000 : 0);
  const all = Array.from({ length: 90 }, setBack);
  const store = filledStore({
    times: all,
    series: [
      { type: "counter", metric: "c", cells: all.map((_, i) => i + 1) },
      { type: "histogram", metric: "h", bounds: [1], cells: all.map((_, i) => [2 * (i + 1), 0, i + 1]) },
    ],
  });
  const again = all[SET_BACK]!;
  for (const from of [again - 1, again, again + 1, again + 5 * minute + 1, 20 * minute]) {
    const after = all.filter((time) => time > from).length;
    expect(of("c_total", store, { from, to: 1e9 })).toMatchObject({ sum: after });
    expect(of("h", store, { from, to: 1e9 })).toMatchObject({ count: after, sum: 2 * after });
  }
  store.close();
});
