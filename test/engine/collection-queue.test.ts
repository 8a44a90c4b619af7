import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { CollectionQueue } from "../../src/engine/collection/collection-queue.ts";

test("a collection whose time is over takes none from the one before it", async () => {
  const queue = new CollectionQueue();
  const limits: number[] = [];
  const wait = async (): Promise<void> => {
    limits.push(await queue.wait(pause(20), 1_000, { keepsAlive: true }));
  };
  await Promise.all([
    queue.take(1_000, undefined, () => pause(60)),
    queue.take(1_000, undefined, wait),
    queue.take(10, undefined, async () => {}),
  ]);
  expect(limits).toEqual([1_000]);
});

test("a collection that still has time takes half of it from the one before it", async () => {
  const queue = new CollectionQueue();
  const begun = performance.now();
  const limits: number[] = [];
  await Promise.all([
    queue.take(1_000, undefined, async () => {}),
    queue.take(60_000, undefined, async () => {
      limits.push(await queue.wait(pause(60_000, undefined, { ref: false }), 60_000, { keepsAlive: true }));
    }),
    queue.take(400, undefined, async () => {}),
  ]);
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(limits[0]).toBeLessThanOrEqual(200);
});
