import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { MemoryQueue } from "../../../src/io/outbox/record-queue.ts";
import { Delivery, systemClock } from "../../../src/readers/delivery/delivery.ts";

test("a flush that begins while a delivered record is being removed waits for all the others", async () => {
  const sent: number[] = [];
  let flushed: Promise<number> | undefined;
  class Queue extends MemoryQueue {
    override async remove(sequence: number): Promise<boolean> {
      const isRemoved = await super.remove(sequence);
      flushed ??= delivery.flush(new AbortController().signal).then(() => sent.length);
      await Promise.resolve();
      return isRemoved;
    }
  }
  const queue = new Queue({ dropped: () => {} });
  queue.appendSync(
    [1, 2, 3].map((points) => ({ body: new Uint8Array(1), points, timeUnixMillis: Date.now() })),
  );
  const delivery = new Delivery({
    queue,
    send: async ({ points }) => {
      await setImmediate();
      sent.push(points);
      return { kind: "delivered", rejectedPoints: 0 };
    },
    catchUp: Infinity,
    clock: systemClock,
    random: Math.random,
    observer: { failed: () => {}, concluded: () => {} },
  });
  await expect.poll(() => flushed).toBeDefined();
  expect(await flushed).toBe(3);
  await delivery.stop();
});
