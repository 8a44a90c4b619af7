import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { MemoryQueue } from "../../../src/io/outbox/record-queue.ts";
import { packSync } from "../../../src/readers/delivery/attempt.ts";
import { OtlpEncoder } from "../../../src/readers/otlp/encode/index.ts";
import { Delivery, systemClock } from "../../../src/readers/delivery/delivery.ts";
import { HttpSender, httpTarget } from "../../../src/readers/otlp/http-sender.ts";
import { freePort } from "../../kit/process.ts";
import { type OtlpAnswer, otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { collectionOf, queuedExporterTo, valuesOf } from "./queued-exporters.ts";
import { TurnedClock } from "./turned-clock.ts";
import type { QueuedExporter } from "../../../src/readers/delivery/queued-exporter.ts";
import { newFolder } from "../../kit/new-folder.ts";

const MINUTE = 60_000;

test("collections arrive one after the other, in order", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = { afterMillis: 5 };
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock);
  let mostOpen = 0;
  for (let i = 1; i <= 10; i++) await exporter.exportCollection(collectionOf(i));
  await clock.turnUntil(() => {
    mostOpen = Math.max(mostOpen, receiver.open);
    return receiver.requests.length === 10;
  });
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(mostOpen).toBe(1);
});

test("a record that is dropped while it is sent counts as dropped alone", async () => {
  const [dropped, concluded] = [new Array<number>(), new Array<number>()];
  const [request] = new OtlpEncoder().encodeSync(collectionOf(1));
  const body = packSync(request!.body);
  const events = { dropped: (points: number) => void dropped.push(points) };
  const queue = new MemoryQueue(events, 1.5 * body.byteLength);
  const receiver = await otlpReceiver();
  receiver.answer = { afterMillis: 50 };
  const sender = new HttpSender(httpTarget({ url: `${receiver.url}/v1/metrics`, timeoutMillis: 60_000 }));
  const delivery = new Delivery({
    queue,
    send: (record, signal) => sender.send(record.body, signal),
    catchUp: Infinity,
    clock: systemClock,
    random: () => 1,
    observer: { failed: () => {}, concluded: ({ points }) => void concluded.push(points) },
  });
  onTestFinished(() => delivery.stop());
  const append = (points: number): void => {
    queue.appendSync([{ body, points, timeUnixMillis: Date.now() }]);
    delivery.notify();
  };
  append(1);
  await vi.waitFor(() => expect(receiver.open).toBe(1));
  append(2);
  await vi.waitFor(() => expect(concluded).toContain(2));
  expect([dropped, concluded]).toEqual([[1], [2]]);
});

test.each<[string, OtlpAnswer]>([
  ["responds with 408", 408],
  ["responds with 429", 429],
  ["responds with 500", 500],
  ["responds with 502", 502],
  ["responds with 503", 503],
  ["responds with 504", 504],
  ["closes the connection", "cut"],
])("a receiver that %s gets the same again, after waits that double up to a minute", async (_, answer) => {
  const receiver = await otlpReceiver();
  receiver.answer = answer;
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock);
  await exporter.exportCollection(collectionOf(1));
  await exporter.exportCollection(collectionOf(2));
  const times: number[] = [];
  await clock.turnUntil(() => {
    if (receiver.requests.length > times.length) times.push(clock.monotonicMillis() / 1_000);
    if (times.length === 9) receiver.answer = "ok";
    return receiver.requests.length === 11;
  });
  expect(times.slice(0, 10)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  expect(valuesOf(receiver.requests)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
});

test("a wait is random, from zero to its bound", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = 503;
  const chances = [0, 0.25, 0.5];
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock, { random: () => chances.shift() ?? 1 });
  await exporter.exportCollection(collectionOf(1));
  const times: number[] = [];
  await clock.turnUntil(() => {
    if (receiver.requests.length > times.length) times.push(clock.monotonicMillis() / 1_000);
    return times.length === 4;
  });
  expect(times).toEqual([0, 0, 0.5, 2.5]);
});

test.each([429, 503])("Retry-After of a %i is obeyed, in seconds and as a date", async (status) => {
  const receiver = await otlpReceiver();
  const date = new Date(Date.now() + 10 * MINUTE).toUTCString();
  receiver.next.push({ status, retryAfter: "100" }, { status, retryAfter: date });
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock, { random: () => 0 });
  await exporter.exportCollection(collectionOf(1));
  const times: number[] = [];
  await clock.turnUntil(() => {
    if (receiver.requests.length > times.length) times.push(clock.monotonicMillis() / 1_000);
    return times.length === 3;
  });
  expect(times[1]).toBe(100);
  // A date has whole seconds, and real time has passed.
  expect(times[2]).toBeGreaterThan(690);
  expect(times[2]).toBeLessThanOrEqual(700);
});

test("a flush tries at once, unless the receiver requested a pause", async () => {
  const receiver = await otlpReceiver();
  receiver.next.push(503, { status: 503, retryAfter: "600" });
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock);
  await exporter.exportCollection(collectionOf(1));
  await clock.turnUntil(() => receiver.requests.length === 1 && clock.sleeping === 1, Infinity);
  await exporter.forceFlush();
  await clock.turnUntil(() => receiver.requests.length === 2 && clock.sleeping === 1, Infinity);
  expect(clock.monotonicMillis()).toBe(0);
  await exporter.forceFlush();
  expect(receiver.requests).toHaveLength(2);
});

test.each<[string, (exporter: QueuedExporter) => Promise<void>, { readonly catchUp: number } | undefined]>([
  ["a flush, from memory", (exporter) => exporter.forceFlush(), undefined],
  ["a flush, from an outbox", (exporter) => exporter.forceFlush(), { catchUp: 20 }],
  ["the end of a process, from memory", (exporter) => exporter.flushAtEnd(5_000), undefined],
  ["the end of a process, from an outbox", (exporter) => exporter.flushAtEnd(5_000), { catchUp: 20 }],
])("after an outage %s sends all that waits at once", async (_, flush, given) => {
  const receiver = await otlpReceiver();
  receiver.answer = 503;
  const clock = new TurnedClock();
  const options = given && { outbox: { directory: newFolder("outbox"), ...given } };
  const exporter = queuedExporterTo(receiver, clock, { timeoutMillis: 5_000, ...options });
  for (const value of [1, 2, 3, 4]) {
    await exporter.exportCollection(collectionOf(value));
    let isLater = false;
    void clock.sleep(MINUTE).then(() => (isLater = true));
    await clock.turnUntil(() => isLater, 2);
  }
  receiver.answer = "ok";
  const accepted = (): number[] => valuesOf(receiver.requests.filter(({ isAccepted }) => isAccepted));
  // The delivery waits before it sends the second one.
  await clock.turnUntil(() => accepted().length === 1 && clock.sleeping === 1);
  const begin = clock.monotonicMillis();
  await flush(exporter);
  expect(accepted()).toEqual([1, 2, 3, 4]);
  expect(clock.monotonicMillis()).toBe(begin);
});

test("the flush at the end of a process may take longer than one request", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = { afterMillis: 300 };
  const exporter = queuedExporterTo(receiver, new TurnedClock(), { timeoutMillis: 1_000 });
  for (const value of [1, 2, 3, 4]) await exporter.exportCollection(collectionOf(value));
  await exporter.flushAtEnd(5_000);
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 3, 4]);
});

test.each<[string, OtlpAnswer]>([
  ["responds with 503", 503],
  ["requests a pause", { status: 429, retryAfter: "600" }],
  ["hangs", "hang"],
])("at the end of a process data on disk does not wait for a receiver that %s", async (_, answer) => {
  const receiver = await otlpReceiver();
  receiver.answer = answer;
  const outbox = { directory: newFolder("outbox") };
  // The clock stands still, so there is one attempt.
  const options = { outbox, timeoutMillis: 3_600_000, requestMillis: 2_000 };
  const exporter = queuedExporterTo(receiver, new TurnedClock(), options);
  await exporter.exportCollection(collectionOf(1));
  await exporter.flushAtEnd(3_600_000);
  expect(valuesOf(receiver.requests)).toEqual([1]);
  await exporter.exportCollection(collectionOf(2));
  await exporter.flushAtEnd(3_600_000);
  await exporter.shutdown();
  expect(exporter.waiting.records).toBe(0);
});

test("at the end of a process data on disk is delivered to a reachable receiver", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = { afterMillis: 20 };
  const outbox = { directory: newFolder("outbox") };
  const exporter = queuedExporterTo(receiver, new TurnedClock(), { outbox, timeoutMillis: 3_600_000 });
  for (const value of [1, 2, 3]) await exporter.exportCollection(collectionOf(value));
  await exporter.flushAtEnd(3_600_000);
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 3]);
});

test("what waited for a disk that recovers at the end of a process is delivered before later data", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = 503;
  const disk = join(newFolder("outbox"), "disk");
  writeFileSync(disk, "a file in place of a folder");
  const outbox = { directory: join(disk, "outbox") };
  const exporter = queuedExporterTo(receiver, new TurnedClock(), { outbox, timeoutMillis: 5_000 });
  await exporter.exportCollection(collectionOf(1));
  rmSync(disk);
  await exporter.flushAtEnd(100);
  receiver.answer = "ok";
  await exporter.exportCollection(collectionOf(2));
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests.filter(({ isAccepted }) => isAccepted))).toEqual([1, 2]);
});

test("at the end of a process data in memory waits for its receiver", async () => {
  const receiver = await otlpReceiver();
  receiver.next.push(503, 503);
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock, { timeoutMillis: 3_600_000 });
  await exporter.exportCollection(collectionOf(1));
  const flushed = exporter.flushAtEnd(3_600_000);
  await clock.turnUntil(() => receiver.requests.length === 3);
  await flushed;
  expect(exporter.waiting.records).toBe(0);
});

test("a record refused with 500 for an hour is dropped, so that others are delivered", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = 500;
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock);
  await exporter.exportCollection(collectionOf(1));
  await exporter.exportCollection(collectionOf(2));
  await clock.turnUntil(() => valuesOf(receiver.requests).at(-1) === 2);
  expect(clock.monotonicMillis() / MINUTE).toBeCloseTo(60, 0);
});

test("the hour of doubt starts again after a 503", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = 500;
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock);
  await exporter.exportCollection(collectionOf(1));
  await clock.turnUntil(() => {
    if (clock.monotonicMillis() > 30 * MINUTE && receiver.next.length === 0) receiver.next.push(503);
    return clock.monotonicMillis() > 30 * MINUTE;
  });
  await exporter.exportCollection(collectionOf(2));
  await clock.turnUntil(() => valuesOf(receiver.requests).at(-1) === 2);
  expect(clock.monotonicMillis() / MINUTE).toBeGreaterThan(90);
});

test.each([
  ["memory", undefined],
  ["an outbox", { catchUp: 20 }],
  ["an outbox that catches up faster", { catchUp: 100 }],
])("after an outage data waiting in %s arrives in order, at its rate", async (_, options) => {
  const port = await freePort();
  const directory = newFolder("outbox");
  const clock = new TurnedClock();
  const target = { url: `http://127.0.0.1:${port}` };
  const receivers = [await otlpReceiver(port)];
  const exporter = queuedExporterTo({ ...receivers[0]!, ...target }, clock, {
    ...(options && { outbox: { directory, fsync: "never", ...options } }),
  });
  const catchUp = options?.catchUp ?? 20;
  let collections = 0;
  const ending = new AbortController();
  const produce = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await exporter.exportCollection(collectionOf(++collections));
      await clock.sleep(MINUTE);
    }
  };
  let hasEnded = false;
  void produce().then(() => (hasEnded = true));
  await clock.turnUntil(() => collections === 5, 2);
  await receivers[0]!.close();
  await clock.turnUntil(() => collections === 125, 2);
  receivers.push(await otlpReceiver(port));
  const arrivals: number[] = [];
  await clock.turnUntil(() => {
    const { length } = receivers[1]!.requests;
    if (length > arrivals.length) arrivals.push(clock.monotonicMillis());
    // The latest collection has arrived: nothing is waiting.
    return valuesOf(receivers[1]!.requests).at(-1) === collections;
  }, 2);
  ending.abort();
  await clock.turnUntil(() => hasEnded, 1);
  const all = receivers.flatMap(({ requests }) => valuesOf(requests.filter(({ isAccepted }) => isAccepted)));
  expect(all).toEqual(Array.from({ length: collections }, (_each, i) => i + 1));
  const minutes = (arrivals.at(-1)! - arrivals[0]!) / MINUTE;
  // Two hours at that rate; collections made meanwhile are additional.
  expect(minutes).toBeGreaterThan((120 / catchUp) * 0.97);
  expect(minutes).toBeLessThan((120 / catchUp) * 1.03 + 1);
  const perMinute = arrivals.filter((time) => time < arrivals[0]! + MINUTE).length;
  expect(perMinute).toBeLessThanOrEqual(catchUp + 2);
});

test("a logger that throws does not end delivery", async () => {
  const throwing = (): never => {
    throw new Error("no disk for logs");
  };
  const logger = { error: throwing, warn: throwing, info: throwing, debug: throwing, verbose: throwing };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  const receiver = await otlpReceiver();
  receiver.next.push(503, 400);
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock);
  for (const value of [1, 2]) await exporter.exportCollection(collectionOf(value));
  await clock.turnUntil(() => receiver.requests.length === 3);
  expect(valuesOf(receiver.requests)).toEqual([1, 1, 2]);
});

test("a meter that throws does not end delivery", async () => {
  const receiver = await otlpReceiver();
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock, {
    meter: () => {
      throw new Error("no meters today");
    },
  });
  for (const value of [1, 2]) await exporter.exportCollection(collectionOf(value));
  await clock.turnUntil(() => receiver.requests.length === 2);
  expect(valuesOf(receiver.requests)).toEqual([1, 2]);
});

test("nothing was collected between two processes, so catching up waits only briefly", async () => {
  const receiver = await otlpReceiver();
  const clock = new TurnedClock();
  const exporter = queuedExporterTo(receiver, clock);
  receiver.answer = 503;
  await exporter.exportCollection(collectionOf(1));
  let slept = false;
  void clock.sleep(10 * 60 * MINUTE).then(() => (slept = true));
  await clock.turnUntil(() => slept, 2);
  await exporter.exportCollection(collectionOf(2));
  receiver.answer = "ok";
  const arrivals: number[] = [];
  await clock.turnUntil(() => {
    const accepted = receiver.requests.filter(({ isAccepted }) => isAccepted);
    if (accepted.length > arrivals.length) arrivals.push(clock.monotonicMillis());
    return arrivals.length === 2;
  });
  expect(arrivals[1]! - arrivals[0]!).toBeCloseTo(MINUTE / 21);
});
