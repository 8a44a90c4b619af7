import { type Attributes, diag } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import type { AcrossMembers } from "../../../src/engine/streams/across-members.ts";
import { ImageReader } from "../../../src/group/memory/image-reader.ts";
import { ImageWriter } from "../../../src/group/memory/image-writer.ts";
import { mergeInto } from "../../../src/group/merge/group-merge.ts";
import { OpenReader } from "../../engine/our-provider.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { TestGroup, type TestMember, valuesOf } from "../members.ts";

const record = ({ provider }: TestGroup | TestMember, value: number, attributes: Attributes = {}): void =>
  provider.getMeter("shop").createGauge("level").record(value, attributes);

const views = (acrossMembers: AcrossMembers) => [{ instrumentName: "level", acrossMembers }];

test.each<[AcrossMembers, number, number, number, number]>([
  ["sum", 10, 10, 5, 3],
  ["min", 1, 1, 1, 1],
  ["max", 7, 7, 2, 2],
  ["mean", 10 / 3, 10 / 3, 2.5, 1.5],
])("policy %s", async (policy, all, again, changed, left) => {
  const group = new TestGroup({ options: { views: views(policy) } });
  const [a, b] = [group.join(), group.join()];
  record(group, 2);
  record(a, 1);
  await group.collect();
  record(b, 7);
  expect(await valuesOf(group, "level")).toEqual([[{}, all]]);
  // Nothing has changed.
  expect(await valuesOf(group, "level")).toEqual([[{}, again]]);
  group.leave(b);
  record(group, policy === "mean" || policy === "sum" ? 4 : 2);
  expect(await valuesOf(group, "level")).toEqual([[{}, changed]]);
  record(group, 2);
  await group.collect();
  record(a, 1);
  record(group, 2);
  expect(await valuesOf(group, "level")).toEqual([[{}, left]]);
});

test("the latest value is that of the member whose value has changed last", async () => {
  const group = new TestGroup();
  const [a, b] = [group.join(), group.join()];
  for (const [who, value] of [
    [a, 1],
    [b, 2],
    [group, 3],
    [a, 4],
    [group, 0],
    [b, -1],
  ] as const) {
    record(who, value);
    expect(await valuesOf(group, "level")).toEqual([[{}, value]]);
    expect(await valuesOf(group, "level")).toEqual([[{}, value]]);
  }
  group.leave(b);
  expect(await valuesOf(group, "level")).toEqual([[{}, 0]]);
  group.leave(a);
  expect(await valuesOf(group, "level")).toEqual([[{}, 0]]);
});

test("policy each has a series for each member, which leaves with it; its number is given again", async () => {
  const group = new TestGroup({ options: { views: views("each") } });
  const [a, b] = [group.join(), group.join()];
  record(group, 5, { pool: "x" });
  record(a, 6, { pool: "x" });
  record(b, 7, { pool: "x" });
  const sorted = async (): Promise<[unknown, number][]> =>
    (await valuesOf(group, "level"))
      .map(([attributes, value]): [unknown, number] => [attributes["worker.id"], value])
      .toSorted(([x], [y]) => Number(x) - Number(y));
  expect(await sorted()).toEqual([
    [0, 5],
    [1, 6],
    [2, 7],
  ]);
  group.leave(a);
  expect(await sorted()).toEqual([
    [0, 5],
    [2, 7],
  ]);
  record(group.join(), 8, { pool: "x" });
  expect(await sorted()).toEqual([
    [0, 5],
    [1, 8],
    [2, 7],
  ]);
});

test("a gauge that only members have leaves with the last of them", async () => {
  const group = new TestGroup({ merge: { gauges: "max" } });
  const [a, b] = [group.join(), group.join()];
  record(a, 1, { only: "a" });
  record(b, 2);
  record(a, 3);
  expect(await valuesOf(group, "level")).toEqual([
    [{ only: "a" }, 1],
    [{}, 3],
  ]);
  group.leave(a);
  expect(await valuesOf(group, "level")).toEqual([[{}, 2]]);
  group.leave(b);
  expect(await valuesOf(group, "level")).toEqual([]);
});

test("observed gauges have the values of the last reports, and what is observed no more leaves", async () => {
  const group = new TestGroup({ merge: { gauges: "sum" } });
  const [a, b] = [group.join(), group.join()];
  let queues: readonly string[] = ["x", "y"];
  for (const { provider } of [group, a, b])
    provider
      .getMeter("shop")
      .createObservableGauge("level")
      .addCallback((result) => {
        for (const queue of queues) result.observe(2, { queue });
      });
  a.report();
  b.report();
  expect(await valuesOf(group, "level")).toEqual([
    [{ queue: "x" }, 6],
    [{ queue: "y" }, 6],
  ]);
  queues = ["y"];
  a.report();
  expect(await valuesOf(group, "level")).toEqual([
    [{ queue: "x" }, 2],
    [{ queue: "y" }, 6],
  ]);
  b.report();
  expect(await valuesOf(group, "level")).toEqual([[{ queue: "y" }, 6]]);
});

test("gauges beyond the limit share a series, which is logged", async () => {
  const warnings = collectWarnings();
  onTestFinished(() => diag.disable());
  const group = new TestGroup({ options: { cardinalityLimit: 3 }, merge: { gauges: "sum" } });
  const a = group.join();
  for (let i = 0; i < 3; i++) record(group, 1, { i });
  for (let i = 3; i < 6; i++) record(a, 1, { i });
  const values = await valuesOf(group, "level");
  expect(values.reduce((sum, [, value]) => sum + value, 0)).toBe(6);
  expect(values).toHaveLength(4);
  expect(values).toContainEqual([{ "otel.metric.overflow": true }, 3]);
  expect(warnings).toEqual([
    expect.stringMatching(/^instrument "level": has the maximum of 3 series, .*"i"/),
  ]);
});

test("the latest value of processes is the one whose report had it last, in any order of joining", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const reader = new OpenReader();
  const merge = mergeInto(new MeterProvider({ readers: [reader] }));
  const join = (slot: number): ((value?: number) => void) => {
    const ownReader = new OpenReader();
    const gauge = new MeterProvider({ readers: [ownReader] }).getMeter("shop").createGauge("level");
    const writer = new ImageWriter({ isShared: false });
    const image = new ImageReader();
    merge.add({ name: `process ${slot}`, slot, image });
    let written = 0;
    return (value) => {
      vi.setSystemTime(Date.now() + 1_000);
      if (value !== undefined) gauge.record(value);
      writer.take([ownReader.producer.collectSync()]);
      const log = writer.logFrom(written);
      written += log.length;
      image.setState(log, new Uint8Array(Buffer.concat([...writer.cells])));
    };
  };
  const level = (): number | undefined => {
    let found: number | undefined;
    for (const { series } of reader.producer.collectSync().metrics)
      series.visit(0, series.length, { series: (cells, offset) => (found = cells[offset]) });
    return found;
  };
  const [a, b] = [join(1), join(2)];
  b(2);
  a(1);
  // It has not changed.
  b();
  expect(level()).toBe(1);
  a(3);
  b(4);
  a();
  expect(level()).toBe(4);
  b(6);
  a(5);
  expect(level()).toBe(5);
  // The clock is set back.
  vi.setSystemTime(Date.now() - 3_600_000);
  b(7);
  expect(level()).toBe(7);
  a(8);
  expect(level()).toBe(8);
  join(3)(9);
  expect(level()).toBe(9);
});
