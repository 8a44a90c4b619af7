// Metrics of prom-client in a group: series that are reset, removed, missing for a while, and of members that end.
import { createRequire } from "node:module";
import { afterEach, expect, test } from "vitest";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import { scopeFrom } from "../../../src/engine/scope.ts";
import { Interner } from "../../../src/engine/series/interner.ts";
import type { ImageReader } from "../../../src/group/memory/image-reader.ts";
import { NO_RESOURCE } from "../../../src/group/merge/departed.ts";
import { mergeInto } from "../../../src/group/merge/group-merge.ts";
import type { MergedMember } from "../../../src/group/merge/group-merge.ts";
import { BridgedMetric, type ReadMetric } from "../../../src/prom-client/bridge/bridged-metric.ts";
import * as own from "../../../src/prom-client/index.ts";
import { type JoiningMetric, ownMetricOf } from "../../../src/prom-client/own-metric.ts";
import { OpenReader } from "../../engine/our-provider.ts";
import { TestState } from "../members.ts";

const real: typeof import("prom-client") = createRequire(import.meta.url)("prom-client");
const scope = scopeFrom("prom-client", "", {});
const packages = [
  ["prom-client", real],
  ["our prom-client", own],
] as const;

afterEach(() => {
  real.register.clear();
  own.register.clear();
});

function sideOf(metric: object): JoiningMetric {
  const ofOurs = ownMetricOf(metric);
  if (ofOurs !== undefined) return ofOurs;
  if (!isReadable(metric)) throw new TypeError("not a metric");
  return new BridgedMetric(metric, real.register, () => {});
}

function isReadable(metric: object): metric is ReadMetric {
  return "name" in metric && "get" in metric;
}

// A process that reports the metrics that it is given.
class Member {
  readonly #state = new TestState();
  readonly #interner = new Interner();

  get image(): ImageReader {
    return this.#state.image;
  }

  async report(...sides: readonly JoiningMetric[]): Promise<void> {
    for (const side of sides) await side.collect();
    const metrics = sides.flatMap((side) => [...side.collected(this.#interner, scope, this)]);
    const interner = this.#interner;
    this.#state.put({ resource: NO_RESOURCE, timeUnixMillis: 0, metrics, interner, errors: [] });
  }
}

class Group {
  readonly #reader = new OpenReader();
  readonly #provider = new MeterProvider({ readers: [this.#reader] });
  readonly #merge = mergeInto(this.#provider);
  readonly #joined = new Map<Member, MergedMember>();

  join(): Member {
    const member = new Member();
    const slot = this.#merge.freeSlot();
    const merged = { name: `member ${slot}`, slot, image: member.image };
    this.#joined.set(member, merged);
    this.#merge.add(merged);
    return member;
  }

  leave(member: Member): void {
    const merged = this.#joined.get(member);
    if (merged !== undefined) this.#merge.leave(merged);
  }

  hasOwn(side: JoiningMetric): boolean {
    return side
      .collected(new Interner(), scope, this)
      .every(({ origin }) => origin !== undefined && this.#merge.streams.has(origin, origin.aggregation));
  }

  /** First cells and sums of all series, by name and attributes. */
  figures(): Record<string, number | number[]> {
    const found: Record<string, number | number[]> = {};
    for (const { descriptor, series, kind } of this.#reader.producer.collectSync().metrics)
      series.visit(0, series.length, {
        series: (cells, offset, row) => {
          const name = [descriptor.name, ...Object.values(series.attributesOf(row))].join(" ");
          const [first = NaN, sum = NaN] = cells.subarray(offset, offset + 2);
          found[name] = kind === "histogram" ? [first, sum] : first;
        },
      });
    return found;
  }
}

test.each(packages)(
  "a histogram of %s that is missing in a report counts once when it returns",
  async (_, client) => {
    const group = new Group();
    const [member, other] = [group.join(), group.join()];
    const histogram = new client.Histogram({ name: "wait", help: "h", buckets: [1, 2] });
    const side = sideOf(histogram);
    const others = sideOf(new client.Histogram({ name: "wait", help: "h", buckets: [1, 2], registers: [] }));
    for (let i = 0; i < 10; i++) histogram.observe(1);
    await other.report(others);
    await member.report(side);
    expect(group.figures()["wait"]).toEqual([10, 10]);
    await member.report();
    expect(group.figures()["wait"]).toEqual([10, 10]);
    histogram.observe(2);
    await member.report(side);
    expect(group.figures()["wait"]).toEqual([11, 12]);
  },
);

test.each(packages)("a histogram of %s that is reset adds to its earlier figures", async (_, client) => {
  const group = new Group();
  const member = group.join();
  const histogram = new client.Histogram({ name: "wait", help: "h", buckets: [1, 2], labelNames: ["a"] });
  const side = sideOf(histogram);
  for (let i = 0; i < 10; i++) histogram.observe({ a: "x" }, 1);
  await member.report(side);
  expect(group.figures()["wait x"]).toEqual([10, 10]);
  histogram.reset();
  histogram.observe({ a: "x" }, 2);
  await member.report(side);
  expect(group.figures()["wait x"]).toEqual([11, 12]);
  histogram.zero({ a: "x" });
  await member.report(side);
  expect(group.figures()["wait x"]).toEqual([11, 12]);
  histogram.observe({ a: "x" }, 1);
  await member.report(side);
  expect(group.figures()["wait x"]).toEqual([12, 13]);
  group.leave(member);
  expect(group.figures()["wait x"]).toEqual([12, 13]);
});

test.each(packages)("the sum of a summary of %s may fall, and adds up after a reset", async (_, client) => {
  const group = new Group();
  const member = group.join();
  const summary = new client.Summary({ name: "size", help: "h", percentiles: [] });
  const side = sideOf(summary);
  summary.observe(10);
  await member.report(side);
  expect(group.figures()).toEqual({ size_sum: 10, size_count: 1 });
  summary.observe(-3);
  await member.report(side);
  expect(group.figures()).toEqual({ size_sum: 7, size_count: 2 });
  summary.reset();
  summary.observe(1);
  await member.report(side);
  expect(group.figures()).toEqual({ size_sum: 8, size_count: 3 });
  await member.report();
  group.figures();
  summary.observe(1);
  await member.report(side);
  expect(group.figures()).toEqual({ size_sum: 9, size_count: 4 });
  group.leave(member);
  expect(group.figures()).toEqual({ size_sum: 9, size_count: 4 });
});

test.each(packages)("a series of %s is gone once all live members have removed it", async (_, client) => {
  const group = new Group();
  const [member, other] = [group.join(), group.join()];
  const counterOf = (): own.Counter<"a"> | import("prom-client").Counter<"a"> =>
    new client.Counter({ name: "orders", help: "h", labelNames: ["a"], registers: [] });
  const [counter, others] = [counterOf(), counterOf()];
  const histogram = new client.Histogram({ name: "wait", help: "h", buckets: [1], labelNames: ["a"] });
  const sides = [sideOf(counter), sideOf(histogram)];
  const ofOther = sideOf(others);
  counter.inc({ a: "x" }, 5);
  histogram.observe({ a: "x" }, 1);
  others.inc({ a: "x" }, 2);
  await member.report(...sides);
  await other.report(ofOther);
  expect(group.figures()).toEqual({ "orders x": 7, "wait x": [1, 1] });
  counter.remove({ a: "x" });
  histogram.remove({ a: "x" });
  await member.report(...sides);
  // The other's sum does not fall.
  expect(group.figures()).toEqual({ "orders x": 7 });
  others.remove({ a: "x" });
  await other.report(ofOther);
  expect(group.figures()).toEqual({});
  counter.inc({ a: "y" }, 1);
  histogram.observe({ a: "x" }, 1);
  await member.report(...sides);
  expect(group.figures()).toEqual({ "orders y": 1, "wait x": [1, 1] });
});

test("histograms with different boundaries are one metric", async () => {
  const group = new Group();
  const [member, other] = [group.join(), group.join()];
  const reportOf = async (reporting: Member, buckets: number[]): Promise<JoiningMetric> => {
    const histogram = new own.Histogram({ name: "wait", help: "h", buckets, registers: [] });
    histogram.observe(1);
    const side = sideOf(histogram);
    await reporting.report(side);
    return side;
  };
  await reportOf(member, [1, 2]);
  const second = await reportOf(other, [3]);
  expect(group.figures()).toEqual({ wait: [1, 1] });
  // A process leaves out its own figures of a metric that the group has.
  expect(group.hasOwn(second)).toBe(true);
});
