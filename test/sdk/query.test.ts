import { metrics } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { start, type Options, type Tachymeter } from "tachymeter";
import { join } from "node:path";
import { newFolder } from "../kit/new-folder.ts";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";

afterEach(() => {
  vi.useRealTimers();
});

function started(options: Options = {}): Tachymeter {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [],
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  return telemetry;
}

test("the first query sees the present collection", async () => {
  const telemetry = started();
  telemetry.messaging.sent("jobs");
  telemetry.messaging.sent("jobs");
  const result = await telemetry.query("sum by (messaging_destination_name) (messages_sent_total)");
  expect(result).toMatchObject({
    kind: "vector",
    series: [{ labels: { messaging_destination_name: "jobs" }, value: 2 }],
  });
});

test("option `experimental` of a query accepts experimental parts of PromQL", async () => {
  const telemetry = started();
  telemetry.messaging.sent("jobs");
  const text = "limitk(1, messages_sent_total)";
  await expect(telemetry.query(text)).rejects.toThrow("limitk() is experimental in Prometheus");
  expect(await telemetry.query(text, { experimental: true })).toMatchObject({ series: [{ value: 1 }] });
  const range = { from: Date.now() / 1_000, step: 1, experimental: true };
  expect(await telemetry.queryRange(text, range)).toMatchObject({ kind: "matrix" });
});

test("a signal ends a query whose first collection waits for a callback", async () => {
  const telemetry = started();
  let release = (): void => {};
  const returned = new Promise<void>((resolve) => (release = resolve));
  onTestFinished(() => release());
  metrics
    .getMeter("app")
    .createObservableGauge("slow")
    .addCallback(() => returned);
  const end = new AbortController();
  const result = telemetry.query("1", { signal: end.signal });
  end.abort();
  await expect(result).rejects.toMatchObject({ kind: "canceled" });
});

test("each interval adds a collection, and the end of the SDK ends them", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  const telemetry = started({ live: { resolution: 10 } });
  const counter = metrics.getMeter("app").createCounter("orders");
  counter.add(1);
  await telemetry.query("1");
  const begin = Date.now() / 1_000;
  for (let i = 1; i <= 6; i++) {
    counter.add(10);
    await vi.advanceTimersByTimeAsync(10_000);
    await telemetry.query("1");
    // Collections run in turns of the event loop, which are not faked.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => void setImmediate(resolve));
  }
  const result = await telemetry.query("increase(orders_total[1m])", { time: begin + 60 });
  expect(result).toMatchObject({ kind: "vector", series: [{ value: expect.closeTo(60, 6) }] });
  const range = await telemetry.queryRange("orders_total", { from: begin, to: begin + 60, step: 20 });
  expect(range.kind === "matrix" ? [...(range.series[0]?.values ?? [])] : []).toEqual([1, 21, 41, 61]);
  await telemetry.shutdown();
  expect(vi.getTimerCount()).toBe(0);
});

test("without a query nothing is kept and no timer runs", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  started();
  const before = vi.getTimerCount();
  const telemetry = metrics.getMeter("app").createCounter("orders");
  telemetry.add(1);
  expect(vi.getTimerCount()).toBe(before);
});

test("after shutdown() queries reject, and nothing is collected", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  const queried = started();
  await queried.query("1");
  await queried.shutdown();
  // Ends in the turn of its start.
  const served = started({ api: true, readers: [{ type: "prometheus", port: 0 }] });
  await served.shutdown();
  const timers = vi.getTimerCount();
  for (const ended of [queried, served]) {
    const refused = { code: "TACHYMETER_QUERY", message: expect.stringContaining("shut down") };
    await expect(ended.query("1")).rejects.toMatchObject(refused);
    await expect(ended.queryRange("1", { from: 0, to: 10, step: 5 })).rejects.toMatchObject(refused);
    const selected = ended.select({ matchers: [], from: 0, to: 1e15 });
    await expect(selected[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  }
  expect(vi.getTimerCount()).toBe(timers);
});

test("a Tachymeter is a source of samples", async () => {
  const telemetry = started();
  telemetry.messaging.sent("jobs");
  const found: (string | undefined)[] = [];
  const selection = { matchers: [{ label: "__name__", operator: "=~" as const, value: "messages_.*" }] };
  for await (const { labels } of telemetry.select({ ...selection, from: 0, to: 1e15 }))
    found.push(labels["__name__"]);
  expect(found).toContain("messages_sent_total");
});

test("names and labels are those of the Prometheus reader's options", async () => {
  const telemetry = started({
    readers: [{ type: "prometheus", port: 0, prefix: "shop", scopeLabels: false }],
  });
  telemetry.messaging.sent("jobs");
  expect(await telemetry.query("shop_messages_sent_total")).toMatchObject({
    series: [{ labels: { __name__: "shop_messages_sent_total", messaging_destination_name: "jobs" } }],
  });
});

test("another SDK's provider of the option is queried too", async () => {
  const telemetry = started({
    createMeterProvider: ({ resource, readers }) => new MeterProvider({ resource, readers }),
  });
  telemetry.messaging.sent("jobs");
  expect(await telemetry.query("messages_sent_total")).toMatchObject({ series: [{ value: 1 }] });
});

test("live samples continue those of the history", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const begin = Date.now();
  const telemetry = started({ history: { path: join(newFolder("query"), "shop.db") } });
  await telemetry.ready;
  for (let minute = 0; minute < 10; minute++) {
    vi.setSystemTime(begin + 60_000 * minute);
    telemetry.messaging.sent("jobs", 60);
    await telemetry.forceFlush();
  }
  vi.setSystemTime(begin + 600_000);
  telemetry.messaging.sent("jobs", 60);
  const result = await telemetry.query("messages_sent_total[11m]");
  expect(result).toMatchObject({
    kind: "matrix",
    series: [{ values: Float64Array.from({ length: 11 }, (_, i) => 60 * (i + 1)) }],
  });
  expect(await telemetry.query("sum(rate(messages_sent_total[5m]))")).toMatchObject({
    series: [{ value: expect.closeTo(1, 6) }],
  });
});

test("a rate is the same with a history, before and after its writes", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  const telemetry = started({
    history: { path: join(newFolder("query"), "shop.db") },
    live: { resolution: 10 },
  });
  await telemetry.ready;
  const counter = metrics.getMeter("app").createCounter("orders");
  counter.add(100);
  await telemetry.query("1");
  const rates: unknown[] = [];
  for (let i = 1; i <= 14; i++) {
    counter.add(100);
    await vi.advanceTimersByTimeAsync(10_000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => void setImmediate(resolve));
    if (i < 6) continue;
    if (i % 3 === 0) await telemetry.forceFlush();
    const result = await telemetry.query("rate(orders_total[1m])", { time: Date.now() / 1_000 });
    rates.push(result.kind === "vector" ? result.series.map(({ value }) => value) : undefined);
  }
  expect(rates).toEqual(rates.map(() => [expect.closeTo(10, 6)]));
});

test("live samples are queried even if the history cannot be opened", async () => {
  const telemetry = started({ history: { path: join(newFolder("query"), "missing", "shop.db") } });
  await expect(telemetry.ready).rejects.toThrow("shop.db");
  telemetry.messaging.sent("jobs");
  expect(await telemetry.query("messages_sent_total")).toMatchObject({ series: [{ value: 1 }] });
});

test("an aborted query rejects, and an invalid expression names its position", async () => {
  const telemetry = started();
  await expect(telemetry.query("x", { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "TACHYMETER_QUERY",
    kind: "canceled",
  });
  await expect(telemetry.query("sum(")).rejects.toMatchObject({ kind: "bad_data", position: 4 });
});

test("a disabled SDK has no metrics to query", async () => {
  process.env["OTEL_SDK_DISABLED"] = "true";
  try {
    await expect(started().query("1")).rejects.toThrow("there are no metrics to query here");
  } finally {
    delete process.env["OTEL_SDK_DISABLED"];
  }
});
