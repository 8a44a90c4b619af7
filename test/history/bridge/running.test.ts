import { join } from "node:path";
import { diag, metrics } from "@opentelemetry/api";
import { Events } from "tachymeter/facades";
import { BridgeTelemetry, History, type MetricAggregate, type MetricsResponse } from "tachymeter/history";
import { storeOf } from "../../../src/history/store-of.ts";
import { EventStore, HistoryExporter, setRunningHistory } from "../../../src/history/parts.ts";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { PushReader } from "../../../src/readers/push-reader.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { all, bridge, reading } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

afterEach(() => diag.disable());

interface Running extends Collecting {
  readonly path: string;
  readonly events: Events;
  readonly end: () => Promise<void>;
}

// The parts of `start({ history })` in this process; other tests use real processes.
async function started(): Promise<Running> {
  const path = join(newFolder("bridge"), "history.db");
  const history = await History.open({ path });
  const eventStore = new EventStore(storeOf(history));
  const exporter = new HistoryExporter(storeOf(history));
  const collecting = collectingProvider();
  const onCollection = (): void => {};
  collecting.provider.addReader(
    new PushReader({ exporter, intervalMillis: 3_600_000, timeoutMillis: 10_000, onCollection }),
  );
  metrics.setGlobalMeterProvider(collecting.provider);
  const events = new Events();
  const removals = [
    events.keepIn(eventStore),
    setRunningHistory({ history: storeOf(history), events, eventStore, intervalMillis: 60_000 }),
  ];
  const end = async (): Promise<void> => {
    for (const remove of removals) remove();
    metrics.disable();
    await collecting.provider.shutdown();
    await eventStore.flush();
    await history.close();
  };
  onTestFinished(end);
  return { ...collecting, path, events, end };
}

function metricsOf(answer: MetricsResponse): Readonly<Record<string, MetricAggregate>> {
  if (answer.status === "error") throw new Error(answer.error.message);
  return answer.metrics;
}

test("events of the running Tachymeter are stored, including those of its facades", async () => {
  const { events, path, end } = await started();
  events.record({ event_type: "user_login", source: "web", data: { user: 7 } });
  events.raise({ event_type: "leader_changed", source: "coordination", data: null });
  await end();
  expect(await all((await reading(path)).events())).toEqual(events.recent());
  expect(events.recent()).toHaveLength(2);
});

test("without a connection the bridge uses the running history, and hooks get its events once", async () => {
  const early = bridge();
  const { events, path } = await started();
  const heard: unknown[] = [];
  events.on("COMMAND", ({ event_id: id }) => heard.push(id));
  const event = { event_type: "COMMAND", source: "core", data: null, event_id: "one" };
  expect(await early.recordEvent(event)).toMatchObject({ status: "success", event_id: "one" });
  expect(heard).toEqual(["one"]);
  expect((await all((await reading(path)).events())).map(({ event_id: id }) => id)).toEqual(["one"]);
  expect((await early.healthCheck()).status).toBe("healthy");
  // Closing the bridge does not close the running history.
  await early.close();
  expect(events.record({ ...event, event_id: "two" })).toBeDefined();
  await bridge().recordEvent({ ...event, event_id: "three" });
  expect(await all((await reading(path)).events())).toHaveLength(3);
});

test("a sample sets the gauge of its name, without its context, and is not stored again by collections", async () => {
  const { provider, points } = await started();
  const telemetryBridge = bridge();
  await telemetryBridge.recordMetric("queue.depth", 7, { queue: "a" });
  await telemetryBridge.recordMetric("queue.depth", 5, { queue: "b" });
  await telemetryBridge.recordMetric("state", "open");
  await telemetryBridge.recordMetric("old", 1, undefined, new Date(Date.now() - 120_000));
  expect(await points("queue.depth")).toEqual([{ attributes: {}, value: 5 }]);
  expect([...(await points("old")), ...(await points("state"))]).toEqual([]);
  await provider.forceFlush();
  await provider.forceFlush();
  const answer = metricsOf(await telemetryBridge.getMetrics(["queue.depth", "old"], undefined, "SUM"));
  expect(answer["queue.depth"]).toMatchObject({ value: 12, sample_count: 2 });
  expect(answer["old"]).toMatchObject({ value: 1, sample_count: 1 });
});

test("a gauge has the latest sample, regardless of the order of arrival", async () => {
  const { point } = await started();
  const now = Date.now();
  const telemetryBridge = bridge();
  await telemetryBridge.recordMetric("level", 2, undefined, new Date(now));
  await telemetryBridge.recordMetric("level", 1, undefined, new Date(now - 1_000));
  expect(await point("level")).toBe(2);
});

test("any metric of the history is found by both names; the value of a counter is its increase", async () => {
  const { provider } = await started();
  const meter = provider.getMeter("shop");
  const orders = meter.createCounter("shop.orders");
  const sizes = meter.createHistogram("shop.order.size", {
    unit: "By",
    advice: { explicitBucketBoundaries: [10, 20, 50] },
  });
  const telemetryBridge = bridge();
  for (const [count, size] of [
    [5, 4],
    [7, 15],
    [0, 45],
  ] as const) {
    orders.add(count, { kind: "a" });
    orders.add(1, { kind: "b" });
    sizes.record(size);
    await provider.forceFlush();
    // A series has only one point if two collections share a millisecond.
    const collected = Date.now();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(collected), { interval: 1 });
  }
  const from = new Date(Date.now() - 60_000);
  const ask = async (
    names: string[],
    aggregation?: Parameters<BridgeTelemetry["getMetrics"]>[2],
  ): Promise<readonly (readonly [string, number, number])[]> =>
    Object.entries(metricsOf(await telemetryBridge.getMetrics(names, [from, new Date()], aggregation))).map(
      ([name, { value, sample_count: count }]) => [name, value, count],
    );
  expect(await ask(["shop.orders", "shop_orders_total"], "SUM")).toEqual([
    ["shop.orders", 15, 6],
    ["shop_orders_total", 15, 6],
  ]);
  expect(await ask(["shop.orders"], "MEAN")).toEqual([["shop.orders", 15, 6]]);
  expect(await ask(["shop.order.size"], "MEAN")).toEqual([["shop.order.size", 64 / 3, 3]]);
  expect(await ask(["shop_order_size_bytes"], "SUM")).toEqual([["shop_order_size_bytes", 64, 3]]);
  expect(await ask(["shop.order.size"], "COUNT")).toEqual([["shop.order.size", 3, 3]]);
  expect(await ask(["shop.order.size"], "MIN")).toEqual([["shop.order.size", 4, 3]]);
  expect(await ask(["shop.order.size"], "MAX")).toEqual([["shop.order.size", 45, 3]]);
});

test("an event that could not be stored can be recorded again, and hooks get it once", async () => {
  const { events, path } = await started();
  const heard: unknown[] = [];
  events.on("COMMAND", ({ event_id: id }) => heard.push(id));
  const telemetry = bridge();
  const large = "x".repeat(6 * 1024 * 1024);
  // More than may wait for the store.
  const earlier = [1, 2, 3].map(() =>
    telemetry.recordEvent({ event_type: "LARGE", source: "core", data: large }),
  );
  const event = { event_type: "COMMAND", source: "core", data: null, event_id: "one" };
  expect(await telemetry.recordEvent(event)).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
  await Promise.all(earlier);
  expect(await telemetry.recordEvent({ ...event, source: "" })).toMatchObject({
    error: { code: "INVALID_EVENT" },
  });
  expect(await telemetry.recordEvent(event)).toMatchObject({ status: "success", event_id: "one" });
  expect(await telemetry.recordEvent(event)).toMatchObject({ error: { code: "LOOP_DETECTED" } });
  expect(heard).toEqual(["one"]);
  expect(await all((await reading(path)).events({ type: "COMMAND" }))).toMatchObject([event]);
});

test("the running history keeps its own retention, which is logged", async () => {
  await started();
  const warnings = collectWarnings();
  const telemetry = bridge({ retention_policy: { events: { duration_days: 99 } } });
  expect((await telemetry.healthCheck()).stats.data_retention_days).toBe(7);
  expect(warnings).toEqual([expect.stringMatching(/^bridge: retention_policy is ignored/)]);
});

test("after shutdown of the running Tachymeter the bridge's calls return failures", async () => {
  const { end } = await started();
  const telemetryBridge = bridge();
  await telemetryBridge.recordMetric("m", 1);
  await end();
  expect(await telemetryBridge.recordMetric("m", 1)).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
  expect(await telemetryBridge.getMetrics()).toMatchObject({ error: { code: "RETRIEVAL_FAILURE" } });
  expect((await telemetryBridge.healthCheck()).status).toBe("unhealthy");
});

test("if Tachymeter is restarted, the bridge uses the new history", async () => {
  const { end } = await started();
  const telemetryBridge = bridge();
  await telemetryBridge.recordMetric("m", 1);
  await end();
  const { path } = await started();
  expect(await telemetryBridge.recordMetric("m", 2)).toMatchObject({ status: "success" });
  expect((await telemetryBridge.healthCheck()).status).toBe("healthy");
  expect(
    (await (await reading(path)).query({ metric: "m" })).series[0]?.points.map(([, value]) => value),
  ).toEqual([2]);
});

test("a bridge that was called before the start of Tachymeter uses its history once it runs", async () => {
  const early = bridge();
  await early.recordMetric("m", 1);
  expect((await early.healthCheck()).status).toBe("degraded");
  const { path } = await started();
  expect((await early.healthCheck()).status).toBe("healthy");
  await early.recordMetric("m", 2);
  await early.recordEvent({ event_type: "COMMAND", source: "core", data: null });
  const history = await reading(path);
  expect((await history.query({ metric: "m" })).series[0]?.points.map(([, value]) => value)).toEqual([2]);
  expect(await all(history.events())).toHaveLength(1);
});

test("without a running history the bridge runs in memory, which is degraded", async () => {
  const telemetry = bridge();
  await telemetry.recordMetric("m", 1);
  expect((await telemetry.healthCheck()).status).toBe("degraded");
});
