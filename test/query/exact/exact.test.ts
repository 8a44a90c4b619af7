// Exact increases: what counts in a window, by the kinds of sources and series.
import { join } from "node:path";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { History, RemoteHistory } from "tachymeter/history";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { afterEach, expect, test, vi } from "vitest";
import { CollectionEncoder } from "../../../src/history/collection-encoder.ts";
import { Store } from "../../../src/history/store/index.ts";
import { prepare } from "../../../src/query/evaluation/prepared.ts";
import { query } from "../../../src/query/evaluation/query.ts";
import { JoinedSource } from "../../../src/query/joined-source.ts";
import { RecentSource } from "../../../src/query/recent-source.ts";
import type { LiveColumns } from "../../../src/query/live/live-columns.ts";
import type { SampleSeries, Source } from "../../../src/query/source.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { StoreSource } from "../../history/windows/store-source.ts";
import { serveSource } from "../http/served-source.ts";
import { MemorySource } from "../kit/memory-source.ts";
import { collectedColumns } from "../live/collected-columns.ts";

afterEach(() => {
  vi.useRealTimers();
});

const START = 1_000_000;

/** Values of an expression at a time in seconds; exact ones by default. */
async function values(source: Source, expression: string, time: number, exact = true): Promise<unknown> {
  const result = await query(expression, { source, time, exact });
  return result.kind === "vector" ? result.series.map(({ value }) => value) : result;
}

/** Live samples, with a clock in seconds. */
function clocked(options?: Parameters<typeof collectedColumns>[0]) {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: START * 1_000 });
  const { meter, columns, collect } = collectedColumns(options);
  const collectAt = async (seconds: number): Promise<void> => {
    vi.advanceTimersByTime(seconds * 1_000 - Date.now());
    await collect(seconds);
  };
  return { meter, columns, collectAt };
}

test("an event counts in the window of the sample that has recorded it, and nothing is extrapolated", async () => {
  const { meter, columns, collectAt } = clocked();
  const orders = meter.createCounter("orders");
  orders.add(3);
  await collectAt(START + 15);
  orders.add(4);
  await collectAt(START + 30);
  await collectAt(START + 45);
  const found = (expression: string, seconds: number, exact?: boolean): Promise<unknown> =>
    values(columns, expression, START + seconds, exact);
  // The window excludes its start, and includes its end.
  expect(await found("increase(orders_total[15s])", 15)).toEqual([3]);
  expect(await found("increase(orders_total[15s])", 30)).toEqual([4]);
  expect(await found("increase(orders_total[14999ms])", 30)).toEqual([4]);
  expect(await found("increase(orders_total[15s])", 29)).toEqual([3]);
  expect(await found("increase(orders_total[15s])", 45)).toEqual([0]);
  expect(await found("increase(orders_total[1h])", 45)).toEqual([7]);
  expect(await found("increase(orders_total[15s] offset 15s)", 45)).toEqual([4]);
  expect(await found(`increase(orders_total[1h] @ ${START + 16})`, 45)).toEqual([3]);
  expect(await found("increase(orders_total[14s])", 14)).toEqual([]);
  // A rate is that of the whole window.
  expect(await found("rate(orders_total[20s])", 45)).toEqual([4 / 20]);
  expect(await found("increase(orders_total[40s])", 45, false)).not.toEqual([7]);
});

test("an exact rate of a native histogram is its increase divided by the window, as that of a counter", async () => {
  const { meter, columns, collectAt } = clocked({
    views: [{ instrumentName: "wait", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const [orders, wait] = [meter.createCounter("orders"), meter.createHistogram("wait")];
  for (let i = 0; i < 49; i++) {
    orders.add(1);
    wait.record(1);
  }
  await collectAt(START + 15);
  for (const rate of ["rate(orders_total[49s])", "histogram_count(rate(wait[49s]))"])
    expect([rate, await values(columns, rate, START + 15)]).toEqual([rate, [1]]);
});

test("a series that further rows join does not begin again", async () => {
  const { meter, columns, collectAt } = clocked();
  const [orders, wait] = [meter.createCounter("orders"), meter.createHistogram("wait")];
  // In Prometheus, both attributes are one label.
  for (const [attribute, count, seconds] of [
    ["shop.id", 50, 15],
    ["shop_id", 5, 30],
  ] as const) {
    orders.add(count, { [attribute]: "a" });
    wait.record(3, { [attribute]: "a" });
    await collectAt(START + seconds);
  }
  await collectAt(START + 45);
  for (const [name, whole, joined] of [
    ["orders_total", 55, 5],
    ["wait_count", 2, 1],
  ] as const) {
    expect([name, await values(columns, `increase(${name}[1h])`, START + 45)]).toEqual([name, [whole]]);
    expect([name, await values(columns, `increase(${name}[15s])`, START + 30)]).toEqual([name, [joined]]);
  }
});

test("other functions and subqueries have the samples that were recorded", async () => {
  const { meter, columns, collectAt } = clocked();
  meter.createCounter("orders").add(3);
  await collectAt(START + 15);
  await collectAt(START + 30);
  for (const expression of [
    "orders_total",
    "count_over_time(orders_total[1h])",
    "min_over_time(orders_total[1h])",
    "delta(orders_total[1h])",
    "resets(orders_total[1h])",
    "increase(orders_total[1m:5s])",
  ])
    expect([expression, await values(columns, expression, START + 30)]).toEqual([
      expression,
      await values(columns, expression, START + 30, false),
    ]);
  // The increase beside them is exact all the same.
  expect(
    await values(columns, "count_over_time(orders_total[1h]) + increase(orders_total[1h])", START + 30),
  ).toEqual([2 + 3]);
});

test("a series that was removed counts from 0 when it begins again, also above its former value", async () => {
  const { meter, columns, collectAt } = clocked({ seriesTimeToLive: 15 });
  const orders = meter.createCounter("orders");
  for (const [i, amount] of [3, 5, 9].entries()) {
    orders.add(amount);
    for (const seconds of [10, 20, 30, 40]) await collectAt(START + 50 * i + seconds);
  }
  expect(await values(columns, "orders_total", START + 110)).toEqual([9]);
  expect(await values(columns, "increase(orders_total[1h])", START + 150)).toEqual([3 + 5 + 9]);
  expect(await values(columns, "increase(orders_total[50s])", START + 115)).toEqual([9]);
});

test("what a removed series counted remains as long as its samples do", async () => {
  const { meter, columns, collectAt } = clocked({ seriesTimeToLive: 15 });
  const orders = meter.createCounter("orders");
  orders.add(3);
  for (const seconds of [10, 30]) await collectAt(START + seconds);
  orders.add(5);
  await collectAt(START + 3_650);
  expect(await values(columns, "increase(orders_total[2h])", START + 3_650)).toEqual([3 + 5]);
});

test("a gap of samples may be longer than any look back", async () => {
  const { meter, columns, collectAt } = clocked();
  const orders = meter.createCounter("orders");
  orders.add(3);
  await collectAt(START + 15);
  orders.add(4);
  await collectAt(START + 3_000);
  expect(await values(columns, "increase(orders_total[15s])", START + 3_000)).toEqual([4]);
});

test("memory that begins long after a series does not count what was before", async () => {
  const { meter, columns, collectAt } = clocked();
  const [early, late] = [meter.createCounter("early"), meter.createCounter("late")];
  early.add(3);
  vi.advanceTimersByTime(2_000_000);
  late.add(5);
  await collectAt(START + 2_060);
  for (const counter of [early, late]) counter.add(1);
  await collectAt(START + 2_075);
  expect(await values(columns, "increase(early_total[1h])", START + 2_060)).toEqual([]);
  expect(await values(columns, "increase(early_total[1h])", START + 2_075)).toEqual([1]);
  expect(await values(columns, "increase(late_total[1h])", START + 2_075)).toEqual([6]);
});

test("a history and its questions count across restarts, also above the former value", async () => {
  const path = join(newFolder("exact"), "shop.db");
  for (const [i, counts] of [
    [40, 2, 0],
    [50, 1, 3],
  ].entries()) {
    const from = START + 1_000 * i;
    await fillHistory({
      path,
      from,
      to: from + 120,
      interval: 60,
      instance: `${i}`,
      record(provider) {
        const orders = provider.getMeter("shop").createCounter("orders");
        return (time) => orders.add(counts[(time - from) / 60]!);
      },
    });
  }
  const history = await History.open({ path, readOnly: true });
  expect(await values(history, "increase(orders_total[1h])", START + 1_120)).toEqual([42 + 54]);
  // The point at the start of a window is its baseline.
  expect(await values(history, "increase(orders_total[1000s])", START + 1_060)).toEqual([51]);
  expect(await values(history, "increase(orders_total[1001s])", START + 1_060)).toEqual([2 + 51]);
  expect(await values(history, "increase(orders_total[1m])", START + 1_060)).toEqual([1]);
  const question = { metric: "orders", aggregate: "INCREASE", exact: true, to: START + 1_120 } as const;
  const points = async (step?: number): Promise<unknown> =>
    (await history.query({ ...question, ...(step && { step }) })).series.map((series) => series.points);
  expect(await points()).toEqual([[[START + 1_120, 96]]]);
  expect(await points(1_000)).toEqual([
    [
      [START + 120, 42],
      [START + 1_120, 54],
    ],
  ]);
  const exact: boolean = JSON.parse('"yes"');
  await expect(history.query({ ...question, exact })).rejects.toThrow(
    'exact must be true or false, got "yes"',
  );
  await history.close();
});

test("what a callback observes may have begun before, and its first sample is only a baseline", async () => {
  const { meter, columns, collectAt } = clocked();
  let traffic = 1e9;
  meter.createObservableCounter("traffic").addCallback((result) => result.observe(traffic));
  for (const [i, next] of [1e9, 1e9 + 5, 7, 9].entries()) {
    traffic = next;
    await collectAt(START + 15 * (i + 1));
  }
  expect(await values(columns, "increase(traffic_total[1h])", START + 15)).toEqual([]);
  expect(await values(columns, "increase(traffic_total[1h])", START + 60)).toEqual([5 + 7 + 2]);
});

test("a source without starts has the last sample of five minutes before a window as its baseline", async () => {
  const series = (times: readonly number[], counts: readonly number[]): SampleSeries => ({
    labels: { __name__: "orders_total" },
    times: Float64Array.from(times, (time) => time * 1_000),
    values: Float64Array.from(counts),
  });
  const asked: number[] = [];
  const source = (given: SampleSeries): Source => ({
    async *select(selection) {
      asked.push(selection.from);
      yield* new MemorySource([given]).select(selection);
    },
  });
  const first = source(series([1_000], [3]));
  expect(await values(first, "increase(orders_total[1m])", 1_000)).toEqual([]);
  const risen = source(series([900, 990, 1_000], [3, 5, 2]));
  expect(await values(risen, "increase(orders_total[1m])", 1_000)).toEqual([2 + 2]);
  expect(asked).toEqual([640_001, 640_001]);
});

test("exact must be true or false", async () => {
  const { columns } = clocked();
  const exact: boolean = JSON.parse('"yes"');
  await expect(query("1", { source: columns, exact })).rejects.toThrow(
    'exact must be true or false, got "yes"',
  );
});

test("the HTTP API and a remote history have it as a parameter", async () => {
  const { meter, columns, collectAt } = clocked();
  meter.createCounter("orders").add(3);
  await collectAt(START + 15);
  vi.useRealTimers();
  const { url, close } = await serveSource(columns);
  const time = START + 15;
  const ask = async (path: string): Promise<unknown> => (await fetch(`${url}/api/v1/${path}`)).json();
  const asked = `query=increase(orders_total[1h])&time=${time}`;
  const empty = { status: "success", data: { resultType: "vector", result: [] } };
  expect(await ask(`query?${asked}`)).toMatchObject(empty);
  expect(await ask(`query?${asked}&exact=false`)).toMatchObject(empty);
  expect(await ask(`query?${asked}&exact=true`)).toMatchObject({
    data: { result: [{ value: [time, "3"] }] },
  });
  const error = 'invalid parameter "exact": must be true or false, got "banana"';
  for (const path of [`query?${asked}`, `query_range?${asked}&start=${time}&end=${time}&step=1`])
    expect(await ask(`${path}&exact=banana`)).toEqual({ status: "error", errorType: "bad_data", error });
  const remote = new RemoteHistory({ url });
  const range = { from: time, to: time + 10, step: 10, exact: true };
  expect(await remote.query("increase(orders_total[1h])", { time, exact: true })).toMatchObject({
    series: [{ value: 3 }],
  });
  expect(await remote.queryRange("increase(orders_total[1h])", range)).toMatchObject({
    series: [{ values: Float64Array.of(3, 3) }],
  });
  await remote.close();
  await close();
});

test("rules over remembered samples count exactly, across a restart and gaps", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: START * 1_000 });
  const store = Store.open({ path: ":memory:", intervalMillis: 60_000, metricsMillis: 1e12 });
  const encoder = new CollectionEncoder();
  const resource = resourceFromAttributes({ "service.name": "shop", "service.instance.id": "1" });
  const toStore = (reader: SnapshotReader): Promise<void> =>
    reader.collected(async (collection) => {
      const encoded = encoder.encode({ ...collection, timeUnixMillis: Date.now() });
      if (encoded !== undefined) store.append(encoded);
    });
  const former = new SnapshotReader();
  const orders = new MeterProvider({ readers: [former], resource }).getMeter("test").createCounter("orders");
  let counted = 0;
  for (let minute = 1; minute <= 90; minute++) {
    vi.setSystemTime((START + 60 * minute) * 1_000);
    orders.add(2);
    counted += 2;
    await toStore(former);
  }
  encoder.restart();
  const reader = new SnapshotReader();
  vi.setSystemTime((START + 92 * 60) * 1_000);
  const { meter, columns, collect } = collectedColumns({ resource, further: reader });
  const own = { instance: "1", service: "shop", sinceUnixMillis: Date.now() };
  const stored = new StoreSource(store, undefined, {
    translation: { scopeLabels: false, targetInfo: false },
    own,
  });
  const again = meter.createCounter("orders");
  const all = new JoinedSource(stored, columns);
  const recent = new RecentSource({
    recent: (): LiveColumns => columns,
    all: () => all,
    older: () => stored,
  });
  const rules = [
    prepare("increase(orders_total[5h])", { exact: true }),
    prepare("increase(orders_total[10m])", { exact: true }),
  ];
  let inMemory = 0;
  for (let i = 1; i <= 60; i++) {
    // The first value is above the last one of the former process.
    again.add(i === 1 ? 500 : 3);
    counted += i === 1 ? 500 : 3;
    vi.setSystemTime((START + 92 * 60 + 15 * i + (i > 30 ? 600 : 0)) * 1_000);
    await collect(Date.now() / 1_000);
    if (i % 4 === 0) await toStore(reader);
    const now = Date.now();
    await recent.catalogue().ready(rules.flatMap((rule) => rule.selectionsAt(now)));
    const found: unknown[] = [];
    for (const rule of rules) {
      const result = rule.at(recent, now);
      if (!(result instanceof Promise)) inMemory++;
      const wanted = await rule.at(all, now);
      expect(await result).toEqual(wanted);
      found.push(wanted.kind === "vector" ? wanted.series.map(({ value }) => value) : undefined);
    }
    expect(found[0]).toEqual([counted]);
  }
  expect(inMemory).toBeGreaterThan(60);
  store.close();
});
