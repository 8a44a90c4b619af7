import { AsyncResource } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Events } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";

const order = { event_type: "order", source: "shop" };

afterEach(() => {
  vi.useRealTimers();
});

test("an event recorded by its own hook is refused, and counted", async () => {
  const { provider, point } = collectingProvider();
  const events = new Events({ meterProvider: provider });
  const answers: unknown[] = [];
  events.on("order", () => answers.push(events.record({ ...order, data: answers.length })));
  expect(events.record(order)).toBeDefined();
  expect(answers).toEqual([undefined]);
  expect(events.tryRecord({ event_type: "order", source: "another shop" }).refusal).toBeUndefined();
  expect(await point("telemetry.events.dropped", { reason: "loop" })).toBe(2);
});

test("loops are detected across code that hooks await and start", async () => {
  const events = new Events();
  const answers: unknown[] = [];
  events.on("order", async () => {
    await sleep(1);
    events.record({ event_type: "invoice", source: "shop" });
  });
  events.on("invoice", () => setImmediate(() => answers.push(events.tryRecord(order).refusal)));
  events.record(order);
  await vi.waitFor(() => expect(answers).toEqual(["loop"]));
  expect(events.tryRecord(order).refusal).toBeUndefined();
});

test("a hook may record other events", () => {
  const events = new Events();
  events.on("order", () => events.record({ event_type: "invoice", source: "shop" }));
  events.on("invoice", () => events.record({ event_type: "letter", source: "shop" }));
  events.record(order);
  events.record(order);
  const types = events.recent().map((event) => event.event_type);
  expect(types).toEqual(["order", "invoice", "letter", "order", "invoice", "letter"]);
});

test("code that a hook started permanently may record the event again after ten seconds", () => {
  vi.useFakeTimers();
  const events = new Events();
  const answers: unknown[] = [];
  events.on("order", () => {
    for (const seconds of [9, 11]) {
      // Faked timers do not keep the asynchronous context in which they were started.
      const record = AsyncResource.bind(() => answers.push(events.tryRecord(order).refusal));
      setTimeout(record, seconds * 1_000);
    }
  });
  events.record(order);
  vi.advanceTimersByTime(12_000);
  expect(answers.slice(0, 2)).toEqual(["loop", undefined]);
});

test("hooks that record a new type for each event are stopped, also two for each", () => {
  const events = new Events();
  let types = 0;
  const next = (): unknown => events.record({ event_type: `type ${++types}`, source: "test" });
  events.on("*", () => {
    next();
    next();
  });
  next();
  expect(types).toBeGreaterThan(30);
  expect(types).toBeLessThan(5_000);
});
