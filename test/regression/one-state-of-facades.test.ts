import { metrics } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { running, start } from "tachymeter";
import {
  Coordination,
  Health,
  Kernels,
  Messaging,
  Network,
  setupHealthHooks,
  TelemetryCollector,
} from "tachymeter/facades";
import { createTestTelemetry, type TestTelemetry } from "tachymeter/testing";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { callWith } from "../facades/call-with.ts";

let telemetry: TestTelemetry;

beforeEach(() => {
  telemetry = createTestTelemetry();
});

afterEach(async () => {
  await telemetry.shutdown();
  await running()?.shutdown();
  metrics.disable();
});

test("a healthy component of one facade does not hide an unhealthy one of another", async () => {
  const started = start({ readers: [], host: false, runtime: false });
  started.health.set("database", "unhealthy");
  const hooks = setupHealthHooks(new TelemetryCollector());
  hooks.set("cache", "healthy");
  const { metrics: snapshot } = await started.snapshot();
  expect(snapshot["health_status"]).toMatchObject({ value: 3 });
  expect(Object.keys(started.health.report().components)).toEqual(["database", "cache"]);
  expect(hooks.report().components).toEqual(started.health.report().components);
});

test("the nodes of two facades are all active, and each facade counts all of them", async () => {
  const { meterProvider } = telemetry;
  const first = new Coordination({ meterProvider });
  const second = new Coordination({ meterProvider });
  first.join("a");
  second.join("b");
  expect(await telemetry.value("coordination.active_nodes")).toBe(2);
  expect([first.activeNodes, second.activeNodes]).toEqual([2, 2]);
});

test("of 10,000 nodes a known one stays, and a new one replaces the node that was silent longest", () => {
  const coordination = new Coordination({ meterProvider: telemetry.meterProvider });
  for (let i = 0; i < 10_000; i++) coordination.join(`n${i}`, { lasting: true });
  coordination.join("n0", { lasting: true });
  coordination.heartbeat("n1");
  coordination.join("new", { lasting: true });
  expect(coordination.activeNodes).toBe(10_000);
  // n2 was replaced, and all other nodes can leave.
  coordination.leave("n2");
  expect(coordination.activeNodes).toBe(10_000);
  for (const node of ["n0", "n1", "new"]) coordination.leave(node);
  expect(coordination.activeNodes).toBe(9_997);
});

test("the time-out of the facade that last reported a node applies", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { meterProvider } = telemetry;
  const patient = new Coordination({ meterProvider, nodeTimeout: 60 });
  const impatient = new Coordination({ meterProvider, nodeTimeout: 1 });
  patient.join("a");
  impatient.heartbeat("a");
  vi.advanceTimersByTime(2_000);
  expect(patient.activeNodes).toBe(0);
});

test("nodes that an early facade brings are replaced in the order of their silence", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const early = new Coordination();
  early.join("oldest");
  vi.advanceTimersByTime(1);
  const { coordination } = telemetry;
  for (let i = 0; i < 9_999; i++) coordination.join(`n${i}`);
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  vi.advanceTimersByTime(1);
  early.join("new");
  expect(coordination.activeNodes).toBe(10_000);
  coordination.leave("oldest");
  expect(coordination.activeNodes).toBe(10_000);
  coordination.leave("n0");
  expect(coordination.activeNodes).toBe(9_999);
});

test("a leader that two facades report is one change", async () => {
  const { meterProvider } = telemetry;
  const first = new Coordination({ meterProvider });
  const second = new Coordination({ meterProvider });
  first.leaderChanged("a");
  second.leaderChanged("a");
  expect(await telemetry.value("coordination.leader.changes")).toBe(1);
  expect(first.leader).toBe(second.leader);
});

test("a kernel's messages are counted together for all facades", async () => {
  const { meterProvider } = telemetry;
  const first = new Kernels({ meterProvider });
  const second = new Kernels({ meterProvider });
  for (let i = 0; i < 5; i++) first.recordReceive("k");
  second.recordReceive("k");
  expect(await telemetry.value("kernel.messages.received")).toBe(6);
  expect([first, second].map((kernels) => kernels.getTelemetry("k")?.messagesReceived)).toEqual([6, 6]);
});

test("the sizes of a queue that two facades report are added up", async () => {
  const { meterProvider } = telemetry;
  new Messaging({ meterProvider }).queueSize("jobs", () => 7);
  const remove = new Messaging({ meterProvider }).queueSize("jobs", () => 3);
  expect(await telemetry.value("message.queue.size")).toBe(10);
  remove();
  expect(await telemetry.value("message.queue.size")).toBe(7);
});

test("pools of one name that two facades watch are added up", async () => {
  const { meterProvider } = telemetry;
  const pool = { size: 5, idle: 2, waiting: 1 };
  new Network({ meterProvider }).watchPool("orders", () => pool);
  new Network({ meterProvider }).watchPool("orders", () => pool);
  expect(await telemetry.value("connection.pool.size")).toBe(10);
  expect(await telemetry.value("connection.pool.waiting")).toBe(2);
});

test("what two facades record is exported as if one had recorded it", async () => {
  const one = createTestTelemetry();
  const work = [
    (on: Facades) => on.health.set("database", "degraded"),
    (on: Facades) => on.health.recordCheck("cache", "healthy", 0.1),
    (on: Facades) => on.coordination.join("a"),
    (on: Facades) => on.coordination.heartbeat("b"),
    (on: Facades) => on.coordination.leaderChanged("a"),
    (on: Facades) => on.coordination.leaderChanged("a"),
    (on: Facades) => on.coordination.message("assign", { latency: 0.2 }),
    (on: Facades) => on.kernels.recordReceive("k"),
    (on: Facades) => on.kernels.recordProcessed("k", 0.5),
    (on: Facades) => on.kernels.recordError("k", new TypeError()),
    (on: Facades) => on.messaging.sent("jobs"),
    (on: Facades) => on.messaging.queueSize("jobs", 4),
    (on: Facades) => on.messaging.queueSize("mail", 2),
    (on: Facades) => on.network.watchPool("orders", () => ({ size: 5, idle: 2, waiting: 1 })),
    (on: Facades) => on.network.watchPool("users", () => ({ size: 4, idle: 4, waiting: 0 })),
  ];
  const alone = facadesOn(one);
  const pair = [facadesOn(telemetry), facadesOn(telemetry)];
  for (const [index, step] of work.entries()) {
    step(alone);
    const turn = pair[index % 2];
    if (turn !== undefined) step(turn);
  }
  expect(await figuresOf(telemetry)).toEqual(await figuresOf(one));
  await one.shutdown();
});

test("facades created before a provider is registered bring their state", async () => {
  const early = { health: new Health(), coordination: new Coordination(), kernels: new Kernels() };
  early.health.set("database", "unhealthy");
  early.coordination.join("a");
  early.coordination.leaderChanged("a");
  early.kernels.recordReceive("k");
  const started = start({ readers: [], host: false, runtime: false, hooks: { kernels: true } });
  started.health.set("cache", "healthy");
  started.coordination.join("b");
  started.kernels.recordReceive("k");
  early.health.set("queue", "healthy");
  early.coordination.heartbeat("c");
  early.kernels.recordReceive("k");
  expect(started.health.status).toBe("unhealthy");
  expect(Object.keys(started.health.report().components).toSorted()).toEqual(["cache", "database", "queue"]);
  expect([started.coordination.activeNodes, started.coordination.leader]).toEqual([3, "a"]);
  expect(started.kernels.getTelemetry("k")?.messagesReceived).toBe(3);
});

test("a kernel relaunched before its facade found the provider is active, with its own metrics", async () => {
  const { kernels, early } = kernelsBeforeAProvider();
  kernels.launch("k");
  kernels.recordReceive("k");
  kernels.recordProcessed("k");
  kernels.terminate("k");
  early.launch("k");
  early.recordReceive("k");
  expect(early.getTelemetry("k")).toMatchObject({ state: "launched", messagesReceived: 1 });
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  early.recordReceive("k");
  const merged = kernels.getTelemetry("k");
  expect(merged).toMatchObject({ state: "launched", messagesReceived: 2, messagesProcessed: 0 });
  expect(early.getTelemetry("k")?.startTime).toBe(merged?.startTime);
  expect(await telemetry.value("kernel.messages.received")).toBe(3);
  kernels.reset();
  expect(kernels.getTelemetry("k")).toMatchObject({ state: "launched", messagesReceived: 0 });
});

test("a kernel that one facade has launched and another has terminated is terminated", () => {
  const { kernels, early } = kernelsBeforeAProvider();
  kernels.launch("k");
  early.launch("k");
  early.terminate("k");
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  early.recordReceive("k");
  expect(kernels.getTelemetry("k")).toMatchObject({ state: "terminated", messagesReceived: 1 });
});

test("a kernel removed by a reset is exported again once a facade brings a launch of it", () => {
  const { kernels, early } = kernelsBeforeAProvider();
  early.launch("k");
  kernels.launch("k");
  kernels.recordReceive("k");
  kernels.terminate("k");
  kernels.reset();
  expect(kernels.getTelemetry("k")).toBeUndefined();
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  early.activate("k");
  expect(kernels.getTelemetry("k")).toMatchObject({ state: "active", messagesReceived: 0 });
});

test("functions are called once per collection, for any number of facades", async () => {
  const { meterProvider } = telemetry;
  const asked = { kernel: 0, messaging: 0, pool: 0 };
  const facades = Array.from({ length: 5 }, () => facadesOn(telemetry));
  const [first] = facades;
  first?.kernels.queueSize("k", "input", () => ++asked.kernel);
  first?.messaging.queueSize("jobs", () => ++asked.messaging);
  first?.network.watchPool("orders", () => {
    asked.pool++;
    throw new Error("gone");
  });
  await telemetry.collect();
  expect(asked).toEqual({ kernel: 1, messaging: 1, pool: 1 });
  expect(await telemetry.value("telemetry.dropped", { reason: "callback_error" })).toBe(2);
  expect(new Kernels({ meterProvider }).getTelemetry("k")).toMatchObject({ inputQueueSize: 3 });
});

test("a facade that records nothing keeps the metrics of the others", async () => {
  const { meterProvider } = telemetry;
  const disabled = new Kernels({ meterProvider, enabled: false });
  telemetry.kernels.recordReceive("k");
  disabled.reset();
  expect(disabled.getTelemetry("k")).toBeUndefined();
  expect(await telemetry.value("kernel.messages.received")).toBe(1);
});

test("statistics that cannot be read affect only their own pool, and a rejection does not end the process", async () => {
  const { meterProvider } = telemetry;
  const unreadable = {
    size: 1,
    waiting: 0,
    get idle(): number {
      throw new Error("closed");
    },
  };
  const network = new Network({ meterProvider });
  network.watchPool("closed", () => unreadable);
  const rejecting: () => unknown = () => Promise.reject(new Error("asynchronous"));
  callWith(network, "watchPool", "asynchronous", rejecting);
  callWith(telemetry.kernels, "queueSize", "k", "input", rejecting);
  new Network({ meterProvider }).watchPool("orders", () => ({ size: 5, idle: 2, waiting: 1 }));
  expect(await telemetry.value("connection.pool.size")).toBe(5);
  expect(await telemetry.value("connection.pool.idle")).toBe(2);
});

test("the removal of a kernel's queue is kept after its facade has found the provider", async () => {
  const { kernels, early } = kernelsBeforeAProvider();
  kernels.recordReceive("k");
  const remove = early.queueSize("k", "input", 3);
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  early.recordReceive("k");
  expect(await telemetry.value("kernel.queue.size")).toBe(3);
  remove();
  expect(await telemetry.value("kernel.queue.size")).toBeUndefined();
});

test("a new provider starts without data of the previous one", async () => {
  const first = start({ readers: [], host: false, runtime: false });
  first.health.set("database", "unhealthy");
  first.coordination.join("a");
  await first.shutdown();
  const second = start({ readers: [], host: false, runtime: false });
  expect(second.health.report().components).toEqual({});
  expect(second.coordination.activeNodes).toBe(0);
});

test("facades share their state on upstream's provider too", () => {
  const meterProvider = new MeterProvider();
  new Health({ meterProvider }).set("database", "unhealthy");
  expect(new Health({ meterProvider }).status).toBe("unhealthy");
});

interface Facades {
  readonly health: Health;
  readonly coordination: Coordination;
  readonly kernels: Kernels;
  readonly messaging: Messaging;
  readonly network: Network;
}

function facadesOn({ meterProvider }: TestTelemetry): Facades {
  return {
    health: new Health({ meterProvider }),
    coordination: new Coordination({ meterProvider }),
    kernels: new Kernels({ meterProvider }),
    messaging: new Messaging({ meterProvider }),
    network: new Network({ meterProvider }),
  };
}

// One facade on the provider, and one that finds it once it is the global one.
function kernelsBeforeAProvider(): { readonly kernels: Kernels; readonly early: Kernels } {
  return { kernels: telemetry.kernels, early: new Kernels() };
}

// All series except those that depend on time.
async function figuresOf(recording: TestTelemetry): Promise<readonly unknown[]> {
  const recorded = await recording.collect();
  return recorded
    .filter(({ name }) => !name.endsWith("time") && !name.endsWith("throughput"))
    .map(({ name, series }) => [
      name,
      series.map(({ attributes, value }) => JSON.stringify([attributes, value])).toSorted(),
    ]);
}

test("two copies of this package share the state of a provider", async () => {
  const { meterProvider } = telemetry;
  vi.resetModules();
  const copy = await import("tachymeter/facades");
  expect(copy.Health).not.toBe(Health);
  const [ours, theirs] = [{ Coordination, Health, Kernels, Messaging, Network }, copy].map((library) => ({
    coordination: new library.Coordination({ meterProvider }),
    health: new library.Health({ meterProvider }),
    kernels: new library.Kernels({ meterProvider }),
    messaging: new library.Messaging({ meterProvider }),
    network: new library.Network({ meterProvider }),
  }));
  ours!.health.set("database", "unhealthy");
  theirs!.health.register("cache", () => "healthy");
  await theirs!.health.check();
  for (const [node, { coordination, kernels, messaging, network }] of [
    ["a", ours!],
    ["b", theirs!],
  ] as const) {
    coordination.join(node);
    kernels.launch("resizer");
    kernels.recordReceive("resizer");
    messaging.queueSize("jobs", 3);
    network.watchPool("db", () => ({ size: 2, idle: 1, waiting: 0 }));
  }
  expect(await telemetry.value("health.status")).toBe(3);
  expect(await telemetry.value("coordination.active_nodes")).toBe(2);
  expect(await telemetry.value("kernel.messages.received")).toBe(2);
  expect(await telemetry.value("message.queue.size")).toBe(6);
  expect(await telemetry.value("connection.pool.size")).toBe(4);
  for (const { health, coordination } of [ours!, theirs!]) {
    expect(Object.keys(health.report().components)).toEqual(["database", "cache"]);
    expect(coordination.activeNodes).toBe(2);
  }
  theirs!.health.remove("cache");
});
