import { diag } from "@opentelemetry/api";
import { Messaging, type MessagingOptions } from "tachymeter/facades";
import { AggregationTemporality } from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { callWith } from "./call-with.ts";

afterEach(() => diag.disable());

function messagingWith(
  options: MessagingOptions = {},
  temporality?: AggregationTemporality,
): Collecting & { messaging: Messaging } {
  const collecting = collectingProvider(temporality);
  return { ...collecting, messaging: new Messaging({ meterProvider: collecting.provider, ...options }) };
}

const SIZE = "message.queue.size";
const JOBS = { "messaging.destination.name": "jobs" };

test("the last size that was set holds, and a function is called at each collection", async () => {
  const { messaging, points } = messagingWith();
  messaging.queueSize("jobs", 3);
  messaging.queueSize("jobs", 4);
  let waiting = 1;
  messaging.queueSize("mails", () => waiting++);
  const mails = { "messaging.destination.name": "mails" };
  expect(await points(SIZE)).toEqual([
    { attributes: JOBS, value: 4 },
    { attributes: mails, value: 1 },
  ]);
  expect(await points(SIZE)).toEqual([
    { attributes: JOBS, value: 4 },
    { attributes: mails, value: 2 },
  ]);
});

test("queues of one destination with different attributes are distinguished", async () => {
  const { messaging, points } = messagingWith();
  messaging.queueSize("jobs", 1, { shard: 1, region: "north" });
  messaging.queueSize("jobs", 2, { shard: "1", region: "north" });
  messaging.queueSize("jobs", 3, { region: "north", shard: 1 });
  expect((await points(SIZE)).map(({ value }) => value)).toEqual([2, 3]);
});

test("an attribute that JSON cannot represent distinguishes no queue and throws nothing", async () => {
  const { messaging, point } = messagingWith();
  const tags = Object.assign(["x"], {
    toJSON() {
      throw new Error("do not look");
    },
  });
  messaging.queueSize("jobs", 3, { tags });
  expect(await point("message.queue.size", { ...JOBS, tags: ["x"] })).toBe(3);
});

test("a removal removes its own size and no later one", async () => {
  const { messaging, points } = messagingWith({}, AggregationTemporality.DELTA);
  const removeFirst = messaging.queueSize("jobs", 1);
  const removeSecond = messaging.queueSize("jobs", () => 2);
  removeFirst();
  expect(await points(SIZE)).toEqual([{ attributes: JOBS, value: 2 }]);
  removeSecond();
  removeSecond();
  expect(await points(SIZE)).toEqual([]);
});

test("the facade and its bound destination share a queue", async () => {
  const { messaging, points } = messagingWith();
  messaging.queueSize("jobs", 1);
  messaging.destination("jobs").queueSize(() => 2);
  expect(await points(SIZE)).toEqual([{ attributes: JOBS, value: 2 }]);
});

test("sizes of destinations that are recorded together are added up", async () => {
  const { messaging, points } = messagingWith({ maxDestinations: 1 });
  messaging.queueSize("jobs", 1);
  messaging.queueSize("mails", 10);
  const remove = messaging.queueSize("images", () => 100);
  messaging.queueSize("mails", 20, { region: "north" });
  const other = { "messaging.destination.name": "_other" };
  expect(await points(SIZE)).toEqual([
    { attributes: JOBS, value: 1 },
    { attributes: other, value: 110 },
    { attributes: { ...other, region: "north" }, value: 20 },
  ]);
  remove();
  expect(await points(SIZE)).toContainEqual({ attributes: other, value: 10 });
});

test("if a function throws, only its size is missing; this is counted at each collection and logged once", async () => {
  const warnings = collectWarnings();
  const { messaging, points, point } = messagingWith();
  messaging.queueSize("jobs", () => {
    throw new Error("closed");
  });
  messaging.queueSize("mails", 2);
  expect((await points(SIZE)).map(({ value }) => value)).toEqual([2]);
  await points(SIZE);
  expect(await point("telemetry.dropped", { reason: "callback_error" })).toBe(3);
  expect(warnings).toEqual([
    'instrument "message.queue.size": dropped Error: closed (callback_error); fix the callback, which threw; this is logged once',
  ]);
});

test("an invalid size, set or returned, is dropped and counted", async () => {
  const { messaging, points, point } = messagingWith();
  callWith(messaging, "queueSize", "jobs", "5");
  callWith(messaging, "queueSize", "jobs", undefined);
  callWith(messaging, "queueSize", "mails", () => "5");
  callWith(messaging, "queueSize", "images", async () => {
    throw new Error("closed");
  });
  expect(await points(SIZE)).toEqual([]);
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBe(6);
});

test("a size is a gauge: it may be any number", async () => {
  const { messaging, points } = messagingWith();
  messaging.queueSize("jobs", -1);
  messaging.queueSize("mails", NaN);
  expect((await points(SIZE)).map(({ value }) => value)).toEqual([-1, NaN]);
});

test("a function may set and remove sizes while it is called", async () => {
  const { messaging, points } = messagingWith();
  const size = (): number => {
    messaging.queueSize("jobs", size);
    return 1;
  };
  messaging.queueSize("jobs", size);
  expect(await points(SIZE)).toEqual([{ attributes: JOBS, value: 1 }]);
});

test("with more than 10,000 queues the size set longest ago is dropped, which is logged once", async () => {
  const warnings = collectWarnings();
  const { messaging, points } = messagingWith();
  messaging.queueSize("first", 1);
  messaging.queueSize("second", 10);
  messaging.queueSize("first", 100);
  for (let i = 0; i < 10_000; i++) messaging.queueSize(`queue-${i}`, i < 9_999 ? 0 : 1_000);
  const sizes = (await points(SIZE)).map(({ value }) => Number(value));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_000);
  messaging.queueSize("more", 0);
  expect(warnings).toHaveLength(1);
});
