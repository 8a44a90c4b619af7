import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test, vi } from "vitest";
import { observeRuntime } from "../../src/host/index.ts";
import { collectingProvider } from "../kit/collecting.ts";

function observing(): ReturnType<typeof collectingProvider> {
  const collecting = collectingProvider();
  onTestFinished(observeRuntime(collecting.provider));
  return collecting;
}

function countOf(buckets: readonly (readonly [number, number])[]): number {
  return buckets.reduce((sum, [, count]) => sum + count, 0);
}

test("garbage collections of less than five milliseconds fall into separate buckets", async () => {
  const collecting = observing();
  setFlagsFromString("--expose-gc");
  const collectGarbage: (options: { type: "minor" }) => void = runInNewContext("gc");
  for (let i = 0; i < 20; i++) collectGarbage({ type: "minor" });
  const buckets = await vi.waitUntil(async () => {
    const found = [...(await collecting.buckets("v8js.gc.duration"))];
    return countOf(found) >= 20 && found;
  });
  expect(buckets[0]![0]).toBe(0.0001);
  expect(buckets.filter(([bound]) => bound < 0.005)).toHaveLength(5);
});

test("the event loop's delay is a histogram too", async () => {
  const collecting = observing();
  const end = performance.now() + 150;
  while (performance.now() < end);
  const late = await vi.waitUntil(async () => {
    const buckets = [...(await collecting.buckets("nodejs.eventloop.delay"))];
    return countOf(buckets.filter(([bound]) => bound > 0.1)) > 0 && buckets;
  });
  expect(late[0]![0]).toBe(0.001);
});

test("a collection just after another one has the same delays of the event loop", async () => {
  const collecting = observing();
  const longest = (): Promise<unknown> => collecting.point("nodejs.eventloop.delay.max");
  const first = await vi.waitUntil(longest);
  expect(await longest()).toBe(first);
});

test("after the removal nothing is sampled any more", async () => {
  const collecting = collectingProvider();
  observeRuntime(collecting.provider)();
  const delay = [...(await collecting.buckets("nodejs.eventloop.delay"))];
  expect(countOf(delay)).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([...(await collecting.buckets("nodejs.eventloop.delay"))]).toEqual(delay);
  expect(await collecting.points("nodejs.eventloop.time")).toEqual([]);
});
