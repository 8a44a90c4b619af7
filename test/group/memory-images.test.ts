// Images of processes, which are written as a whole.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { ImageReader } from "../../src/group/memory/image-reader.ts";
import { ImageWriter } from "../../src/group/memory/image-writer.ts";
import { WholeImage } from "../../src/group/memory/whole-image.ts";
import { mergeInto } from "../../src/group/merge/group-merge.ts";
import { OpenReader } from "../engine/our-provider.ts";
import { TestMember } from "./members.ts";

test("no series is lost if a new state arrives while the log of the one before is being read", () => {
  const reader = new OpenReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("shop");
  const writer = new ImageWriter({ isShared: false });
  const image = new ImageReader();
  let written = 0;
  const report = (from: number, to: number): void => {
    for (let order = from; order < to; order++) meter.createCounter("orders").add(1, { order });
    writer.take([reader.producer.collectSync()]);
    const log = writer.logFrom(written);
    written += log.length;
    image.setState(log, new Uint8Array(Buffer.concat([...writer.cells])));
  };
  report(0, 20);
  const steps = image.readLog();
  for (let i = 0; i < 10; i++) steps.next();
  report(20, 40);
  for (const _ of steps);
  const orders = image.streams.flatMap(({ news }) => news.map(({ attributes }) => attributes?.["order"]));
  expect(orders).toEqual(Array.from({ length: 40 }, (_, order) => order));
  expect(image.isCurrent).toBe(true);
});

test("the log of an image that is written as a whole stays small while series come and go", () => {
  const image = new WholeImage();
  let longest = 0;
  for (let round = 0; round < 2_000; round++) {
    const reader = new OpenReader();
    const counter = new MeterProvider({ readers: [reader] }).getMeter("shop").createCounter("orders");
    for (let order = 0; order < 10; order++) counter.add(1, { order: 10 * round + order });
    longest = Math.max(longest, image.of(reader.producer.collectSync()).logBytes);
  }
  expect(longest).toBeLessThan(140_000);
});

test("a thread that is seen late, with an earlier start, does not make a series count twice", async () => {
  const thread = new TestMember(1);
  thread.provider.getMeter("shop").createCounter("orders").add(5);
  await sleep(5);
  const reader = new OpenReader();
  const provider = new MeterProvider({ readers: [reader] });
  const threads = mergeInto(provider);
  provider.getMeter("shop").createCounter("orders").add(1);

  const totalReader = new OpenReader();
  const processes = mergeInto(new MeterProvider({ readers: [totalReader] }));
  const writer = new ImageWriter({ isShared: false });
  const image = new ImageReader();
  processes.add({ name: "process", slot: 1, image });
  let written = 0;
  const total = (): number | undefined => {
    writer.take([reader.producer.collectSync()]);
    const log = writer.logFrom(written);
    written += log.length;
    image.setState(log, new Uint8Array(Buffer.concat([...writer.cells])));
    let sum: number | undefined;
    for (const { series } of totalReader.producer.collectSync().metrics)
      series.visit(0, series.length, { series: (cells, offset) => (sum = cells[offset]) });
    return sum;
  };
  expect(total()).toBe(1);
  threads.add(thread.merged);
  expect(total()).toBe(6);
});
