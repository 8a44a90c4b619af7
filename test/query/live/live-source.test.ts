import { afterEach, expect, test, vi } from "vitest";
import { LiveSource } from "../../../src/query/live/live-source.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("no interval begins a collection as long as that of the first query runs", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const ends: (() => void)[] = [];
  const source = new LiveSource({
    resolutionMillis: () => 10_000,
    maxBytes: 1024 ** 2,
    translation: {},
    collect: () => new Promise((resolve) => void ends.push(resolve)),
  });
  source.begin();
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ends).toHaveLength(2);
  const ready = source.ready();
  await vi.advanceTimersByTimeAsync(1);
  expect(ends).toHaveLength(3);
  ends[1]?.();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ends).toHaveLength(3);
  ends[2]?.();
  await ready;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ends).toHaveLength(4);
  source.end();
});

test("collections are more frequent as soon as their time is shorter, and as before after that", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  let resolutionMillis = 60_000;
  let collections = 0;
  const source = new LiveSource({
    resolutionMillis: () => resolutionMillis,
    maxBytes: 1024 ** 2,
    translation: {},
    collect: async () => void collections++,
  });
  source.hasten();
  expect(collections).toBe(0);
  source.begin();
  await vi.advanceTimersByTimeAsync(10_000);
  resolutionMillis = 5_000;
  source.hasten();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(collections).toBe(4);
  resolutionMillis = 60_000;
  source.hasten();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(collections).toBe(5);
  await vi.advanceTimersByTimeAsync(59_999);
  expect(collections).toBe(5);
  await vi.advanceTimersByTimeAsync(1);
  expect(collections).toBe(6);
  source.end();
});
