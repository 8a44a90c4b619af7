import { diag, metrics } from "@opentelemetry/api";
import {
  Coordination,
  type EventCallback,
  setupCoordinationHooks,
  setupHealthHooks,
  setupMessagingHooks,
  TelemetryCollector,
} from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { valuesOf } from "../facades/snapshot-values.ts";

let logged: readonly string[] = [];

beforeEach(() => {
  logged = collectWarnings();
});

afterEach(() => {
  diag.disable();
  metrics.disable();
});

test("a facade's metrics are in the snapshot of the collector that it was set up on", async () => {
  const collector = new TelemetryCollector();
  const coordination = setupCoordinationHooks(collector);
  const messaging = setupMessagingHooks(collector);
  const health = setupHealthHooks(collector);
  coordination.message("ping", { latency: 0.5 });
  coordination.join("a");
  coordination.join("b");
  coordination.leaderChanged("a");
  coordination.lockAcquired("l", 1);
  coordination.lockReleased("l", 2);
  messaging.sent("jobs", 3);
  messaging.received();
  messaging.queueSize("jobs", 7);
  messaging.queueSize("mail", () => 8);
  messaging.processed("jobs", 0.25);
  health.set("db", "degraded");
  health.recordCheck("db", "healthy", 0.1);
  expect(await valuesOf(collector)).toEqual({
    'coordination_messages_total{coordination_message_type="ping"}': 1,
    coordination_active_nodes: 2,
    'coordination_message_latency_seconds{coordination_message_type="ping"}': { count: 1, sum: 0.5 },
    coordination_leader_changes_total: 1,
    'coordination_lock_wait_duration_seconds{coordination_lock_name="l"}': { count: 1, sum: 1 },
    'coordination_lock_hold_duration_seconds{coordination_lock_name="l"}': { count: 1, sum: 2 },
    'messages_sent_total{messaging_destination_name="jobs"}': 3,
    messages_received_total: 1,
    'message_queue_size{messaging_destination_name="jobs"}': 7,
    'message_queue_size{messaging_destination_name="mail"}': 8,
    'message_processing_duration_seconds{messaging_destination_name="jobs"}': { count: 1, sum: 0.25 },
    health_status: 1,
    'health_component_status{health_component="db"}': 1,
    'health_checks_total{health_component="db",health_result="healthy"}': 1,
    'health_check_duration_seconds{health_component="db"}': { count: 1, sum: 0.1 },
  });
});

test("setting up again returns the same facade and adds nothing", async () => {
  const collector = new TelemetryCollector();
  const coordination = setupCoordinationHooks(collector);
  expect(setupCoordinationHooks(collector)).toBe(coordination);
  expect(setupMessagingHooks(collector)).toBe(setupMessagingHooks(collector));
  expect(setupHealthHooks(collector)).toBe(setupHealthHooks(collector));
  expect(setupCoordinationHooks(new TelemetryCollector())).not.toBe(coordination);
  collector.recordEvent("coordination.message");
  collector.recordEvent("messaging.sent");
  collector.recordEvent("health.check", { component: "db", status: "healthy" });
  expect(await valuesOf(collector)).toMatchObject({
    coordination_messages_total: 1,
    messages_sent_total: 1,
    'health_checks_total{health_component="db",health_result="healthy"}': 1,
  });
});

test("recorded events reach the facades", async () => {
  const collector = new TelemetryCollector();
  const coordination = setupCoordinationHooks(collector);
  setupMessagingHooks(collector);
  const health = setupHealthHooks(collector);
  collector.recordEvent("coordination.message", { type: "ping", latency: 0.5 });
  collector.recordEvent("coordination.message", { type: "ping" });
  collector.recordEvent("coordination.join", { node: "a" });
  collector.recordEvent("coordination.join", { node: "b" });
  collector.recordEvent("coordination.leave", { node: "b" });
  collector.recordEvent("coordination.leader", { leader: "a" });
  collector.recordEvent("messaging.sent", { destination: "jobs", count: 3 });
  collector.recordEvent("messaging.sent", { destination: "jobs" });
  collector.recordEvent("messaging.received", { destination: "jobs", count: 2 });
  collector.recordEvent("messaging.processed", { destination: "jobs", seconds: 0.25 });
  collector.recordEvent("messaging.processed", { destination: "jobs", seconds: 1, error: new RangeError() });
  collector.recordEvent("messaging.queue_size", { destination: "jobs", size: 7 });
  collector.recordEvent("health.status", { component: "cache", status: "degraded", reason: "cold" });
  collector.recordEvent("health.check", { component: "db", status: "unhealthy", reason: "down", seconds: 2 });
  expect(await valuesOf(collector)).toEqual({
    'coordination_messages_total{coordination_message_type="ping"}': 2,
    'coordination_message_latency_seconds{coordination_message_type="ping"}': { count: 1, sum: 0.5 },
    coordination_active_nodes: 1,
    coordination_leader_changes_total: 1,
    'messages_sent_total{messaging_destination_name="jobs"}': 4,
    'messages_received_total{messaging_destination_name="jobs"}': 2,
    'message_processing_duration_seconds{messaging_destination_name="jobs"}': { count: 1, sum: 0.25 },
    'message_processing_duration_seconds{error_type="RangeError",messaging_destination_name="jobs"}': {
      count: 1,
      sum: 1,
    },
    'message_queue_size{messaging_destination_name="jobs"}': 7,
    health_status: 3,
    'health_component_status{health_component="cache"}': 2,
    'health_component_status{health_component="db"}': 3,
    'health_checks_total{health_component="db",health_result="unhealthy"}': 1,
    'health_check_duration_seconds{health_component="db"}': { count: 1, sum: 2 },
  });
  expect(coordination.leader).toBe("a");
  expect(health.report().components["cache"]).toMatchObject({ status: "degraded", reason: "cold" });
  expect(health.report().components["db"]).toMatchObject({ durationSeconds: 2, reason: "down" });
});

test("a recorded event is one event, however many hooks are called with it", async () => {
  const collector = new TelemetryCollector();
  const before = vi.fn<EventCallback>();
  const after = vi.fn<EventCallback>();
  collector.addHook("*", before);
  setupCoordinationHooks(collector);
  setupMessagingHooks(collector);
  setupHealthHooks(collector);
  collector.addHook("coordination.message", after);
  collector.addHook("messaging.sent", after);
  collector.addHook("health.check", after);
  collector.recordEvent("coordination.message", { type: "ping" });
  collector.recordEvent("messaging.sent", { destination: "jobs", count: 2 });
  collector.recordEvent("health.check", { component: "db", status: "healthy" });
  expect(before).toHaveBeenCalledTimes(3);
  expect(after).toHaveBeenCalledTimes(3);
  expect((await collector.getSnapshot()).events_count).toBe(3);
  expect(await valuesOf(collector)).toMatchObject({
    'coordination_messages_total{coordination_message_type="ping"}': 1,
    'messages_sent_total{messaging_destination_name="jobs"}': 2,
    'health_checks_total{health_component="db",health_result="healthy"}': 1,
  });
});

test("a call of a facade is an event only while a user's hook listens to it, and is counted once", async () => {
  const collector = new TelemetryCollector();
  const coordination = setupCoordinationHooks(collector);
  const messaging = setupMessagingHooks(collector);
  const health = setupHealthHooks(collector);
  const call = (): void => {
    coordination.message("ping", { latency: 2 });
    coordination.join("a");
    coordination.leave("a");
    messaging.sent("jobs", 2);
    messaging.queueSize("jobs", 1);
    health.set("db", "healthy");
    health.recordCheck("db", "healthy", 1);
  };
  call();
  expect((await collector.getSnapshot()).events_count).toBe(0);
  const heard: unknown[] = [];
  const remove = collector.addHook("coordination.message", ({ source, data }) => heard.push([source, data]));
  call();
  expect(heard).toEqual([["coordination", { type: "ping", latency: 2 }]]);
  expect((await collector.getSnapshot()).events_count).toBe(1);
  remove();
  const every: string[] = [];
  const removeEvery = collector.addHook("*", ({ event_type }) => every.push(event_type));
  call();
  expect(every).toEqual([
    "coordination.message",
    "coordination.join",
    "coordination.leave",
    "messaging.sent",
    "messaging.queue_size",
    "health.status",
    "health.check",
  ]);
  removeEvery();
  call();
  expect((await collector.getSnapshot()).events_count).toBe(8);
  expect(await valuesOf(collector)).toMatchObject({
    'coordination_messages_total{coordination_message_type="ping"}': 4,
    'messages_sent_total{messaging_destination_name="jobs"}': 8,
    'health_checks_total{health_component="db",health_result="healthy"}': 4,
  });
});

test("events of a hook that calls the facade, or records an event for it, reach the hooks", async () => {
  const collector = new TelemetryCollector();
  const coordination = setupCoordinationHooks(collector);
  const messaging = setupMessagingHooks(collector);
  collector.addHook("coordination.join", () => coordination.message("welcome"));
  collector.addHook("messaging.sent", () => collector.recordEvent("messaging.received", { count: 1 }));
  collector.recordEvent("coordination.join", { node: "a" });
  coordination.join("b");
  messaging.sent();
  collector.recordEvent("messaging.sent");
  expect(await valuesOf(collector)).toMatchObject({
    'coordination_messages_total{coordination_message_type="welcome"}': 2,
    messages_sent_total: 2,
    messages_received_total: 2,
  });
});

test("malformed events record nothing, or only their valid fields, and never throw", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  setupCoordinationHooks(collector);
  setupMessagingHooks(collector);
  setupHealthHooks(collector);
  const hostile = new Proxy({}, { get: () => expect.fail("not even a message") });
  for (const data of [undefined, null, 5, "text", [], {}, () => {}, hostile, { node: {}, component: 1 }]) {
    for (const type of ["join", "leave", "leader"]) collector.recordEvent(`coordination.${type}`, data);
    for (const type of ["status", "check"]) collector.recordEvent(`health.${type}`, data);
    for (const type of ["processed", "queue_size"]) collector.recordEvent(`messaging.${type}`, data);
  }
  expect(await valuesOf(collector)).toEqual({ coordination_active_nodes: 0, health_status: 0 });
  expect(await point("telemetry.dropped", { reason: "invalid_name" })).toBe(9 * 6);
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBe(9);
  expect(logged).toHaveLength(7);
  collector.recordEvent("coordination.message", { type: {}, latency: "5" });
  collector.recordEvent("messaging.sent", { destination: "jobs", count: "5" });
  collector.recordEvent("messaging.sent", { destination: "jobs", count: -5 });
  expect(await valuesOf(collector)).toMatchObject({ coordination_messages_total: 1 });
  expect(await point("messages.sent", { "messaging.destination.name": "jobs" })).toBeUndefined();
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBe(11);
  expect(await point("telemetry.dropped", { reason: "negative" })).toBe(1);
});

test("the provider, given or global or registered later, gets the same values as the snapshot", async () => {
  const { provider, point, points } = collectingProvider();
  const collector = new TelemetryCollector();
  const coordination = setupCoordinationHooks(collector);
  const messaging = setupMessagingHooks(collector);
  const health = setupHealthHooks(collector);
  coordination.message("early");
  health.set("db", "healthy");
  metrics.setGlobalMeterProvider(provider);
  coordination.message("ping", { latency: 1, attributes: { tags: ["a", "b"] } });
  coordination.join("a");
  messaging.destination("jobs").sent(3);
  messaging.queueSize("jobs", 4);
  health.set("db", "degraded");
  expect(
    await point("coordination.messages", { "coordination.message.type": "ping", tags: ["a", "b"] }),
  ).toBe(1);
  expect(await point("coordination.active_nodes")).toBe(1);
  expect(await points("coordination.message.latency")).toMatchObject([
    { value: { buckets: { boundaries: expect.arrayContaining([0.005, 7.5]) } } },
  ]);
  expect(await point("messages.sent", { "messaging.destination.name": "jobs" })).toBe(3);
  expect(await point("message.queue.size", { "messaging.destination.name": "jobs" })).toBe(4);
  expect(await point("health.status")).toBe(2);
  expect(await valuesOf(collector)).toMatchObject({
    'coordination_messages_total{coordination_message_type="early"}': 1,
    'coordination_messages_total{coordination_message_type="ping",tags="[\\"a\\",\\"b\\"]"}': 1,
    'messages_sent_total{messaging_destination_name="jobs"}': 3,
    health_status: 2,
  });
});

test("a lost node is counted once by the provider, however many collectors and facades it has", async () => {
  const { provider, point, points } = collectingProvider();
  const collectors = [new TelemetryCollector(), new TelemetryCollector()];
  const [early] = collectors.map(setupCoordinationHooks);
  early?.join("a", { lasting: true });
  early?.leave("a", { lost: true });
  metrics.setGlobalMeterProvider(provider);
  const coordination = new Coordination();
  coordination.join("b", { lasting: true });
  coordination.leave("b", { lost: true });
  for (const collector of collectors)
    expect(await valuesOf(collector)).toMatchObject({ coordination_nodes_lost_total: 2 });
  expect(await point("coordination.nodes.lost")).toBe(2);
  expect(await points("coordination.active_nodes")).toHaveLength(1);
});

test("a hook that calls the facade for each of its calls is stopped, and the calls still count", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const coordination = setupCoordinationHooks(collector);
  let called = 0;
  collector.addHook("coordination.message", () => {
    called++;
    coordination.message();
  });
  coordination.message();
  expect(called).toBeLessThan(100);
  expect(await point("telemetry.events.dropped", { reason: "loop" })).toBe(1);
  expect(await valuesOf(collector)).toMatchObject({ coordination_messages_total: called + 1 });
});
