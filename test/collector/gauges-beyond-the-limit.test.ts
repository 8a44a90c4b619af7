import { diag } from "@opentelemetry/api";
import { setupMessagingHooks, TelemetryCollector } from "tachymeter/facades";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { gaugeOf, valuesOf } from "../facades/snapshot-values.ts";

afterEach(() => diag.disable());

const USERS = 3_000;

async function valuesOfPoints(points: Promise<readonly { readonly value: unknown }[]>): Promise<unknown[]> {
  return [...new Set((await points).map(({ value }) => value))];
}

test("a gauge that went up and down once is 0 for each label set, also beyond the collector's own 2,000", async () => {
  const { provider, points } = collectingProvider(undefined, 5_000);
  const collector = new TelemetryCollector({ meterProvider: provider });
  const sessions = collector.registerGauge("sessions", "", ["user"]);
  for (let user = 0; user < USERS; user++) sessions.increment(1, { user });
  expect(await points("sessions")).toHaveLength(USERS);
  expect(await valuesOfPoints(points("sessions"))).toEqual([1]);
  for (let user = 0; user < USERS; user++) sessions.decrement(1, { user });
  expect(await valuesOfPoints(points("sessions"))).toEqual([0]);
  expect(await valuesOf(collector)).toMatchObject({
    'sessions{user="0"}': 0,
    'sessions{otel_metric_overflow="true"}': 0,
  });
});

test("an increment starts from the value that was set, also beyond the collector's own 2,000 label sets", async () => {
  const { provider, point } = collectingProvider(undefined, 5_000);
  const sessions = new TelemetryCollector({ meterProvider: provider }).registerGauge("sessions");
  for (let user = 0; user < USERS; user++) sessions.set(10 * user, { user });
  for (const user of [1, 2_100, 2_999]) {
    sessions.increment(5, { user });
    sessions.decrement(2, { user });
    expect(await point("sessions", { user })).toBe(10 * user + 3);
  }
});

test("an increment of a gauge whose last value is no longer known is dropped, counted and logged once", async () => {
  const logged = collectWarnings();
  const { provider, point, points } = collectingProvider(undefined, 20_000);
  const sessions = new TelemetryCollector({ meterProvider: provider }).registerGauge("sessions");
  for (let user = 0; user < 12_500; user++) sessions.increment(1, { user });
  expect(await points("sessions")).toHaveLength(12_000);
  expect(await valuesOfPoints(points("sessions"))).toEqual([1]);
  expect(await point("telemetry.dropped", { reason: "limit" })).toBe(500);
  expect(logged).toEqual([
    'instrument "sessions": dropped 1 (limit); use fewer label sets, or set the value; this is logged once',
  ]);
  sessions.set(7, { user: 12_499 });
  expect(await point("sessions", { user: 12_499 })).toBe(7);
});

test("3,000 queues with one message each add up to 3,000 messages", async () => {
  const { provider, points } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  setupMessagingHooks(collector);
  const size = gaugeOf(collector, "message_queue_size");
  const total = async (): Promise<number> =>
    (await points("message.queue.size")).reduce((sum, { value }) => sum + Number(value), 0);
  for (let queue = 0; queue < USERS; queue++)
    size.increment(1, { messaging_destination_name: `q${queue}`, shard: queue % 2 });
  expect(await total()).toBe(USERS);
  for (let queue = 0; queue < USERS; queue++)
    size.decrement(1, { messaging_destination_name: `q${queue}`, shard: queue % 2 });
  expect(await total()).toBe(0);
});

test("increments of a queue's size start from the number that the facade was called with", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const messaging = setupMessagingHooks(collector);
  messaging.queueSize("jobs", 5);
  gaugeOf(collector, "message_queue_size").increment(2, { messaging_destination_name: "jobs" });
  expect(await point("message.queue.size", { "messaging.destination.name": "jobs" })).toBe(7);
});
