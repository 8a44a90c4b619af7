import { Events } from "tachymeter/facades";
import { BridgeTelemetry } from "tachymeter/history";
import { expect, test } from "vitest";
import { TelemetryCollector } from "tachymeter/facades";
import { collectingProvider } from "../kit/collecting.ts";

test("events of equal content are all recorded", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const heard: unknown[] = [];
  collector.addHook("messaging.sent", (event) => heard.push(event));
  for (let i = 0; i < 1_000; i++) collector.recordEvent("messaging.sent", 1, { destination: "jobs" });
  expect(heard).toHaveLength(1_000);
  expect((await collector.getSnapshot()).events_count).toBe(1_000);
  expect(await point("telemetry.events", { "event.type": "messaging.sent" })).toBe(1_000);
});

test("equal events with different ids and times are all recorded", () => {
  const events = new Events();
  const order = { event_type: "order", source: "shop", data: { item: 7 }, timestamp: "2026-11-01T00:00:00Z" };
  for (let i = 0; i < 1_000; i++) events.record({ ...order, event_id: `order ${i}` });
  expect(events.accepted).toBe(1_000);
});

test("an event that returns with its id is a loop, for ids of the caller and generated ones", async () => {
  const { provider, point } = collectingProvider();
  const events = new Events({ meterProvider: provider });
  const made = events.record({ event_type: "order", source: "shop" });
  const given = { event_type: "order", source: "shop", event_id: "order 1" };
  events.record(given);
  expect(events.tryRecord({ ...made }).refusal).toBe("loop");
  expect(events.tryRecord({ ...given, source: "another shop" }).refusal).toBe("loop");
  expect(await point("telemetry.events.dropped", { reason: "loop" })).toBe(2);
});

test("10,000 ids are remembered", () => {
  const events = new Events();
  const record = (id: number): boolean =>
    events.record({ event_type: "order", source: "shop", event_id: `${id}` }) !== undefined;
  for (let id = 0; id < 10_001; id++) expect(record(id)).toBe(true);
  expect(record(1)).toBe(false);
  expect(record(0)).toBe(true);
});

test("a bridge returns LOOP_DETECTED for an event that returns from another process, not for a storm", async () => {
  const bridge = new BridgeTelemetry();
  const order = { event_type: "order", source: "shop", data: { item: 7 } };
  const answers = await Promise.all(Array.from({ length: 300 }, () => bridge.recordEvent(order)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(["success"]));
  const [first] = answers;
  const id = first?.status === "success" ? first.event_id : "";
  expect(await bridge.recordEvent({ ...order, event_id: id })).toMatchObject({
    status: "error",
    error: { code: "LOOP_DETECTED" },
  });
  await bridge.close();
});
