import { expect, test, vi } from "vitest";
import {
  collecting,
  connectedProducer,
  counted,
  failed,
  instrumentation,
  kafkajs,
  lag,
  measureKafka,
  runningConsumer,
} from "./measured-kafka.ts";

// The package does not retry after built-in errors, such as a TypeError.
class FullDisk extends Error {}
class LostDatabase extends Error {}

measureKafka();

test("a handler that throws and one that rejects fail, and their messages are retried", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "hard", messages: [{ value: "1" }] });
  let attempts = 0;
  await runningConsumer("hard", {
    eachMessage: (): Promise<void> => {
      attempts++;
      if (attempts === 1) throw new FullDisk();
      return attempts === 2 ? Promise.reject(new LostDatabase()) : Promise.resolve();
    },
  });
  await vi.waitFor(async () => expect((await counted("hard")).processed).toBe(1), 15_000);
  expect(await counted("hard")).toEqual({ sent: 1, received: 3, processed: 1, retried: 2 });
  expect([await failed("hard", "FullDisk"), await failed("hard", "LostDatabase")]).toEqual([1, 1]);
  await vi.waitFor(async () => expect(await lag("hard")).toBe(0));
});

test("a message that failed in one group is not retried by another one", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "groups", messages: [{ value: "1" }] });
  const stops = (): Promise<void> => Promise.reject(new kafkajs.KafkaJSNonRetriableError("stop"));
  await runningConsumer("groups", { eachMessage: stops });
  await vi.waitFor(async () => expect((await counted("groups")).received).toBe(1), 15_000);
  await runningConsumer("groups", { eachMessage: async () => {} }, "another group");
  await vi.waitFor(async () => expect((await counted("groups")).processed).toBe(1), 15_000);
  expect(await counted("groups")).toEqual({ sent: 1, received: 2, processed: 1 });
});

test("a message whose handler never settles is not processed, and still waits", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "stuck", messages: [{ value: "1" }] });
  let goOn = (): void => {};
  await runningConsumer("stuck", {
    eachMessage: () => new Promise<void>((resolve) => (goOn = resolve)),
  });
  await vi.waitFor(async () => expect((await counted("stuck")).received).toBe(1), 15_000);
  expect(await counted("stuck")).toEqual({ sent: 1, received: 1 });
  expect(await lag("stuck")).toBe(1);
  goOn();
});

test("the messages of a batch share its time and its failure", async () => {
  const producer = await connectedProducer();
  const messages = Array.from({ length: 4 }, () => ({ value: "x", partition: 0 }));
  await producer.send({ topic: "batches", messages });
  let attempts = 0;
  const sizes: number[] = [];
  await runningConsumer("batches", {
    eachBatch: async ({ batch }) => {
      sizes.push(batch.messages.length);
      if (++attempts === 1) throw new FullDisk();
    },
  });
  await vi.waitFor(async () => expect((await counted("batches")).processed).toBe(4), 15_000);
  const failures = await failed("batches", "FullDisk");
  expect(failures).toBe(sizes[0]);
  expect(await counted("batches")).toEqual({ sent: 4, received: 4 + (failures ?? 0), processed: 4 });
});

test("without option messages, only groups and lag are recorded", async () => {
  instrumentation.setConfig({ ...instrumentation.getConfig(), messages: false });
  const producer = await connectedProducer();
  await producer.send({ topic: "theirs", messages: [{ value: "1" }] });
  let seen = 0;
  await runningConsumer("theirs", { eachMessage: async () => void seen++ });
  await vi.waitFor(() => expect(seen).toBe(1), 15_000);
  await vi.waitFor(async () => expect(await lag("theirs")).toBe(0));
  expect(await counted("theirs")).toEqual({});
  expect(await collecting.point("coordination.leader.changes")).toBe(1);
});
