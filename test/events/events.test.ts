import { inspect } from "node:util";
import { context, diag, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { Events, EventsError, type TelemetryEvent } from "tachymeter/facades";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { logToStderr } from "../../src/sdk/stderr-logger.ts";
import { callWith } from "../facades/call-with.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";

const login = { event_type: "user_login", source: "web" };

afterEach(() => {
  diag.disable();
});

test("a recorded event is returned complete, with its keys in the order of the type", () => {
  const event = new Events().record({ ...login, data: { user: 7 }, labels: { a: 1 }, metadata: { b: [2] } });
  expect(Object.keys(event ?? {})).toEqual([
    "event_id",
    "event_type",
    "source",
    "timestamp",
    "data",
    "labels",
    "metadata",
  ]);
  expect(event).toMatchObject({ ...login, data: { user: 7 }, labels: { a: 1 }, metadata: { b: [2] } });
  expect(event?.event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(event?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("missing fields are null, empty or left out", () => {
  const event = new Events().record(login);
  expect(event).toMatchObject({ data: null, labels: {}, metadata: {} });
  expect(event).not.toHaveProperty("trace_id");
});

test("a given id, time and trace are kept, the time as UTC", () => {
  const given = { event_id: "mine", trace_id: "t", span_id: "s" };
  const events = new Events();
  expect(events.record({ ...login, ...given })).toMatchObject(given);
  const timestampOf = (timestamp: string): string | undefined =>
    events.record({ ...login, timestamp })?.timestamp;
  expect(timestampOf("2026-01-02T03:04:05+01:00")).toBe("2026-01-02T02:04:05.000Z");
  expect(timestampOf("2026-01-02T03:04:05")).toBe("2026-01-02T03:04:05.000Z");
  expect(timestampOf("2026-01-02")).toBe("2026-01-02T00:00:00.000Z");
});

test("the ids of the active trace are added", () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
  const active = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1 });
  const event = context.with(active, () => new Events().record(login));
  context.disable();
  expect(event).toMatchObject({ trace_id: ids.traceId, span_id: ids.spanId });
});

test("an event without a type or a source is refused, counted, and logged once", async () => {
  const logged = collectWarnings();
  const { provider, point } = collectingProvider();
  const events = new Events({ meterProvider: provider });
  expect(events.record({ event_type: "", source: "web" })).toBeUndefined();
  expect(events.record({ event_type: "a", source: "" })).toBeUndefined();
  // @ts-expect-error: callers without types may leave it out.
  expect(events.record({ event_type: "a" })).toBeUndefined();
  expect(events.recent()).toEqual([]);
  expect(await point("telemetry.events.dropped", { reason: "invalid" })).toBe(3);
  expect(logged).toEqual([
    'events: refused an event (invalid): event_type must be a non-empty string, got ""; this is logged once',
  ]);
});

test("an invalid label is dropped alone, and counted", async () => {
  const { provider, point } = collectingProvider();
  const labels = { good: true, number: 0, missing: undefined, bad: {}, worse: () => 1 };
  // @ts-expect-error: callers without types may pass anything.
  const event = new Events({ meterProvider: provider }).record({ ...login, labels });
  expect(event?.labels).toEqual({ good: true, number: 0 });
  expect(await point("telemetry.labels.dropped", { reason: "invalid" })).toBe(2);
});

test("hooks are called synchronously, in the order of registration, including those for every type", () => {
  const events = new Events();
  const called: string[] = [];
  const hook = (): void => void called.push("twice");
  events.on("*", (event) => called.push(`every ${event.event_type}`));
  events.on("user_login", hook);
  events.on("other", () => called.push("never"));
  events.on("user_login", () => called.push("last"));
  const remove = events.on("user_login", hook);
  events.record(login);
  expect(called.splice(0)).toEqual(["every user_login", "twice", "last", "twice"]);
  remove();
  remove();
  events.record(login);
  expect(called).toEqual(["every user_login", "twice", "last"]);
});

test("a hook that throws or rejects is counted each time and logged once; the others run", async () => {
  const logged = collectWarnings();
  const { provider, point } = collectingProvider();
  const events = new Events({ meterProvider: provider });
  let called = 0;
  events.on("user_login", () => {
    throw new Error("first");
  });
  events.on("user_login", async () => {
    await Promise.reject(new Error("second"));
  });
  events.on("user_login", () => called++);
  events.record(login);
  events.record(login);
  await new Promise((resolve) => setImmediate(resolve));
  expect(called).toBe(2);
  expect(await point("telemetry.events.dropped", { reason: "hook_error" })).toBe(4);
  expect(logged).toHaveLength(2);
});

test("a hook's error that cannot be shown ends nothing", async () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  logToStderr("warn");
  onTestFinished(() => {
    written.mockRestore();
    diag.disable();
  });
  const events = new Events();
  const odd = (): Error =>
    Object.defineProperty(new Error("x"), inspect.custom, {
      value() {
        throw new Error("do not look");
      },
    });
  events.on("user_login", () => {
    throw odd();
  });
  events.on("user_login", async () => {
    throw odd();
  });
  events.record(login);
  await new Promise((resolve) => setImmediate(resolve));
  // The second line is the same, and written once a minute.
  expect(written.mock.calls.map(([line]) => line)).toEqual([
    'tachymeter error: hook for "user_login": callback failed; the other hooks ran; this is logged once\n',
  ]);
});

test("a field of another type at its second read is empty", () => {
  let reads = 0;
  const given = {
    get event_type() {
      return reads++ === 0 ? "user_login" : Object.create(null);
    },
    source: "web",
  };
  expect(callWith(new Events(), "record", given)).toMatchObject({ event_type: "", source: "web" });
});

test("during an event, a removed hook is not called any more, and an added one not yet", () => {
  const events = new Events();
  const called: string[] = [];
  let removeSecond = (): void => {};
  events.on("*", () => {
    removeSecond();
    events.on("*", () => called.push("added"));
  });
  removeSecond = events.on("*", () => called.push("removed"));
  events.record(login);
  expect(called).toEqual([]);
  events.record(login);
  expect(called).toEqual(["added"]);
});

test("the buffer keeps the latest events, oldest first, and counts those it drops", async () => {
  const { provider, point } = collectingProvider();
  const events = new Events({ meterProvider: provider, maxEvents: 3 });
  for (let data = 0; data < 8; data++) {
    events.record({ ...login, data });
    const kept = events.recent().map((event) => event.data);
    expect(kept).toEqual([data - 2, data - 1, data].filter((number) => number >= 0));
  }
  expect(await point("telemetry.events.dropped", { reason: "buffer_full" })).toBe(5);
  expect(await point("telemetry.events", { "event.type": "user_login" })).toBe(8);
});

test("types beyond the first hundred are counted together", async () => {
  const { provider, point } = collectingProvider();
  const events = new Events({ meterProvider: provider });
  for (let i = 0; i < 150; i++) events.record({ event_type: `type ${i}`, source: "test" });
  expect(await point("telemetry.events", { "event.type": "type 99" })).toBe(1);
  expect(await point("telemetry.events", { "event.type": "_other" })).toBe(50);
});

test("an event cannot be changed by its hooks", () => {
  const events = new Events();
  const told: TelemetryEvent[] = [];
  events.on("*", (event) => Reflect.set(event, "source", "forged"));
  events.on("*", (event) => told.push(event));
  expect(events.record(login)).toBe(told[0]);
  expect(told[0]?.source).toBe("web");
});

test("invalid options and hooks are errors at once", () => {
  // @ts-expect-error: callers without types may give anything.
  expect(() => new Events({ log: "events.jsonl" })).toThrow(
    'events: log must be an EventLog, got "events.jsonl"',
  );
  expect(() => new Events({ maxEvents: 0.5 })).toThrow("events: maxEvents must be a whole number from 1");
  const events = new Events();
  expect(() => events.on("", () => {})).toThrow(
    'hook: type must be a non-empty string, got ""; use an event type, or "*" for all events',
  );
  // @ts-expect-error: callers without types may pass anything.
  expect(() => events.on("a", 5)).toThrow(EventsError);
});
