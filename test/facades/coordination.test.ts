import { diag, metrics } from "@opentelemetry/api";
import fc from "fast-check";
import { Coordination, FacadeOptionsError } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { anything, throwingProxy } from "./anything.ts";
import { callWith } from "./call-with.ts";
import { describedMetrics, SECONDS_BOUNDARIES } from "./described-metrics.ts";
import { heardEvents } from "./heard-events.ts";
import { runs } from "../kit/test-length.ts";

afterEach(() => {
  vi.useRealTimers();
  diag.disable();
  metrics.disable();
});

function coordinating(): Collecting & { coordination: Coordination } {
  const collecting = collectingProvider();
  return { ...collecting, coordination: new Coordination({ meterProvider: collecting.provider }) };
}

test("every metric of coordination has its unit, description and boundaries", async () => {
  const { coordination, collect } = coordinating();
  coordination.message("assign", { latency: 0.02 });
  coordination.leaderChanged("a");
  coordination.lockAcquired("jobs", 1);
  coordination.lockReleased("jobs", 1);
  const described = describedMetrics(await collect(), "tachymeter.coordination");
  expect(described.map((one) => [one.name, one.unit, one.attributes, one.boundaries])).toEqual([
    ["coordination.active_nodes", "{node}", [], undefined],
    ["coordination.leader.changes", "{change}", [], undefined],
    ["coordination.lock.hold.duration", "s", ["coordination.lock.name"], SECONDS_BOUNDARIES],
    ["coordination.lock.wait.duration", "s", ["coordination.lock.name"], SECONDS_BOUNDARIES],
    ["coordination.message.latency", "s", ["coordination.message.type"], SECONDS_BOUNDARIES],
    ["coordination.messages", "{message}", ["coordination.message.type"], undefined],
  ]);
  for (const { description } of described) expect(description).toMatch(/\w+.*\.$/);
});

test("messages are counted by type, without the attribute if the type is missing", async () => {
  const { coordination, points } = coordinating();
  coordination.message("assign");
  coordination.message("assign", { attributes: { region: "north" } });
  coordination.message("assign", { latency: 0.25 });
  coordination.message();
  expect(await points("coordination.messages")).toEqual([
    { attributes: { "coordination.message.type": "assign" }, value: 2 },
    { attributes: { region: "north", "coordination.message.type": "assign" }, value: 1 },
    { attributes: {}, value: 1 },
  ]);
  expect(await points("coordination.message.latency")).toMatchObject([
    { attributes: { "coordination.message.type": "assign" }, value: { count: 1, sum: 0.25 } },
  ]);
});

test("a message with an invalid latency counts, and its latency is dropped and counted", async () => {
  const warnings = collectWarnings();
  const { coordination, point } = coordinating();
  for (const latency of [-1, NaN, Infinity, "5", null])
    callWith(coordination, "message", "assign", { latency });
  const type = { "coordination.message.type": "assign" };
  expect(await point("coordination.messages", type)).toBe(5);
  expect(await point("coordination.message.latency", type)).toBeUndefined();
  expect(await point("telemetry.dropped", { reason: "negative" })).toBe(1);
  expect(await point("telemetry.dropped", { reason: "not_finite" })).toBe(1);
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBe(3);
  expect(warnings).toHaveLength(3);
});

test("an invalid label of a message is dropped alone", async () => {
  const { coordination, point } = coordinating();
  callWith(coordination, "message", "assign", { attributes: { good: true, bad: {} } });
  callWith(coordination, "message", Symbol("type"));
  callWith(coordination, "message", "assign", throwingProxy());
  expect(await point("coordination.messages", { "coordination.message.type": "assign", good: true })).toBe(1);
  expect(await point("coordination.messages")).toBe(1);
  expect(await point("coordination.messages", { "coordination.message.type": "assign" })).toBe(1);
  expect(await point("telemetry.labels.dropped", { reason: "invalid" })).toBe(2);
});

test("the type of a message takes precedence over an attribute of the same key", async () => {
  const { coordination, points } = coordinating();
  coordination.message("assign", { attributes: { "coordination.message.type": "other" } });
  expect(await points("coordination.messages")).toEqual([
    { attributes: { "coordination.message.type": "assign" }, value: 1 },
  ]);
});

test("a started message is recorded once, at its reply, with the seconds that are returned", async () => {
  vi.useFakeTimers();
  const { coordination, point } = coordinating();
  const type = { "coordination.message.type": "assign" };
  const reply = coordination.startMessage("assign");
  vi.advanceTimersByTime(1_500);
  expect(await point("coordination.messages", type)).toBeUndefined();
  expect(reply()).toBe(1.5);
  vi.advanceTimersByTime(1_000);
  expect(reply()).toBe(1.5);
  expect(await point("coordination.messages", type)).toBe(1);
  expect(await point("coordination.message.latency", type)).toMatchObject({ count: 1, sum: 1.5 });
});

test("the time to a reply does not depend on the wall clock", () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const { coordination } = coordinating();
  const reply = coordination.startMessage();
  vi.setSystemTime(0);
  vi.advanceTimersByTime(20);
  expect(reply()).toBeCloseTo(0.02, 9);
});

test("the first leader and each different one after it count as a change", async () => {
  const { coordination, point } = coordinating();
  expect(coordination.leader).toBeUndefined();
  expect(await point("coordination.leader.changes")).toBeUndefined();
  for (const leader of ["a", "a", "b", "b", "a"]) coordination.leaderChanged(leader);
  expect(coordination.leader).toBe("a");
  expect(await point("coordination.leader.changes")).toBe(3);
});

test("times of waiting for a lock and holding it are recorded by the lock's name", async () => {
  const { coordination, point } = coordinating();
  coordination.lockAcquired("jobs", 0.5);
  coordination.lockReleased("jobs", 2);
  coordination.lockReleased("jobs", -2);
  const jobs = { "coordination.lock.name": "jobs" };
  expect(await point("coordination.lock.wait.duration", jobs)).toMatchObject({ count: 1, sum: 0.5 });
  expect(await point("coordination.lock.hold.duration", jobs)).toMatchObject({ count: 1, sum: 2 });
});

test("an invalid name of a node or leader is dropped, counted and logged once", async () => {
  const warnings = collectWarnings();
  const { coordination, point } = coordinating();
  callWith(coordination, "join", {});
  callWith(coordination, "heartbeat", undefined);
  callWith(coordination, "leave", Symbol("a"));
  callWith(coordination, "leaderChanged", null);
  callWith(coordination, "join", 7);
  expect(coordination.activeNodes).toBe(1);
  expect(coordination.leader).toBeUndefined();
  expect(await point("telemetry.dropped", { reason: "invalid_name" })).toBe(4);
  expect(warnings).toEqual([
    'instrument "coordination.active_nodes": dropped an object (invalid_name); use a string; this is logged once',
    'instrument "coordination.leader.changes": dropped null (invalid_name); use a string; this is logged once',
  ]);
});

test("each recording raises its event while a hook listens", () => {
  const events = heardEvents((type) => type !== "coordination.join");
  const coordination = new Coordination({ meterProvider: collectingProvider().provider, events });
  coordination.message();
  coordination.message("assign", { latency: 0.5 });
  coordination.message("assign", { latency: -1 });
  coordination.join("a");
  coordination.heartbeat("a");
  coordination.leave("a");
  coordination.leaderChanged("a");
  coordination.leaderChanged("a");
  expect(events.heard).toEqual([
    ["coordination.message", {}],
    ["coordination.message", { type: "assign", latency: 0.5 }],
    ["coordination.message", { type: "assign" }],
    ["coordination.leave", { node: "a" }],
    ["coordination.leader", { leader: "a" }],
  ]);
});

test.each([0, -1, NaN, Infinity, "30", null, {}])(
  "a node time-out of %s is refused at once",
  (nodeTimeout) => {
    expect(() => Reflect.construct(Coordination, [{ nodeTimeout }])).toThrow(FacadeOptionsError);
  },
);

test("the error for a refused node time-out shows the value, the rule and a stable code", () => {
  expect(() => new Coordination({ nodeTimeout: -1 })).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_CONFIGURATION",
      message:
        "coordination: nodeTimeout must be a number of seconds above 0, at most 2147483, got -1; see tachymeter/docs/configuration.md",
    }),
  );
});

test("a facade created before a provider is registered uses it from its next call on", async () => {
  const coordination = new Coordination();
  coordination.message("lost");
  coordination.join("a");
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  coordination.heartbeat("b");
  expect(await point("coordination.active_nodes")).toBe(2);
  coordination.message("kept");
  expect(await point("coordination.messages", { "coordination.message.type": "kept" })).toBe(1);
});

test("no call throws, whatever its arguments", async () => {
  const { coordination, collect } = coordinating();
  fc.assert(
    fc.property(anything(), anything(), anything(), (makeName, makeValue, makeAttributes) => {
      const [name, value, attributes] = [makeName(), makeValue(), makeAttributes()];
      callWith(coordination, "message", name, value);
      callWith(coordination, "message", name, { latency: value, attributes });
      callWith(coordination, "message", name, { latency: value, attributes: { a: attributes } });
      for (const method of ["join", "heartbeat", "leave", "leaderChanged"])
        callWith(coordination, method, name, value);
      for (const method of ["lockAcquired", "lockReleased"]) callWith(coordination, method, name, value);
      const reply: unknown = callWith(coordination, "startMessage", name);
      expect(callWith({ reply }, "reply")).toBeTypeOf("number");
    }),
    { numRuns: runs(300) },
  );
  await collect();
});
