import { diag, type ObservableResult } from "@opentelemetry/api";
import { MeterProvider, TimeoutError } from "tachymeter/metrics";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Members } from "../../src/engine/streams/members.ts";
import { callWith } from "../facades/call-with.ts";
import { ourProvider } from "./our-provider.ts";
import { deltaReader, pointsOf } from "./pulled.ts";

beforeEach(() => diag.disable());

test("callbacks that throw, reject or hang are counted and lose only their own observations", async () => {
  const { meter, reader } = ourProvider({ sdkMetricsEnabled: true });
  const gauge = meter.createObservableGauge("g");
  gauge.addCallback((result) => {
    result.observe(1, { by: "throwing" });
    throw new Error("thrown");
  });
  gauge.addCallback(async (result) => {
    result.observe(2, { by: "rejecting" });
    return Promise.reject(new Error("rejected"));
  });
  gauge.addCallback((result) => {
    result.observe(3, { by: "hanging" });
    return new Promise(() => {});
  });
  gauge.addCallback((result) => result.observe(4, { by: "good" }));
  const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: 20 });
  expect(errors).toEqual([new Error("thrown"), new Error("rejected"), expect.any(TimeoutError)]);
  expect(pointsOf(resourceMetrics, "g")).toEqual([[{ by: "good" }, 4]]);
  const dropped = pointsOf(
    (await reader.collect({ timeoutMillis: 20 })).resourceMetrics,
    "telemetry.dropped",
  );
  expect(dropped).toContainEqual([{ reason: "callback_error" }, expect.any(Number)]);
  expect(dropped).toContainEqual([{ reason: "callback_timeout" }, expect.any(Number)]);
});

test("a callback may throw something other than an Error", async () => {
  const { meter, collect } = ourProvider();
  for (const thrown of [undefined, null, "text", 5, Symbol("s")]) {
    meter.createObservableGauge("g").addCallback(() => {
      throw thrown;
    });
  }
  meter.createObservableGauge("good").addCallback((result) => result.observe(1));
  const { resourceMetrics, errors } = await collect();
  expect(errors).toHaveLength(5);
  expect(pointsOf(resourceMetrics, "good")).toEqual([[{}, 1]]);
});

test("a callback that hangs without a time limit does not hold up a collection that has one", async () => {
  const { meter, reader } = ourProvider();
  meter.createObservableGauge("stuck").addCallback(() => new Promise(() => {}));
  meter.createCounter("c").add(1);
  for (let i = 0; i < 20; i++) {
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: 2 });
    expect(errors).toEqual([expect.any(TimeoutError)]);
    expect(pointsOf(resourceMetrics, "c")).toEqual([[{}, 1]]);
  }
});

test("observations after the end or time-out of the callback are left out", async () => {
  const { meter, reader, points } = ourProvider();
  const kept: ObservableResult[] = [];
  let release = (): void => {};
  const gauge = meter.createObservableGauge("g");
  gauge.addCallback((result) => {
    kept.push(result);
    result.observe(1);
  });
  gauge.addCallback(async (result) => {
    await new Promise<void>((resolve) => (release = resolve));
    result.observe(2, { by: "late" });
  });
  const first = await reader.collect({ timeoutMillis: 10 });
  expect(pointsOf(first.resourceMetrics, "g")).toEqual([[{}, 1]]);
  release();
  kept[0]!.observe(99, { by: "kept" });
  // Once the late call has ended, the callback is called again.
  await new Promise((resolve) => setImmediate(resolve));
  const second = points("g");
  await new Promise((resolve) => setImmediate(resolve));
  release();
  expect(await second).toEqual([
    [{}, 1],
    [{ by: "late" }, 2],
  ]);
});

test("collections of one provider run one after the other, including callbacks", async () => {
  const readers = [deltaReader(), deltaReader()];
  const meter = new MeterProvider({ readers }).getMeter("test");
  let running = 0;
  let most = 0;
  let asked = 0;
  meter.createObservableCounter("c").addCallback(async (result) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    result.observe(++asked);
    running--;
  });
  const results = await Promise.all([...readers, ...readers, ...readers].map((reader) => reader.collect()));
  expect(most).toBe(1);
  expect(asked).toBe(6);
  const deltas = results.map(({ resourceMetrics }) => pointsOf(resourceMetrics, "c")[0]?.[1]);
  const byReader = [0, 1].map((first) =>
    deltas.filter((_, i) => i % 2 === first).reduce<number>((total, delta) => total + Number(delta), 0),
  );
  expect(Math.max(...byReader)).toBe(6);
  expect(Math.min(...byReader)).toBe(5);
});

test.each([
  ["alone", false],
  ["in a group, to which it reports first", true],
])(
  "a collection %s leaves out a slow callback that another reader waits for, and ends in time",
  async (_, isInGroup) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const [slow, scraping, reporting] = [deltaReader(), deltaReader(), deltaReader()];
    const provider = new MeterProvider({ readers: [slow, scraping, reporting] });
    const meter = provider.getMeter("test");
    meter.createObservableGauge("slow").addCallback(() => new Promise(() => {}));
    meter.createObservableGauge("quick").addCallback(async (result) => result.observe(1));
    const prepare = async (): Promise<void> => void (await reporting.collect());
    if (isInGroup)
      provider.joinGroup(() => ({ membersFor: (reader) => membersOf(reader, scraping, prepare) }));
    const others = [slow.collect(), slow.collect()];
    const scraped = scraping.collect({ timeoutMillis: 400 });
    await vi.advanceTimersByTimeAsync(399);
    const { resourceMetrics } = await scraped;
    expect(pointsOf(resourceMetrics, "quick")).toEqual([[{}, 1]]);
    const [first] = await Promise.all(others);
    expect(first?.errors).toEqual([expect.any(TimeoutError)]);
    expect(pointsOf(first!.resourceMetrics, "quick")).toEqual([[{}, 1]]);
  },
);

test("a collection does not cut short one whose time ends earlier", async () => {
  const readers = [deltaReader(), deltaReader()];
  const meter = new MeterProvider({ readers }).getMeter("test");
  meter.createObservableGauge("slow").addCallback(async (result) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    result.observe(1);
  });
  const results = await Promise.all(readers.map((reader) => reader.collect({ timeoutMillis: 100 })));
  expect(results.map(({ resourceMetrics }) => pointsOf(resourceMetrics, "slow"))).toEqual([
    [[{}, 1]],
    [[{}, 1]],
  ]);
});

test("a collection that a callback starts runs after the one that called it", async () => {
  const { meter, reader } = ourProvider();
  const inner: Promise<unknown>[] = [];
  const order: string[] = [];
  meter.createObservableGauge("g").addCallback((result) => {
    order.push("called");
    if (inner.length === 0) inner.push(reader.collect());
    order.push("ended");
    result.observe(inner.length);
  });
  const { errors } = await reader.collect();
  expect(errors).toEqual([]);
  await Promise.all(inner);
  expect(order).toEqual(["called", "ended", "called", "ended"]);
});

test("a callback may create instruments, record, add and remove callbacks", async () => {
  const { meter, collect } = ourProvider();
  const counter = meter.createCounter("asked");
  const gauge = meter.createObservableGauge("g");
  const once = (result: ObservableResult): void => {
    gauge.removeCallback(once);
    counter.add(1);
    meter.createCounter("made inside").add(1);
    gauge.addCallback((later) => later.observe(2, { by: "added" }));
    result.observe(1, { by: "once" });
  };
  gauge.addCallback(once);
  const first = await collect();
  expect(pointsOf(first.resourceMetrics, "g")).toEqual([[{ by: "once" }, 1]]);
  expect(pointsOf(first.resourceMetrics, "asked")).toEqual([[{}, 1]]);
  const second = await collect();
  expect(pointsOf(second.resourceMetrics, "g")).toEqual([[{ by: "added" }, 2]]);
});

test("callbacks that are not functions are ignored", async () => {
  const { meter, collect } = ourProvider();
  const gauge = meter.createObservableGauge("g");
  for (const callback of [undefined, null, 5, {}]) {
    expect(() => callWith(gauge, "addCallback", callback)).not.toThrow();
    expect(() => callWith(meter, "addBatchObservableCallback", callback, [gauge])).not.toThrow();
    expect(() => callWith(meter, "addBatchObservableCallback", () => {}, callback)).not.toThrow();
  }
  gauge.addCallback((result) => result.observe(1));
  expect(pointsOf((await collect()).resourceMetrics, "g")).toEqual([[{}, 1]]);
});

// Members without figures, of one reader.
function membersOf(reader: object, only: object, prepare: () => Promise<void>): Members | undefined {
  if (reader !== only) return undefined;
  return {
    prepare,
    prepareNow: () => {},
    find: () => false,
    *refresh() {},
    merged: (_stream, _store, own) => own,
  };
}
