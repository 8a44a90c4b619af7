import { channel, tracingChannel } from "node:diagnostics_channel";
import { setImmediate } from "node:timers/promises";
import { diag, metrics } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type PublishedCalls,
  publishedTargets,
  recordPublished,
} from "../../../instrumentations/shared/published-calls.ts";
import { Recording } from "../../../instrumentations/shared/recording.ts";
import { heldBytes } from "../../engine/memory.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";

const calls = tracingChannel<unknown, object>("courier:send");
let recording: Recording<object>;
let ended: unknown[];

beforeEach(() => {
  const meter = metrics.getMeter("test");
  recording = new Recording({ name: "courier", config: {}, meterProvider: undefined, meter });
  ended = [];
});

afterEach(() => {
  recording.end();
  diag.disable();
});

function record(more: Partial<PublishedCalls<string>> = {}): void {
  const begin = ({ to }: { readonly to?: unknown }): string | undefined =>
    typeof to === "string" ? to : undefined;
  const end = (to: string, nanos: number, _: unknown, error: unknown): void =>
    void ended.push(nanos >= 0 && [to, error]);
  recordPublished(recording, { "courier:send": { begin, end, ...more } });
}

test("calls end with their promise, with their callback, when they return, or when they throw", async () => {
  record();
  const failure = new Error("lost");
  await calls.tracePromise(async () => setImmediate(), { to: "promise" });
  const rejected = calls.tracePromise(() => Promise.reject(failure), { to: "rejected" });
  await expect(rejected).rejects.toBe(failure);
  await calls.tracePromise(() => Promise.reject(null), { to: "rejected with null" }).catch(() => {});
  await calls.tracePromise(async () => {}, { to: "nothing", error: undefined });
  const deliver = (callback: (error?: Error) => void): void => callback(failure);
  calls.traceCallback(deliver, 0, { to: "callback" }, undefined, () => ended.push("called"));
  calls.traceSync(() => 1, { to: "returns" });
  const throws = (): never => {
    throw failure;
  };
  expect(() => calls.traceSync(throws, { to: "throws" })).toThrow(failure);
  expect(() => calls.tracePromise(throws, { to: "throws early" })).toThrow(failure);
  expect(ended).toEqual([
    ["promise", undefined],
    ["rejected", failure],
    ["rejected with null", "undefined"],
    ["nothing", undefined],
    ["callback", failure],
    "called",
    ["returns", undefined],
    ["throws", failure],
    ["throws early", failure],
  ]);
});

test("garbage, ends without a begin and repeated messages change nothing", () => {
  const warnings = collectWarnings();
  record();
  const { start, end, asyncStart } = calls;
  for (const message of [undefined, null, "text", 7, [], {}, { to: 1 }, Object.freeze({ result: 1 })])
    for (const name of ["start", "end", "asyncStart", "asyncEnd", "error"])
      channel(`tracing:courier:send:${name}`).publish(message);
  asyncStart.publish({ to: "nobody" });
  const message = { to: "twice" };
  for (const each of [start, start, end, asyncStart, asyncStart, end]) each.publish(message);
  for (const each of [start, asyncStart]) each.publish(message);
  expect(ended).toEqual([
    ["twice", undefined],
    ["twice", undefined],
  ]);
  expect([Reflect.ownKeys(message), warnings]).toEqual([["to"], []]);
});

test("a failure while recording is logged once, and reaches no call", async () => {
  const warnings = collectWarnings();
  const fail = (): never => {
    throw new TypeError("cannot record");
  };
  record({ begin: fail });
  record({ end: fail });
  for (let i = 0; i < 3; i++) expect(await calls.tracePromise(async () => i, { to: "x" })).toBe(i);
  expect(warnings).toEqual(["instrumentation courier: something could not be recorded; this is logged once"]);
});

test("a call that never ends is freed with its message", async () => {
  record();
  const references = Array.from({ length: 1_000 }, () => {
    const message = { to: "nowhere" };
    calls.start.publish(message);
    return new WeakRef(message);
  });
  await heldBytes();
  expect(references.filter((each) => each.deref() !== undefined).length).toBeLessThan(10);
});

test("nothing is subscribed after the end of the recording", () => {
  record();
  expect(calls.hasSubscribers).toBe(true);
  recording.end();
  expect(calls.hasSubscribers).toBe(false);
});

test("calls to one server and database have one target, of any number of servers", () => {
  const targets = publishedTargets(({ address, port, database }) => ({
    address: String(address),
    port: Number(port),
    namespace: String(database),
  }));
  const call = { serverAddress: "db", serverPort: 3306, database: "shop" };
  expect(targets(call)).toEqual({ address: "db", port: 3306, namespace: "shop" });
  expect(targets({ ...call })).toBe(targets(call));
  expect(targets({ ...call, database: "other" })).not.toBe(targets(call));
  for (let i = 0; i < 2_000; i++) targets({ ...call, serverPort: i });
  expect(targets({ ...call, serverPort: 1_999 })).not.toBe(targets({ ...call, serverPort: 1_999 }));
});
