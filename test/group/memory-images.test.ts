// Images of threads and processes.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import type { Chunk } from "../../src/group/memory/chunks.ts";
import { ImageReader } from "../../src/group/memory/image-reader.ts";
import { ImageWriter } from "../../src/group/memory/image-writer.ts";
import type { SharedMemory } from "../../src/engine/streams/members.ts";
import { type GroupMerge, mergeInto } from "../../src/group/merge/group-merge.ts";
import { OpenReader } from "../engine/our-provider.ts";
import { TestGroup, TestMember } from "./members.ts";

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
  const orders = image.streams.flatMap(({ changes }) =>
    changes.map(({ attributes }) => attributes?.["order"]),
  );
  expect(orders).toEqual(Array.from({ length: 40 }, (_, order) => order));
  expect(image.isCurrent).toBe(true);
});

test("the log of a process stays small while series come and go, and a late reader follows it", () => {
  const { provider, producer, record, clock } = churning();
  const writer = new ImageWriter({ isShared: false });
  const { merge, total } = reading();
  const image = new ImageReader();
  const member = { name: "process", slot: 1, image };
  merge.add(member);
  let longest = 0;
  let restarts = 0;
  let isContinued = true;
  let read = { number: 0, bytes: 0 };
  provider.getMeter("shop").createCounter("orders").add(1, { order: "kept" });
  for (let round = 0; round < 701; round++) {
    record(10);
    provider.getMeter("shop").createCounter("orders").add(1, { order: "kept" });
    clock.pass(3);
    writer.take([producer.collectSync()]);
    longest = Math.max(longest, writer.logBytes);
    if (round % 7 !== 0) continue;
    if (read.number !== writer.logNumber) {
      restarts++;
      read = { number: writer.logNumber, bytes: 0 };
      isContinued &&= merge.restart(member, writer.logFrom(0));
    }
    const log = writer.logFrom(read.bytes);
    read.bytes += log.length;
    image.setState(log, new Uint8Array(Buffer.concat([...writer.cells])));
    total();
  }
  expect(restarts).toBeGreaterThan(2);
  expect(isContinued).toBe(true);
  expect(longest).toBeLessThan(140_000);
  expect(total().kept).toBe(702);
});

test("the log of a thread stays small while series come and go, and their sum is exact", () => {
  const chunks: Chunk[] = [];
  const writer = new ImageWriter({ isShared: true, onChunk: (chunk) => void chunks.push(chunk) });
  const { producer, record, recorded, clock } = churning(writer);
  const { merge, total } = reading();
  const differences: number[] = [];
  merge.add({ name: "thread", slot: 1, image: new ImageReader(() => chunks.splice(0)) });
  let longest = 0;
  for (let round = 0; round < 701; round++) {
    record(10);
    if (round % 2 === 0) total();
    clock.pass(3);
    writer.take([producer.collectSync()], () => false);
    longest = Math.max(longest, writer.logBytes);
    if (round % 5 === 0) differences.push(recorded() - total().all);
  }
  expect(longest).toBeLessThan(140_000);
  expect(writer.logNumber).toBeGreaterThan(2);
  expect(total().all).toBe(recorded());
  expect(new Set(differences)).toEqual(new Set([0]));
});

test("the figures of a process continue in a log that has started again", () => {
  const { provider, producer, record, clock } = churning();
  const meter = provider.getMeter("shop");
  const writer = new ImageWriter({ isShared: false });
  const reader = new OpenReader();
  const group = new MeterProvider({ readers: [reader] });
  const merge = mergeInto(group);
  const member = { name: "process", slot: 1, image: new ImageReader() };
  merge.add(member);
  const read = { number: 0, bytes: 0 };
  let isContinued = true;
  const figures = (): Readonly<Record<string, number>> => {
    record(10);
    meter.createUpDownCounter("stock").add(0);
    meter.createGauge("level").record(1);
    clock.pass(3);
    writer.take([producer.collectSync()]);
    if (writer.logNumber !== read.number) {
      Object.assign(read, { number: writer.logNumber, bytes: 0 });
      isContinued &&= merge.restart(member, writer.logFrom(0));
    }
    const log = writer.logFrom(read.bytes);
    read.bytes += log.length;
    member.image.setState(log, new Uint8Array(Buffer.concat([...writer.cells])));
    const found: Record<string, number> = {};
    for (const { descriptor, series } of reader.producer.collectSync().metrics)
      series.visit(0, series.length, {
        series: (cells, offset) => (found[descriptor.name] = cells[offset]!),
      });
    return found;
  };
  meter.createUpDownCounter("stock").add(5);
  expect(figures()).toMatchObject({ stock: 5, level: 1 });
  group.getMeter("shop").createGauge("level").record(2);
  for (let i = 0; i < 600 && writer.logNumber < 2; i++)
    expect(figures()).toMatchObject({ stock: 5, level: 2 });
  expect(writer.logNumber).toBe(2);
  expect(isContinued).toBe(true);
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

test("a series that the main thread removes, and a thread keeps, does not count twice for the group", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
  onTestFinished(() => void vi.useRealTimers());
  const threads = new TestGroup({ options: { seriesTimeToLive: 10 } });
  threads.provider.getMeter("shop").createCounter("orders").add(1);
  vi.advanceTimersByTime(2_000);
  const thread = threads.join();
  const writer = new ImageWriter({ isShared: false });
  const image = new ImageReader();
  const { merge, total } = reading();
  merge.add({ name: "process", slot: 1, image });
  let written = 0;
  for (let recorded = 1; recorded < 10; recorded++) {
    thread.provider.getMeter("shop").createCounter("orders").add(1);
    writer.take([await threads.collect()]);
    const log = writer.logFrom(written);
    written += log.length;
    image.setState(log, new Uint8Array(Buffer.concat([...writer.cells])));
    expect(total().all).toBe(1 + recorded);
    vi.advanceTimersByTime(3_000);
  }
});

/** A provider whose series last for 10 seconds of a clock that the test turns. */
function churning(memory?: SharedMemory) {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const reader = new OpenReader();
  const provider = new MeterProvider({ readers: [reader], seriesTimeToLive: 10 }, memory);
  const counter = provider.getMeter("shop").createCounter("orders");
  let recorded = 0;
  return {
    provider,
    producer: reader.producer,
    record: (series: number): void => {
      for (let i = 0; i < series; i++) counter.add(1, { order: recorded++ });
    },
    recorded: (): number => recorded,
    clock: { pass: (seconds: number): void => void vi.advanceTimersByTime(seconds * 1_000) },
  };
}

/** A group that reads members. */
function reading(): { merge: GroupMerge; readonly total: () => { all: number; kept: number } } {
  const reader = new OpenReader();
  const merge = mergeInto(new MeterProvider({ readers: [reader], cardinalityLimit: 100 }));
  return {
    merge,
    total: () => {
      let all = 0;
      let kept = 0;
      for (const { series } of reader.producer.collectSync().metrics)
        series.visit(0, series.length, {
          series(cells, offset, row) {
            all += cells[offset]!;
            if (series.attributesOf(row)["order"] === "kept") kept += cells[offset]!;
          },
        });
      return { all, kept };
    },
  };
}
