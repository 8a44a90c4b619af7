import type { Attributes } from "@opentelemetry/api";
import { expect, test, vi } from "vitest";
import { AggregationTemporality } from "../../../src/engine/sdk-values.ts";
import { deltaReader, metricsOf } from "../../engine/our-provider.ts";
import { TestGroup, valuesOf } from "../members.ts";

test("counters of all members are added up, by attributes", async () => {
  const group = new TestGroup();
  const [a, b] = [group.join(), group.join()];
  group.provider.getMeter("shop").createCounter("orders").add(1, { kind: "card" });
  a.provider.getMeter("shop").createCounter("orders").add(10, { kind: "card" });
  b.provider.getMeter("shop").createCounter("orders").add(100, { kind: "cash" });
  b.provider.getMeter("shop").createCounter("only.b").add(5);
  expect(await valuesOf(group, "orders")).toEqual([
    [{ kind: "card" }, 11],
    [{ kind: "cash" }, 100],
  ]);
  expect(await valuesOf(group, "only.b")).toEqual([[{}, 5]]);
  a.provider.getMeter("shop").createCounter("orders").add(1, { kind: "cash" });
  expect(await valuesOf(group, "orders")).toEqual([
    [{ kind: "card" }, 11],
    [{ kind: "cash" }, 101],
  ]);
});

test("a counter keeps what members that have ended have counted", async () => {
  const group = new TestGroup();
  for (let i = 0; i < 5; i++) {
    const member = group.join();
    member.provider.getMeter("shop").createCounter("orders").add(0.1);
    member.provider.getMeter("shop").createUpDownCounter("open").add(1);
    if (i % 2 === 0) await valuesOf(group, "orders");
    group.leave(member);
  }
  expect(await valuesOf(group, "orders")).toEqual([[{}, expect.closeTo(0.5, 12)]]);
  expect(await valuesOf(group, "open")).toEqual([]);
});

test("a recorded 0 is a value", async () => {
  const group = new TestGroup();
  group.join().provider.getMeter("shop").createCounter("orders").add(0);
  expect(await valuesOf(group, "orders")).toEqual([[{}, 0]]);
});

test("delta readers get what members have counted since their last collection", async () => {
  const group = new TestGroup({ temporality: AggregationTemporality.DELTA });
  const member = group.join();
  const own = group.provider.getMeter("shop").createCounter("orders");
  const theirs = member.provider.getMeter("shop").createCounter("orders");
  own.add(1);
  theirs.add(10);
  expect(await valuesOf(group, "orders")).toEqual([[{}, 11]]);
  expect(await valuesOf(group, "orders")).toEqual([]);
  theirs.add(20);
  expect(await valuesOf(group, "orders")).toEqual([[{}, 20]]);
  theirs.add(5);
  own.add(2);
  group.leave(member);
  expect(await valuesOf(group, "orders")).toEqual([[{}, 7]]);
  expect(await valuesOf(group, "orders")).toEqual([]);
});

test("a delta reader that is added later gets what members record from then on", async () => {
  const group = new TestGroup({ options: { seriesTimeToLive: 10 } });
  const member = group.join();
  const record = (value: number, series: number): void => {
    member.provider.getMeter("shop").createCounter("orders").add(value, { series });
    member.provider.getMeter("shop").createHistogram("sizes").record(value, { series });
  };
  record(1_000, 1);
  await group.collect();
  const later = deltaReader();
  group.provider.addReader(later);
  record(1, 1);
  record(2, 2);
  const pointsOf = async (): Promise<unknown> =>
    (await metricsOf(later)).flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
  expect(await pointsOf()).toEqual([
    1,
    2,
    expect.objectContaining({ count: 1 }),
    expect.objectContaining({ count: 1 }),
  ]);
  expect(await pointsOf()).toEqual([]);
});

test("a delta reader that was removed does not keep series beyond their time to live", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  try {
    const group = new TestGroup({ options: { seriesTimeToLive: 10 } });
    const removed = deltaReader();
    group.provider.addReader(removed);
    const member = group.join();
    for (let series = 0; series < 30; series++) {
      member.provider.getMeter("shop").createCounter("orders").add(1, { series });
      member.report();
      if (series < 5) await removed.collect();
      else group.provider.removeReader(removed);
      await group.collect();
      vi.advanceTimersByTime(3_000);
    }
    expect((await valuesOf(group, "orders")).length).toBeLessThan(10);
  } finally {
    vi.useRealTimers();
  }
});

test("observed totals of members are added up, and stay when the member ends", async () => {
  const group = new TestGroup();
  const [a, b] = [group.join(), group.join()];
  let total = 5;
  for (const { provider } of [group, a, b])
    provider
      .getMeter("shop")
      .createObservableCounter("cpu")
      .addCallback((result) => {
        if (total > 0) result.observe(total, { core: 0 });
      });
  a.report();
  b.report();
  expect(await valuesOf(group, "cpu")).toEqual([[{ core: 0 }, 15]]);
  total = 6;
  a.report();
  expect(await valuesOf(group, "cpu")).toEqual([[{ core: 0 }, 17]]);
  group.leave(a);
  expect(await valuesOf(group, "cpu")).toEqual([[{ core: 0 }, 17]]);
  // Not observed for a while, then further.
  total = 0;
  b.report();
  expect(await valuesOf(group, "cpu")).toEqual([[{ core: 0 }, 11]]);
  total = 7;
  b.report();
  expect(await valuesOf(group, "cpu")).toEqual([[{ core: 0 }, 20]]);
});

test("a stream is the same in all members, whatever its advice and the attributes of its scope are", async () => {
  const group = new TestGroup();
  const circular = { explicitBucketBoundaries: [0.1, 0.5, Infinity] };
  Object.assign(circular, { parent: circular, big: 1n });
  for (const { provider } of [group, group.join(), group.join()]) {
    provider.getMeter("shop").createHistogram("latency", { advice: circular }).record(0.2);
    for (const region of [NaN, Infinity, -Infinity, new Uint8Array([1, 2]), [1, NaN], "x"]) {
      const attributes: Attributes = {};
      Reflect.set(attributes, "region", region);
      provider.getMeter("shop", "1", { attributes }).createCounter("orders").add(1);
    }
    provider.getMeter("shop").createCounter("later").add(1);
  }
  const { metrics } = await group.collect();
  const found = metrics.flatMap(({ descriptor, series }) => {
    const counts: [string, number][] = [];
    series.visit(0, series.length, {
      series: (cells, offset) => void counts.push([descriptor.name, cells[offset]!]),
    });
    return counts;
  });
  expect(found).toEqual([["latency", 3], ["later", 3], ...Array.from({ length: 6 }, () => ["orders", 3])]);
});
