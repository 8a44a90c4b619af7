// Series that began within the times of a selection, for the charts of the product.
import { AggregationType } from "tachymeter/metrics";
import { afterEach, expect, test, vi } from "vitest";
import { query } from "../../../src/query/evaluation/query.ts";
import { collectedColumns, type CollectedColumnsOptions } from "./collected-columns.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Columns with a clock, in seconds, and the value of an expression with and without samples of 0. */
function clocked(options?: CollectedColumnsOptions) {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 100_000 });
  const { collect, columns, meter } = collectedColumns(options);
  const valueAt = async (expression: string, time: number, isFromZero: boolean): Promise<unknown> => {
    const result = await query(expression, { source: columns, time, isFromZero });
    return result.kind === "vector" ? result.series.map(({ value }) => value) : undefined;
  };
  return {
    meter,
    collectAt: async (seconds: number): Promise<void> => {
      vi.advanceTimersByTime(seconds * 1_000 - Date.now());
      await collect(seconds);
    },
    values: async (expression: string, time: number): Promise<unknown> => ({
      chart: await valueAt(expression, time, true),
      expression: await valueAt(expression, time, false),
    }),
  };
}

test("a counter increases from 0, at its beginning, and an expression sees two samples alone", async () => {
  const { meter, collectAt, values } = clocked();
  meter.createCounter("orders").add(30);
  await collectAt(110);
  expect(await values("increase(orders_total[10s])", 110)).toEqual({ chart: [], expression: [] });
  expect(await values("increase(orders_total[20s])", 110)).toEqual({ chart: [30], expression: [] });
  await collectAt(120);
  expect(await values("increase(orders_total[20s])", 120)).toEqual({ chart: [0], expression: [0] });
  expect(await values("increase(orders_total[30s])", 120)).toEqual({ chart: [30], expression: [0] });
});

test("the buckets, the count and the sum of a histogram increase from 0", async () => {
  const { meter, collectAt, values } = clocked();
  const duration = meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1, 2] } });
  for (const seconds of [0.5, 1.5, 1.5, 1.5]) duration.record(seconds);
  await collectAt(110);
  expect(await values("increase(wait_bucket[20s])", 110)).toEqual({ chart: [1, 4, 4], expression: [] });
  expect(await values("increase(wait_sum[20s]) / increase(wait_count[20s])", 110)).toEqual({
    chart: [1.25],
    expression: [],
  });
});

test("a native histogram increases from an empty one", async () => {
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const { meter, collectAt, values } = clocked({ views: [{ instrumentName: "wait", aggregation }] });
  const duration = meter.createHistogram("wait");
  for (const seconds of [0, 1, 2, 3]) duration.record(seconds);
  await collectAt(110);
  const about = expect.closeTo(4, 2);
  expect(await values("histogram_count(increase(wait[10s1ms]))", 110)).toEqual({
    chart: [about],
    expression: [],
  });
  expect(await values("histogram_avg(increase(wait[20s]))", 110)).toEqual({ chart: [1.5], expression: [] });
  await collectAt(120);
  expect(await values("histogram_count(increase(wait[20s1ms]))", 120)).toEqual({
    chart: [about],
    expression: [0],
  });
});

test("what a callback observes may have begun before, and does not increase from 0", async () => {
  const { meter, collectAt, values } = clocked();
  meter.createObservableCounter("traffic").addCallback((result) => result.observe(1e9));
  meter.createUpDownCounter("carts").add(3);
  await collectAt(110);
  expect(await values("increase(traffic_total[20s])", 110)).toEqual({ chart: [], expression: [] });
  expect(await values("min_over_time(carts[20s])", 110)).toEqual({ chart: [3], expression: [3] });
});

test("a series that was removed and begins again increases from 0 again", async () => {
  const { meter, collectAt, values } = clocked({ seriesTimeToLive: 15 });
  const orders = meter.createCounter("orders");
  orders.add(3);
  await collectAt(110);
  await collectAt(120);
  await collectAt(130);
  await collectAt(140);
  orders.add(5);
  await collectAt(150);
  expect(await values("increase(orders_total[15s])", 150)).toEqual({ chart: [5], expression: [] });
  expect(await values("sum_over_time(orders_total[60s])", 150)).toEqual({ chart: [11], expression: [11] });
});

test("a series that is collected in the millisecond of its beginning increases from 0", async () => {
  const { meter, collectAt, values } = clocked();
  meter.createCounter("orders").add(30);
  await collectAt(100);
  expect(await values("max_over_time(orders_total[10s]) - min_over_time(orders_total[10s])", 101)).toEqual({
    chart: [30],
    expression: [0],
  });
});

test("the rate of a chart is that since the start, and an expression's ramps up", async () => {
  const { meter, collectAt, values } = clocked();
  const orders = meter.createCounter("orders");
  meter
    .createObservableCounter("traffic")
    .addCallback((result) => result.observe(1e9 + (50 * Date.now()) / 1e3));
  const about = expect.closeTo(50, 6);
  orders.add(250);
  await collectAt(105);
  orders.add(250);
  await collectAt(110);
  expect(await values("rate(orders_total[1m])", 110)).toEqual({
    chart: [about],
    expression: [expect.closeTo(6.25)],
  });
  for (let time = 115; time <= 200; time += 5) {
    orders.add(250);
    await collectAt(time);
    expect(await values("rate(traffic_total[4m])", time)).toMatchObject({ chart: [about] });
    expect(await values("rate(orders_total[1m])", time)).toMatchObject({ chart: [about] });
  }
});

test("the rate of a chart is that of the kept samples if its window begins in dropped ones", async () => {
  const { meter, collectAt, values } = clocked();
  const orders = meter.createCounter("orders");
  meter
    .createObservableCounter("traffic")
    .addCallback((result) => result.observe(1e9 + (50 * Date.now()) / 1e3));
  const about = { chart: [expect.closeTo(50, 6)] };
  for (let minute = 1; minute <= 180; minute++) {
    orders.add(3_000);
    await collectAt(100 + minute * 60);
    if (minute < 3) continue;
    expect(await values("rate(traffic_total[2h])", 100 + minute * 60)).toMatchObject(about);
    expect(await values("rate(orders_total[2h])", 100 + minute * 60)).toMatchObject(about);
  }
});

test("rates go on after the clock was set back", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 5_000_000 });
  const { collect, columns, meter } = collectedColumns();
  const orders = meter.createCounter("orders");
  for (const time of [5_000, 5_005, 1_000, 1_005, 1_010, 1_015, 1_020, 1_025, 1_030]) {
    orders.add(250);
    await collect(time);
  }
  const asked = { source: columns, time: 1_030, isFromZero: true };
  expect([...columns.pauses()].flat()).toEqual([{ from: -Infinity, to: 990_000 }]);
  const result = await query("rate(orders_total[1m])", asked);
  expect(result).toMatchObject({ series: [{ value: expect.closeTo(50, 6) }] });
  // From the last collection before to the first one after.
  const across = await query("increase(orders_total[5s])", { ...asked, time: 1_000, exact: true });
  expect(across).toMatchObject({ series: [{ value: 250 }] });
});

test("a share of errors is that of the counts, also if the first error is late", async () => {
  const { meter, collectAt, values } = clocked();
  const orders = meter.createCounter("orders");
  const share = 'sum(rate(orders_total{error="1"}[1m])) / sum(rate(orders_total[1m]))';
  for (let time = 105; time <= 300; time += 5) {
    if (time > 240) orders.add(100);
    if (time === 300) orders.add(50, { error: "1" });
    await collectAt(time);
  }
  expect(await values(share, 300)).toMatchObject({ chart: [expect.closeTo(50 / 1_250, 2)] });
  expect(await values('rate(orders_total{error="1"}[1m])', 300)).toMatchObject({
    chart: [expect.closeTo(50 / 60)],
  });
});

test("the rate of a native histogram is that since the start", async () => {
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const { meter, collectAt, values } = clocked({ views: [{ instrumentName: "wait", aggregation }] });
  const duration = meter.createHistogram("wait");
  for (let time = 105; time <= 130; time += 5) {
    for (let i = 0; i < 10; i++) duration.record(1);
    await collectAt(time);
    const rate = await values("histogram_count(rate(wait[1m]))", time);
    expect(rate).toMatchObject({ chart: [expect.closeTo(2, 6)] });
  }
});
