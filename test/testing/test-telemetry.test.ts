import { AssertionError } from "node:assert";
import { metrics } from "@opentelemetry/api";
import { setupMessagingHooks } from "tachymeter/facades";
import { MeterProviderError } from "tachymeter/metrics";
import { createTestTelemetry, type TestTelemetry } from "tachymeter/testing";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => void vi.useRealTimers());

const JOBS = { "messaging.destination.name": "jobs" };

test("an unknown option is refused", () => {
  expect(() => Reflect.apply(createTestTelemetry, undefined, [{ cardinality: 5 }])).toThrow(
    "createTestTelemetry: cardinality must be an existing option, such as cardinalityLimit, got 5",
  );
});

test("every facade records on the test's own provider", async () => {
  const telemetry = createTestTelemetry();
  recordEverywhere(telemetry);
  expect(await telemetry.value("orders")).toBe(7);
  expect(await telemetry.value("orders_total")).toBe(7);
  expect(await telemetry.value("stock_total")).toBe(1);
  expect(await telemetry.value("coordination.messages")).toBe(1);
  expect(await telemetry.value("messages.sent", JOBS)).toBe(2);
  expect(await telemetry.value("health.component.status", { "health.component": "cache" })).toBe(2);
  expect(await telemetry.value("kernel.messages.received", { "kernel.id": "resizer" })).toBe(1);
  expect(await telemetry.value("telemetry.events", { "event.type": "login" })).toBe(1);
  await telemetry.shutdown();
});

function recordEverywhere(telemetry: TestTelemetry): void {
  telemetry.meterProvider.getMeter("shop").createCounter("orders").add(7);
  telemetry.collector.registerCounter("stock_total").increment();
  telemetry.coordination.message("assign");
  telemetry.messaging.sent("jobs", 2);
  telemetry.health.set("cache", "degraded");
  telemetry.kernels.recordReceive("resizer");
  telemetry.events.record({ event_type: "login", source: "shop" });
}

test("one test does not see the measurements of another", async () => {
  const [one, other] = [createTestTelemetry(), createTestTelemetry()];
  one.messaging.sent("jobs");
  expect(await Promise.all([one.value("messages.sent"), other.value("messages.sent")])).toEqual([
    1,
    undefined,
  ]);
  expect(metrics.getMeterProvider()).not.toBe(one.meterProvider);
});

test("a shutdown leaves no timer, and may be called twice", async () => {
  vi.useFakeTimers();
  const telemetry = createTestTelemetry();
  expect(vi.getTimerCount()).toBe(0);
  telemetry.health.register("database", () => true, { interval: 1 });
  await telemetry.collector.startCollection();
  expect(vi.getTimerCount()).toBeGreaterThan(1);
  await telemetry.shutdown();
  await telemetry.shutdown();
  expect(vi.getTimerCount()).toBe(0);
});

test("the end of a scope shuts down", async () => {
  const { collector } = await (async () => {
    await using telemetry = createTestTelemetry();
    await telemetry.collector.startCollection();
    return telemetry;
  })();
  expect(collector.running).toBe(false);
});

test("facades, events and the collector are connected as on the running Tachymeter", async () => {
  const { collector, messaging, events } = createTestTelemetry();
  const heard = vi.fn<(event: { readonly event_type: string }) => void>();
  events.on("messaging.sent", heard);
  messaging.sent("jobs");
  expect(heard).toHaveBeenCalledOnce();
  expect(setupMessagingHooks(collector)).toBe(messaging);
  const snapshot = await collector.getSnapshot();
  expect(snapshot.metrics['messages_sent_total{messaging_destination_name="jobs"}']?.value).toBe(1);
});

test("a collection lists metrics with their descriptions and series", async () => {
  const { collect, meterProvider } = createTestTelemetry();
  const meter = meterProvider.getMeter("shop");
  meter
    .createHistogram("checkout.duration", { unit: "s", description: "Time." })
    .record(0.5, { step: "pay" });
  meter.createUpDownCounter("carts").add(-2);
  meter.createGauge("shelf.temperature", { unit: "Cel" }).record(4);
  meter.createHistogram("never.recorded");
  expect((await collect()).filter(({ scope }) => scope === "shop")).toEqual([
    {
      scope: "shop",
      name: "checkout.duration",
      prometheusName: "checkout_duration_seconds",
      kind: "histogram",
      unit: "s",
      description: "Time.",
      series: [{ attributes: { step: "pay" }, value: { count: 1, sum: 0.5, min: 0.5, max: 0.5 } }],
    },
    metric("carts", "carts", "upDownCounter", "", -2),
    metric("shelf.temperature", "shelf_temperature_celsius", "gauge", "Cel", 4),
  ]);

  function metric(name: string, prometheusName: string, kind: string, unit: string, value: number): object {
    return {
      scope: "shop",
      name,
      prometheusName,
      kind,
      unit,
      description: "",
      series: [{ attributes: {}, value }],
    };
  }
});

test("without attributes the series of a metric are added up, with them one series is selected", async () => {
  const { value, messaging } = createTestTelemetry();
  messaging.sent("jobs", 2);
  messaging.sent("mails", 3);
  messaging.processed("jobs", 0.5);
  messaging.processed("mails", 1.5);
  expect(await value("messages.sent")).toBe(5);
  expect(await value("messages_sent_total", JOBS)).toBe(2);
  expect(await value("messages.sent", { messaging_destination_name: "mails" })).toBe(3);
  expect(await value("messages.sent", {})).toBeUndefined();
  expect(await value("messages.sent", { ...JOBS, "messaging.system.name": "kafka" })).toBeUndefined();
  expect(await value("messages.received")).toBeUndefined();
  expect(await value("message_processing_duration_seconds")).toEqual({
    count: 2,
    sum: 2,
    min: 0.5,
    max: 1.5,
  });
});

test("attributes are distinguished by type, and undefined ones are ignored", async () => {
  const { value, meterProvider } = createTestTelemetry();
  const requests = meterProvider.getMeter("shop").createCounter("requests");
  requests.add(1, { status: 200 });
  requests.add(2, { status: "200" });
  requests.add(4, { tags: ["a", "b"] });
  expect(await value("requests", { status: 200, other: undefined })).toBe(1);
  expect(await value("requests", { status: "200" })).toBe(2);
  expect(await value("requests", { tags: ["a", "b"] })).toBe(4);
});

test("series of a gauge are not added up", async () => {
  const { value, messaging } = createTestTelemetry();
  messaging.queueSize("jobs", 3);
  expect(await value("message.queue.size")).toBe(3);
  messaging.queueSize("mails", () => 4);
  await expect(value("message.queue.size")).rejects.toThrow(AssertionError);
  await expect(value("message.queue.size")).rejects.toThrow(
    `metric "message.queue.size": its series cannot be added up; pass the attributes of one of them:
  { "messaging.destination.name": "jobs" } 3
  { "messaging.destination.name": "mails" } 4`,
  );
});

test("callbacks are called at each collection, also those that return a promise", async () => {
  const { value, meterProvider } = createTestTelemetry();
  let asked = 0;
  meterProvider
    .getMeter("shop")
    .createObservableGauge("visitors")
    .addCallback(async (result) => {
      await Promise.resolve();
      result.observe(++asked);
    });
  expect(await value("visitors")).toBe(1);
  expect(await value("visitors")).toBe(2);
});

test("views and a limit are passed to the provider", async () => {
  const { collect, meterProvider } = createTestTelemetry({
    views: [{ instrumentName: "orders", name: "shop.orders" }],
    cardinalityLimit: 2,
  });
  const orders = meterProvider.getMeter("shop").createCounter("orders");
  for (let user = 0; user < 10; user++) orders.add(1, { user });
  const metric = (await collect()).find(({ name }) => name === "shop.orders");
  expect(metric?.series).toHaveLength(3);
  expect(() => createTestTelemetry({ cardinalityLimit: -1 })).toThrow(MeterProviderError);
});
