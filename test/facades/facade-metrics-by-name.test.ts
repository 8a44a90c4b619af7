import { diag } from "@opentelemetry/api";
import {
  type EventCallback,
  MetricRegistrationError,
  setupCoordinationHooks,
  setupHealthHooks,
  setupMessagingHooks,
  TelemetryCollector,
} from "tachymeter/facades";
import { createTestTelemetry } from "tachymeter/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { counterOf, gaugeOf, histogramOf, valuesOf } from "./snapshot-values.ts";

let logged: readonly string[] = [];

beforeEach(() => {
  logged = collectWarnings();
});

afterEach(() => {
  diag.disable();
});

const names = [
  "coordination_messages_total",
  "coordination_active_nodes",
  "coordination_message_latency_seconds",
  "coordination_leader_changes_total",
  "coordination_lock_wait_duration_seconds",
  "coordination_lock_hold_duration_seconds",
  "messages_sent_total",
  "messages_received_total",
  "message_queue_size",
  "message_processing_duration_seconds",
  "health_status",
  "health_component_status",
  "health_checks_total",
  "health_check_duration_seconds",
];

test("metrics of a facade are found by their Prometheus names, with their descriptions", () => {
  const collector = new TelemetryCollector();
  for (const name of names) expect(collector.getMetric(name)).toBeUndefined();
  setupCoordinationHooks(collector);
  setupMessagingHooks(collector);
  setupHealthHooks(collector);
  for (const name of names) expect(collector.getMetric(name)?.description).toMatch(/\.$/);
  expect(collector.getMetric("coordination_message_latency_seconds")).toMatchObject({
    kind: "histogram",
    unit: "s",
  });
  expect(collector.getMetric("health_status")).toMatchObject({ kind: "gauge", unit: "" });
});

test("measurements by name are added to the facade's own series, with either spelling of a label", async () => {
  const { provider, points } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const coordination = setupCoordinationHooks(collector);
  coordination.message("ping", { latency: 1 });
  const total = counterOf(collector, "coordination_messages_total");
  total.increment(2, { coordination_message_type: "ping" });
  total.increment(3, { "coordination.message.type": "ping" });
  total.increment(-1);
  histogramOf(collector, "coordination_message_latency_seconds").observe(2, {
    coordination_message_type: "ping",
  });
  expect(await valuesOf(collector)).toMatchObject({
    'coordination_messages_total{coordination_message_type="ping"}': 6,
    'coordination_message_latency_seconds{coordination_message_type="ping"}': { count: 2, sum: 3 },
  });
  expect(await points("coordination.messages")).toEqual([
    { attributes: { "coordination.message.type": "ping" }, value: 6 },
  ]);
  expect(await points("coordination.message.latency")).toMatchObject([{ value: { count: 2 } }]);
});

test("the size of a queue can be set by name, values computed by a facade cannot", async () => {
  const collector = new TelemetryCollector();
  setupCoordinationHooks(collector).join("a");
  setupMessagingHooks(collector);
  setupHealthHooks(collector);
  const size = gaugeOf(collector, "message_queue_size");
  size.set(7, { messaging_destination_name: "jobs" });
  size.increment(2, { "messaging.destination.name": "jobs" });
  size.decrement(1, { messaging_destination_name: "jobs" });
  size.set(1, { messaging_destination_name: "jobs", shard: 3 });
  size.set(5);
  for (const name of ["coordination_active_nodes", "health_status", "health_component_status"]) {
    gaugeOf(collector, name).set(9);
    gaugeOf(collector, name).increment();
  }
  expect(await valuesOf(collector)).toEqual({
    coordination_active_nodes: 1,
    'message_queue_size{messaging_destination_name="jobs"}': 8,
    'message_queue_size{messaging_destination_name="jobs",shard="3"}': 1,
    message_queue_size: 5,
    health_status: 0,
  });
  expect(logged).toHaveLength(3);
  expect(logged[0]).toBe(
    'gauge "coordination_active_nodes": value is computed by its facade and cannot be set; call join, heartbeat and leave of the facade; this is logged once',
  );
});

test("it is an error if the name of a facade's metric is taken, and nothing is set up", async () => {
  const collector = new TelemetryCollector();
  collector.registerCounter("messages_received_total").increment();
  expect(() => setupMessagingHooks(collector)).toThrow(MetricRegistrationError);
  expect(() => setupMessagingHooks(collector)).toThrow(
    'counter "messages_received_total": already registered before the hooks that provide it; set up the hooks first',
  );
  expect(collector.getMetric("messages_sent_total")).toBeUndefined();
  collector.recordEvent("messaging.received");
  expect(await valuesOf(collector)).toEqual({ messages_received_total: 1 });
});

test("a facade's metric registered again is the facade's own", () => {
  const collector = new TelemetryCollector();
  setupMessagingHooks(collector);
  const sent = collector.registerCounter("messages_sent_total", "Total messages sent");
  expect(sent).toBe(collector.getMetric("messages_sent_total"));
  expect(collector.registerHistogram("message_processing_duration_seconds").buckets).toContain(7.5);
  expect(() => collector.registerGauge("messages_sent_total")).toThrow(MetricRegistrationError);
});

test("the running Tachymeter's collector has its facades already, and its snapshot has all metrics", async () => {
  const { collector, coordination, messaging, health, kernels, value } = createTestTelemetry();
  expect(setupCoordinationHooks(collector)).toBe(coordination);
  expect(setupMessagingHooks(collector)).toBe(messaging);
  expect(setupHealthHooks(collector)).toBe(health);
  collector.registerCounter("mine_total").increment();
  kernels.recordReceive("resizer");
  expect((await collector.getSnapshot()).metrics).toMatchObject({
    mine_total: { value: 1, labels: {} },
    'kernel_messages_received_total{kernel_id="resizer"}': { value: 1, labels: { kernel_id: "resizer" } },
  });
  const every = vi.fn<EventCallback>();
  collector.addHook("*", every);
  coordination.message("ping");
  collector.recordEvent("coordination.message", { type: "ping" });
  counterOf(collector, "coordination_messages_total").increment(3, { coordination_message_type: "ping" });
  expect(every).toHaveBeenCalledTimes(2);
  expect(await value("coordination.messages", { "coordination.message.type": "ping" })).toBe(5);
  gaugeOf(collector, "message_queue_size").set(4, { messaging_destination_name: "jobs" });
  expect(await value("message.queue.size", { "messaging.destination.name": "jobs" })).toBe(4);
});

test("metrics by name are created exactly as their facades create them", async () => {
  const { collector, coordination, messaging, health, collect } = createTestTelemetry();
  setupCoordinationHooks(collector);
  setupMessagingHooks(collector);
  setupHealthHooks(collector);
  coordination.message("ping", { latency: 1 });
  coordination.leaderChanged("a");
  coordination.lockAcquired("l", 1);
  coordination.lockReleased("l", 1);
  messaging.sent();
  messaging.received();
  messaging.queueSize("jobs", 1);
  messaging.processed("jobs", 1);
  health.recordCheck("db", "healthy", 1);
  for (const name of names) {
    const metric = collector.getMetric(name);
    if (metric?.kind === "counter") metric.increment();
    if (metric?.kind === "histogram") metric.observe(1);
  }
  const made = await collect();
  expect(made).toHaveLength(names.length);
  const told = names.map((name) => collector.getMetric(name));
  expect(made.map(({ unit, description }) => `${unit} ${description}`).toSorted()).toEqual(
    told.map((metric) => `${metric?.unit} ${metric?.description}`).toSorted(),
  );
  expect(logged.filter((message) => message.includes("conflict") || message.includes("already"))).toEqual([]);
});
