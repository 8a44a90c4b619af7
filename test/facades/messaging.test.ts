import { diag, metrics } from "@opentelemetry/api";
import { MeterProvider as UpstreamProvider } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { FacadeOptionsError, Messaging, type MessagingOptions } from "tachymeter/facades";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { PullReader } from "../kit/pull-reader.ts";
import { anything } from "./anything.ts";
import { callWith } from "./call-with.ts";
import { describedMetrics, SECONDS_BOUNDARIES } from "./described-metrics.ts";
import { heardEvents } from "./heard-events.ts";
import { runs } from "../kit/test-length.ts";

afterEach(() => {
  diag.disable();
  metrics.disable();
});

function messagingWith(options: MessagingOptions = {}): Collecting & { messaging: Messaging } {
  const collecting = collectingProvider();
  return { ...collecting, messaging: new Messaging({ meterProvider: collecting.provider, ...options }) };
}

const JOBS = { "messaging.destination.name": "jobs" };

test("every metric of messaging has its unit, description, attributes and boundaries", async () => {
  const { messaging, collect } = messagingWith({ system: "mqtt" });
  messaging.sent("jobs");
  messaging.received("jobs");
  messaging.queueSize("jobs", 1);
  messaging.processed("jobs", 1, new Error("no"));
  const described = describedMetrics(await collect(), "tachymeter.messaging");
  const both = ["messaging.destination.name", "messaging.system.name"];
  expect(described.map((one) => [one.name, one.unit, one.attributes, one.boundaries])).toEqual([
    ["message.processing.duration", "s", ["error.type", ...both], SECONDS_BOUNDARIES],
    ["message.queue.size", "{message}", both, undefined],
    ["messages.received", "{message}", both, undefined],
    ["messages.sent", "{message}", both, undefined],
  ]);
  for (const { description } of described) expect(description).toMatch(/\w+.*\.$/);
});

test("messages are counted by destination, without the attribute if it is unknown", async () => {
  const { messaging, points } = messagingWith();
  messaging.sent("jobs");
  messaging.sent("jobs", 4);
  messaging.sent("jobs", 1, { region: "north" });
  messaging.sent();
  messaging.received("jobs", 2);
  messaging.received(undefined, 3);
  expect(await points("messages.sent")).toEqual([
    { attributes: JOBS, value: 5 },
    { attributes: { ...JOBS, region: "north" }, value: 1 },
    { attributes: {}, value: 1 },
  ]);
  expect(await points("messages.received")).toEqual([
    { attributes: JOBS, value: 2 },
    { attributes: {}, value: 3 },
  ]);
});

test("the messaging system is an attribute of all metrics", async () => {
  const { messaging, points } = messagingWith({ system: "mqtt" });
  messaging.sent("jobs");
  messaging.sent();
  messaging.queueSize("jobs", 2);
  messaging.processed("jobs", 0.5);
  const mqtt = { "messaging.system.name": "mqtt" };
  expect(await points("messages.sent")).toEqual([
    { attributes: { ...mqtt, ...JOBS }, value: 1 },
    { attributes: mqtt, value: 1 },
  ]);
  expect(await points("message.queue.size")).toEqual([{ attributes: { ...mqtt, ...JOBS }, value: 2 }]);
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: { ...mqtt, ...JOBS }, value: { count: 1, sum: 0.5 } },
  ]);
});

test("processing is recorded by error type, never by error message", async () => {
  const { messaging, points } = messagingWith();
  messaging.processed("jobs", 0.5);
  messaging.processed("jobs", 0.25, null);
  messaging.processed("jobs", 1, new RangeError("job 4711 is too big"));
  messaging.processed("jobs", 2, "job 4711 is too big");
  messaging.processed("jobs", 4, false, { region: "north" });
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: JOBS, value: { count: 2, sum: 0.75 } },
    { attributes: { ...JOBS, "error.type": "RangeError" }, value: { count: 1, sum: 1 } },
    { attributes: { ...JOBS, "error.type": "_OTHER" }, value: { count: 1, sum: 2 } },
    { attributes: { ...JOBS, region: "north", "error.type": "_OTHER" }, value: { count: 1, sum: 4 } },
  ]);
});

test("invalid counts and durations are dropped, counted once each and logged once per cause", async () => {
  const warnings = collectWarnings();
  const { messaging, points, point } = messagingWith({ semconvStabilityOptIn: "messaging/dup" });
  const jobs = messaging.destination("jobs");
  for (const bad of [-1, NaN, "5", Infinity]) {
    callWith(messaging, "sent", "jobs", bad);
    callWith(jobs, "sent", bad);
    callWith(messaging, "processed", "jobs", bad);
    callWith(jobs, "processed", bad, new Error("no"));
  }
  expect(await points("messages.sent")).toEqual([]);
  expect(await points("message.processing.duration")).toEqual([]);
  expect(await point("telemetry.dropped", { reason: "negative" })).toBe(4);
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBe(8);
  expect(await point("telemetry.dropped", { reason: "not_finite" })).toBe(4);
  expect(warnings).toHaveLength(6);
});

test("an invalid label is dropped alone, also an invalid destination", async () => {
  const { messaging, points, point } = messagingWith();
  callWith(messaging, "sent", "jobs", 1, { good: 1, bad: () => 1 });
  callWith(messaging, "sent", { name: "jobs" }, 1);
  callWith(messaging, "sent", 7, 1);
  callWith(messaging, "sent", null, 1);
  expect(await points("messages.sent")).toEqual([
    { attributes: { ...JOBS, good: 1 }, value: 1 },
    { attributes: {}, value: 2 },
    { attributes: { "messaging.destination.name": "7" }, value: 1 },
  ]);
  expect(await point("telemetry.labels.dropped", { reason: "invalid" })).toBe(2);
});

test("the destination takes precedence over an attribute of the same key", async () => {
  const { messaging, points } = messagingWith();
  messaging.sent("jobs", 1, { "messaging.destination.name": "other" });
  expect(await points("messages.sent")).toEqual([{ attributes: JOBS, value: 1 }]);
});

test("destinations beyond the maximum of a system are recorded together", async () => {
  const { messaging, points } = messagingWith({ maxDestinations: 2 });
  for (const name of ["a", "b", "c", "d", "a"]) {
    messaging.sent(name);
    messaging.received(name);
    messaging.processed(name, 1);
    messaging.destination(name).sent();
    messaging.destination(name, { system: "mqtt" }).sent();
  }
  messaging.sent();
  const named = (name: string): object => ({ "messaging.destination.name": name });
  const mqtt = { "messaging.system.name": "mqtt" };
  expect(await points("messages.sent")).toEqual([
    { attributes: named("a"), value: 4 },
    { attributes: { ...mqtt, ...named("a") }, value: 2 },
    { attributes: named("b"), value: 2 },
    { attributes: { ...mqtt, ...named("b") }, value: 1 },
    { attributes: named("_other"), value: 4 },
    { attributes: { ...mqtt, ...named("_other") }, value: 2 },
    { attributes: {}, value: 1 },
  ]);
  expect(await points("messages.received")).toEqual([
    { attributes: named("a"), value: 2 },
    { attributes: named("b"), value: 1 },
    { attributes: named("_other"), value: 2 },
  ]);
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: named("a"), value: { count: 2 } },
    { attributes: named("b"), value: { count: 1 } },
    { attributes: named("_other"), value: { count: 2 } },
  ]);
});

test("by default a hundred destinations are distinguished, and as many systems", async () => {
  const { messaging, points } = messagingWith();
  for (let i = 0; i < 150; i++) messaging.sent(`destination-${i}`);
  expect(await points("messages.sent")).toHaveLength(101);
  for (let i = 0; i < 150; i++) messaging.destination("jobs", { system: `system-${i}` }).received();
  expect(await points("messages.received")).toHaveLength(101);
});

test("a bound destination records like the facade, with its own attributes and system", async () => {
  const { messaging, points } = messagingWith({ system: "mqtt" });
  const jobs = messaging.destination("jobs", { system: "kafka", attributes: { region: "north" } });
  jobs.sent();
  jobs.sent(2);
  jobs.received();
  jobs.received(3);
  jobs.processed(0.5);
  jobs.processed(0.25, new TypeError("no"));
  jobs.processedNanos(250_000_000);
  jobs.processedNanos(500_000_000, new TypeError("no"));
  jobs.queueSize(9);
  const attributes = { "messaging.system.name": "kafka", ...JOBS, region: "north" };
  expect(await points("messages.sent")).toEqual([{ attributes, value: 3 }]);
  expect(await points("messages.received")).toEqual([{ attributes, value: 4 }]);
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes, value: { count: 2, sum: 0.75 } },
    { attributes: { ...attributes, "error.type": "TypeError" }, value: { count: 2, sum: 0.75 } },
  ]);
  expect(await points("message.queue.size")).toEqual([{ attributes, value: 9 }]);
});

test("with upstream's SDK, a bound destination records nanoseconds as seconds, too", async () => {
  const reader = new PullReader();
  const messaging = new Messaging({ meterProvider: new UpstreamProvider({ readers: [reader] }) });
  messaging.destination("jobs").processedNanos(250_000_000);
  const { resourceMetrics } = await reader.collect();
  expect(resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)).toMatchObject([
    { dataPoints: [{ attributes: JOBS, value: { count: 1, sum: 0.25 } }] },
  ]);
});

test("a bound destination without options has the facade's system", async () => {
  const { messaging, points } = messagingWith({ system: "mqtt" });
  messaging.destination("jobs").sent();
  expect(await points("messages.sent")).toEqual([
    { attributes: { "messaging.system.name": "mqtt", ...JOBS }, value: 1 },
  ]);
});

test("each recording raises its event while a hook listens, but not if it was dropped", () => {
  const events = heardEvents();
  const { messaging } = messagingWith({ events });
  messaging.sent("jobs", 2);
  messaging.sent("jobs", -2);
  messaging.received();
  messaging.processed("jobs", 0.5);
  messaging.queueSize("jobs", 7);
  messaging.queueSize("jobs", () => 7);
  const jobs = messaging.destination("jobs");
  jobs.sent();
  jobs.sent(NaN);
  jobs.received(3);
  jobs.processed(0.25, new Error("no"));
  jobs.processedNanos(125_000_000);
  jobs.processedNanos(NaN);
  jobs.queueSize(8);
  expect(events.heard).toEqual([
    ["messaging.sent", { destination: "jobs", count: 2 }],
    ["messaging.received", { count: 1 }],
    ["messaging.processed", { destination: "jobs", seconds: 0.5 }],
    ["messaging.queue_size", { destination: "jobs", size: 7 }],
    ["messaging.sent", { destination: "jobs", count: 1 }],
    ["messaging.received", { destination: "jobs", count: 3 }],
    ["messaging.processed", { destination: "jobs", seconds: 0.25 }],
    ["messaging.processed", { destination: "jobs", seconds: 0.125 }],
    ["messaging.queue_size", { destination: "jobs", size: 8 }],
  ]);
  const deaf = heardEvents(() => false);
  const { messaging: unheard } = messagingWith({ events: deaf });
  unheard.sent("jobs");
  unheard.destination("jobs").received();
  expect(deaf.heard).toEqual([]);
});

test("invalid options are refused at once, all of them in one error", () => {
  expect(() => Reflect.construct(Messaging, [{ system: 5, maxDestinations: 0.5 }])).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_CONFIGURATION",
      message:
        "messaging: 2 problems; see tachymeter/docs/configuration.md\n" +
        "  system must be a non-empty string, got 5\n" +
        "  maxDestinations must be a whole number from 1 to 10000000, got 0.5",
    }),
  );
  for (const maxDestinations of [0, -1, NaN, Infinity]) {
    expect(() => new Messaging({ maxDestinations })).toThrow(FacadeOptionsError);
  }
});

test("a facade created before a provider is registered uses it afterwards, and so do bound destinations", async () => {
  const messaging = new Messaging();
  const jobs = messaging.destination("jobs");
  jobs.sent();
  messaging.queueSize("jobs", () => 5);
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  jobs.sent(2);
  messaging.sent("jobs");
  expect(await point("messages.sent", JOBS)).toBe(3);
  expect(await point("message.queue.size", JOBS)).toBe(5);
});

test("no call throws, whatever its arguments", async () => {
  const { messaging, collect } = messagingWith();
  fc.assert(
    fc.property(anything(), anything(), anything(), (makeName, makeValue, makeAttributes) => {
      const [name, value, attributes] = [makeName(), makeValue(), makeAttributes()];
      for (const method of ["sent", "received", "queueSize"]) {
        callWith(messaging, method, name, value, attributes);
        callWith(messaging, method, name, value, { a: attributes });
      }
      callWith(messaging, "processed", name, value, attributes, attributes);
      callWith(messaging, "processed", name, 1, value, { a: attributes });
      callWith(messaging, "destination", name, value);
      callWith(messaging, "destination", name, { system: value, attributes });
      const destination = messaging.destination("jobs");
      for (const method of ["sent", "received", "queueSize"]) callWith(destination, method, value);
      callWith(destination, "processed", value, attributes);
      callWith(destination, "processed", 1, value);
    }),
    { numRuns: runs(300) },
  );
  expect((await collect()).scopeMetrics).not.toEqual([]);
});
