import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { AggregationType } from "tachymeter/metrics";
import { AggregationTemporality } from "../../../src/engine/sdk-values.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { TestGroup, type TestMember, valuesOf } from "../members.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

type Who = TestGroup | TestMember;
const add = ({ provider }: Who, value: number, series: number): void =>
  provider.getMeter("shop").createCounter("orders").add(value, { series });
const total = (values: readonly (readonly [unknown, number])[]): number =>
  values.reduce((sum, [, value]) => sum + value, 0);

test("totals are exact through overflow of the members and of the group", async () => {
  const options = {
    cardinalityLimit: 4,
    views: [
      { instrumentName: "size", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const,
    ],
  };
  const group = new TestGroup({ options });
  const members = [group.join(), group.join(), group.join()];
  let expected = 0;
  for (let i = 0; i < 200; i++) {
    const who = [group, ...members][i % 4]!;
    add(who, i, i % 23);
    for (const name of ["size", "duration"])
      who.provider
        .getMeter("shop")
        .createHistogram(name)
        .record(i, { series: i % 23 });
    expected += i;
    if (i % 37 !== 0) continue;
    expect(total(await valuesOf(group, "orders"))).toBe(expected);
  }
  for (const name of ["orders", "size", "duration"]) {
    const values = await valuesOf(group, name);
    expect(values).toHaveLength(5);
    expect(total(values)).toBe(name === "orders" ? expected : 200);
    expect(values).toContainEqual([{ "otel.metric.overflow": true }, expect.any(Number)]);
  }
  for (const member of members) group.leave(member);
  expect(total(await valuesOf(group, "orders"))).toBe(expected);
  add(group.join(), 1, 22);
  expect(total(await valuesOf(group, "orders"))).toBe(expected + 1);
});

test("a series that a member removes and records again does not fall within the time to live of the group's", async () => {
  const group = new TestGroup({ options: { seriesTimeToLive: 10 } });
  const [a, b] = [group.join(), group.join()];
  add(a, 1, 1);
  add(b, 10, 1);
  add(a, 100, 2);
  expect(await valuesOf(group, "orders")).toEqual([
    [{ series: 1 }, 11],
    [{ series: 2 }, 100],
  ]);
  a.report();
  vi.advanceTimersByTime(9_000);
  add(b, 10, 1);
  expect(total(await valuesOf(group, "orders"))).toBe(121);
  vi.advanceTimersByTime(2_000);
  // Removes both series of `a`. Its rows are given to others, in other order.
  a.report();
  add(a, 1_000, 3);
  add(a, 5, 1);
  expect(await valuesOf(group, "orders")).toEqual([
    [{ series: 1 }, 26],
    [{ series: 2 }, 100],
    [{ series: 3 }, 1_000],
  ]);
  // Series 2 is left without a member.
  vi.advanceTimersByTime(9_000);
  add(a, 1, 1);
  add(a, 1, 3);
  await valuesOf(group, "orders");
  vi.advanceTimersByTime(2_000);
  expect(await valuesOf(group, "orders")).toEqual([
    [{ series: 1 }, 27],
    [{ series: 3 }, 1_001],
  ]);
  // Its row may be given to another series, which starts at 0.
  add(b, 7, 4);
  expect(await valuesOf(group, "orders")).toContainEqual([{ series: 4 }, 7]);
});

test("a series that this process removes stays while a member records it", async () => {
  const group = new TestGroup({ options: { seriesTimeToLive: 10 } });
  const a = group.join();
  add(group, 1, 1);
  add(a, 10, 1);
  group.provider.getMeter("shop").createHistogram("duration").record(3);
  a.provider.getMeter("shop").createHistogram("duration").record(4);
  expect(await valuesOf(group, "orders")).toEqual([[{ series: 1 }, 11]]);
  for (let i = 0; i < 8; i++) {
    vi.advanceTimersByTime(4_000);
    add(a, 10, 1);
    a.provider.getMeter("shop").createHistogram("duration").record(4);
    expect(await valuesOf(group, "orders")).toEqual([[{ series: 1 }, 21 + 10 * i]]);
    expect(await valuesOf(group, "duration")).toEqual([[{}, 3 + i]]);
  }
  add(group, 1, 1);
  expect(await valuesOf(group, "orders")).toEqual([[{ series: 1 }, 92]]);
});

test("new series get the rows of ended members' series, whose figures move to the overflow series", async () => {
  const warnings = collectWarnings();
  onTestFinished(() => diag.disable());
  const group = new TestGroup({ options: { cardinalityLimit: 5 } });
  const [a, b] = [group.join(), group.join()];
  add(group, 1_000, 0);
  for (let series = 1; series <= 4; series++) add(a, 2 ** series, series);
  add(b, 100, 4);
  expect(total(await valuesOf(group, "orders"))).toBe(1_130);
  group.leave(a);
  // They stay as long as no other series needs their rows.
  expect(await valuesOf(group, "orders")).toHaveLength(5);
  expect(warnings).toEqual([]);
  add(b, 7, 5);
  expect(await valuesOf(group, "orders")).toEqual([
    [{ "otel.metric.overflow": true }, 14],
    [{ series: 0 }, 1_000],
    [{ series: 5 }, 7],
    [{ series: 4 }, 116],
  ]);
  add(b, 1, 1);
  expect(await valuesOf(group, "orders")).toContainEqual([{ series: 1 }, 1]);
  expect(warnings).toEqual([expect.stringMatching(/^instrument "orders": has the maximum of 5 series, /)]);
});

test.each([AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA])(
  "totals stay exact while members with other series come and go (temporality %s)",
  async (temporality) => {
    const options = {
      cardinalityLimit: 10,
      views: [
        { instrumentName: "size", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const,
      ],
    };
    const group = new TestGroup({ options, temporality });
    const stays = group.join();
    const sums = new Map<string, number>();
    const wrong: string[] = [];
    let expected = 0;
    for (let i = 0; i < 60; i++) {
      const member = group.join();
      for (let series = 0; series < 3; series++) {
        for (const who of [member, stays, group]) {
          const of = who === member ? 3 * i + series : series;
          add(who, 1, of);
          for (const name of ["size", "duration"])
            who.provider.getMeter("shop").createHistogram(name).record(i, { of });
        }
        expected += 3;
      }
      if (i % 5 !== 3)
        for (const { descriptor, series } of (await group.collect()).metrics) {
          let found = 0;
          series.visit(0, series.length, { series: (cells, offset) => void (found += cells[offset]!) });
          const before = temporality === AggregationTemporality.DELTA ? (sums.get(descriptor.name) ?? 0) : 0;
          sums.set(descriptor.name, before + found);
          if (before + found !== expected) wrong.push(`${descriptor.name} ${i}: ${before + found}`);
        }
      if (i % 3 !== 0) group.leave(member);
    }
    expect(wrong).toEqual([]);
    expect([...sums.keys()].toSorted()).toEqual(["duration", "orders", "size"]);
  },
);

test("nothing grows while members and series come and go", async () => {
  const group = new TestGroup({ options: { seriesTimeToLive: 10, cardinalityLimit: 50 } });
  let left: TestMember | undefined;
  for (let i = 0; i < 200; i++) {
    const member = group.join();
    for (let series = 0; series < 5; series++) add(member, 1, 5 * i + series);
    add(group, 1, 5 * i);
    const values = await valuesOf(group, "orders");
    expect(values.length).toBeLessThanOrEqual(45);
    expect(values).toContainEqual([{ series: 5 * i }, 2]);
    if (left !== undefined) group.leave(left);
    left = member;
    vi.advanceTimersByTime(3_000);
  }
});

test("observed series that a live member no longer observes make room for others, and keep the sum", async () => {
  const group = new TestGroup({ options: { cardinalityLimit: 10 } });
  const member = group.join({ cardinalityLimit: 10 });
  let first = 0;
  member.provider
    .getMeter("net")
    .createObservableCounter("sent")
    .addCallback((result) => {
      for (let i = 0; i < 5; i++) result.observe(100, { connection: first + i });
    });
  for (; first < 200; first += 5) {
    vi.advanceTimersByTime(1_000);
    member.report();
    const values = await valuesOf(group, "sent");
    expect(total(values)).toBe(100 * (first + 5));
    expect(values.filter(([{ connection }]) => Number(connection) >= first)).toHaveLength(5);
  }
});

test("observed series that a live member no longer observes leave after the time to live", async () => {
  const options = { seriesTimeToLive: 10 };
  const group = new TestGroup({ options });
  const member = group.join();
  let [connection, sent] = [1, 100];
  member.provider
    .getMeter("net")
    .createObservableCounter("sent")
    .addCallback((result) => result.observe(sent, { connection }));
  member.report();
  await valuesOf(group, "sent");
  connection = 2;
  vi.advanceTimersByTime(9_000);
  member.report();
  expect(total(await valuesOf(group, "sent"))).toBe(200);
  vi.advanceTimersByTime(11_000);
  member.report();
  expect(await valuesOf(group, "sent")).toEqual([[{ connection: 2 }, 100]]);
  [connection, sent] = [1, 130];
  member.report();
  expect(total(await valuesOf(group, "sent"))).toBe(130);
});

test("observed totals stay exact if thousands of series come and go within the overflow", async () => {
  const group = new TestGroup({ options: { cardinalityLimit: 2 } });
  const member = group.join();
  const observed = new Map<number, number>();
  member.provider
    .getMeter("shop")
    .createObservableCounter("sent")
    .addCallback((result) => {
      for (const [series, value] of observed) result.observe(value, { series });
    });
  let expected = 0;
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 100; i++) observed.set(round * 100 + i, i);
    expected += 4_950;
    member.report();
    expect(total(await valuesOf(group, "sent"))).toBe(expected);
    observed.clear();
    // One of the former series comes again.
    if (round > 0) observed.set(round * 100 - 1, 99);
  }
});
