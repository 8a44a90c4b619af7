import { afterEach, expect, test, vi } from "vitest";
import { MemoryQueue, type QueueEvents } from "../../../src/io/outbox/record-queue.ts";
import { drained, record, records } from "./opening.ts";

afterEach(() => vi.useRealTimers());

function queue(maxBytes?: number, maxAgeMillis?: number): { memory: MemoryQueue; dropped: string[] } {
  const dropped: string[] = [];
  const events: QueueEvents = { dropped: (points, reason) => void dropped.push(`${points} ${reason}`) };
  const memory = new MemoryQueue(events, maxBytes, maxAgeMillis);
  return { memory, dropped };
}

test("records are returned oldest first, each until it is removed", async () => {
  const { memory } = queue();
  await memory.append(records("a", "b"));
  memory.appendSync(records("c"));
  const first = await memory.oldest();
  expect(await memory.oldest()).toBe(first);
  await memory.remove(first!.sequence);
  await memory.remove(first!.sequence);
  expect(await drained(memory)).toEqual(["b", "c"]);
  await memory.close();
});

test("beyond the limit the oldest records are dropped, and their data points counted", async () => {
  const { memory, dropped } = queue(10);
  await memory.append([record("aaaa", 1, 3), record("bbbb", 2, 4), record("cccc", 3, 5)]);
  expect(dropped).toEqual(["3 full"]);
  await memory.append([record("more than there is room for", 4, 6)]);
  expect(dropped).toEqual(["3 full", "15 full"]);
  expect(memory.size).toEqual({ bytes: 0, records: 0, points: 0 });
});

test("records that are too old are dropped before delivery and counted", async () => {
  vi.useFakeTimers();
  const { memory, dropped } = queue(undefined, 60_000);
  await memory.append([record("old", Date.now(), 3)]);
  vi.advanceTimersByTime(30_000);
  await memory.append([record("young", Date.now(), 1)]);
  vi.advanceTimersByTime(31_000);
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(await drained(memory)).toEqual(["young"]);
  expect(dropped).toEqual(["3 expired"]);
});

test("size and age are those of the waiting records", async () => {
  const { memory } = queue();
  expect(memory.oldestTimeUnixMillis).toBeUndefined();
  const now = Date.now();
  await memory.append([record("abc", now, 5), record("de", now + 10, 6)]);
  expect(memory.size).toEqual({ bytes: 5, records: 2, points: 11 });
  expect(memory.oldestTimeUnixMillis).toBe(now);
});
