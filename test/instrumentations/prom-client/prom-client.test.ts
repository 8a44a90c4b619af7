import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { diag } from "@opentelemetry/api";
import { hrTimeToMilliseconds } from "@opentelemetry/core";
import { start, type Tachymeter } from "tachymeter";
import { MeterProvider } from "tachymeter/metrics";
import * as own from "tachymeter/prom-client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PullReader } from "../../kit/pull-reader.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { newFolder } from "../../kit/new-folder.ts";

// Required before Tachymeter starts, which is what an application without `--import tachymeter/register` does.
const client: typeof import("prom-client") = createRequire(import.meta.url)("prom-client");

let telemetry: Tachymeter;
let warnings: readonly string[];

beforeEach(() => {
  telemetry = start({
    readers: [{ type: "prometheus", port: 0, scopeLabels: false }],
    host: false,
    runtime: false,
    group: false,
    instrumentations: { http: false },
  });
  warnings = collectWarnings();
});

afterEach(async () => {
  vi.useRealTimers();
  await telemetry.shutdown();
  client.register.clear();
  own.register.clear();
  diag.disable();
});

async function scraped(name: string, accept = "text/plain"): Promise<readonly string[]> {
  await telemetry.ready;
  const response = await fetch(telemetry.prometheusUrl ?? "", { headers: { accept } });
  return (await response.text()).split("\n").filter((line) => line.startsWith(name));
}

// Node.js measures the delay between two turns of its timer.
async function block(): Promise<void> {
  await delay(100);
  const end = Date.now() + 500;
  while (Date.now() < end);
  await delay(100);
}

test("a counter that is named like one of ours stays apart from it", async () => {
  new client.Counter({ name: "orders", help: "h" }).inc(1);
  new own.Counter({ name: "orders", help: "h" }).inc(2);
  const lines = await scraped("orders");
  expect(lines[0]).toBe("orders 1");
  expect(lines[1]).toMatch(/^orders\{otel_scope_name="prom-client",otel_scope_registry="\d+"\} 2$/);
  expect(lines.length).toBe(2);
});

test("series that are removed, and metrics that are removed, are gone from the next collection", async () => {
  const gauge = new client.Gauge({ name: "carts", help: "h", labelNames: ["shop"] });
  gauge.set({ shop: "north" }, 1);
  gauge.set({ shop: "south" }, 2);
  expect(await scraped("carts")).toEqual(['carts{shop="north"} 1', 'carts{shop="south"} 2']);
  gauge.remove({ shop: "north" });
  gauge.set({ shop: "west" }, 3);
  expect((await scraped("carts")).toSorted()).toEqual(['carts{shop="south"} 2', 'carts{shop="west"} 3']);
  client.register.removeSingleMetric("carts");
  expect(await scraped("carts")).toEqual([]);
});

test.each([
  ["prom-client", client],
  ["tachymeter/prom-client", own],
] as const)(
  "each scrape by the application of the lag of %s has all since the one before",
  async (_, module) => {
    module.collectDefaultMetrics();
    const name = "nodejs_eventloop_lag_max_seconds";
    // The instrumentation attaches a little after the start.
    await scraped(name);
    await module.register.metrics();
    // Regular readings are two seconds apart.
    await delay(2_000);
    const [ofApplication = ""] =
      (await module.register.metrics()).match(new RegExp(`^${name} .*`, "m")) ?? [];
    expect(ofApplication).toContain(name);
    await block();
    const [ofCollection = ""] = await scraped(name);
    expect(ofCollection).toBe(ofApplication);
    const again = await module.register.metrics();
    expect(Number(new RegExp(`^${name} (.*)`, "m").exec(again)?.[1])).toBeGreaterThan(0.2);
  },
);

test.each([
  ["prom-client", client],
  ["tachymeter/prom-client", own],
] as const)("collections have the lag of %s if the application does not read it", async (_, module) => {
  module.collectDefaultMetrics();
  await block();
  const [line = ""] = await scraped("nodejs_eventloop_lag_max_seconds");
  expect(Number(line.split(" ")[1])).toBeGreaterThan(0.2);
});

test("a label whose value is undefined is shown as in prom-client's own text", async () => {
  const counter = new client.Counter({ name: "orders", help: "h", labelNames: ["country", "shop"] });
  const labels = { country: "nz" };
  Reflect.set(labels, "shop", undefined);
  counter.inc(labels);
  client.register.setDefaultLabels({ zone: undefined });
  expect(await scraped("orders")).toEqual(['orders{country="nz",shop="undefined",zone="undefined"} 1']);
  expect(await client.register.metrics()).toContain(
    'orders{country="nz",shop="undefined",zone="undefined"} 1',
  );
});

test.each([
  [
    [1, 1, 2],
    ["1", "1"],
  ],
  [
    [1, 1, 1, 2, 2, 5],
    ["1", "1", "0"],
  ],
  [
    [1, 2, 2, Infinity, Infinity],
    ["1", "1"],
  ],
])("the counts of a histogram with the buckets %j add up to its count", async (buckets, counts) => {
  const histogram = new client.Histogram({ name: "size", help: "h", buckets, labelNames: ["a"] });
  for (const a of ["x", "y"]) for (const value of [0.5, 1.5, 9]) histogram.observe({ a }, value);
  const lines = await scraped("size_bucket");
  let before = 0;
  const counted = lines.slice(0, lines.length / 2).map((line) => {
    const total = Number(line.split(" ").at(-1));
    const count = total - before;
    before = total;
    return String(count);
  });
  expect(counted).toEqual([...counts, "1"]);
  expect(before).toBe(3);
});

test("a snapshot and queries have them", async () => {
  new client.Counter({ name: "orders_total", help: "h", labelNames: ["a"] }).inc({ a: "x" }, 3);
  expect((await telemetry.snapshot()).metrics['orders_total{a="x"}']?.value).toBe(3);
});

test("a counter that was reset has a later start time", async () => {
  const reader = new PullReader();
  const { meterProvider } = telemetry;
  if (!(meterProvider instanceof MeterProvider)) throw new Error("not our provider");
  meterProvider.addReader(reader);
  const counter = new client.Counter({ name: "orders", help: "h" });
  const collected = async () => {
    const { resourceMetrics } = await reader.collect();
    const points = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    const [point] = points.find(({ descriptor }) => descriptor.name === "orders")?.dataPoints ?? [];
    return { value: point?.value, start: hrTimeToMilliseconds(point?.startTime ?? [0, 0]) };
  };
  counter.inc(5);
  const before = await collected();
  expect(before.value).toBe(5);
  await vi.waitUntil(() => Date.now() > before.start);
  counter.reset();
  counter.inc(2);
  const after = await collected();
  expect(after.value).toBe(2);
  expect(after.start).toBeGreaterThan(before.start);
});

test("a metric that is made during a collection joins the next one, with its help text", async () => {
  let isMade = false;
  const first = new client.Gauge({
    name: "first",
    help: "h",
    async collect() {
      await Promise.resolve();
      if (!isMade) new client.Counter({ name: "late", help: "h" }).inc();
      isMade = true;
      this.set(1);
    },
  });
  first.set(0);
  await telemetry.shutdown();
  // A group asks for the streams of each metric, by its description.
  telemetry = start({
    readers: [{ type: "prometheus", port: 0, scopeLabels: false }],
    host: false,
    runtime: false,
    group: { directory: newFolder("group") },
    instrumentations: { http: false },
  });
  warnings = collectWarnings();
  expect(await scraped("first")).toEqual(["first 1"]);
  expect(await scraped("late")).toEqual(["late 1"]);
  expect(await scraped("# HELP late")).toEqual(["# HELP late h"]);
  expect(warnings).toEqual([]);
});

test("a metric that moved to another registry has its default labels", async () => {
  client.register.setDefaultLabels({ zone: "a" });
  const other = new client.Registry();
  other.setDefaultLabels({ zone: "b" });
  const gauge = new client.Gauge({ name: "carts", help: "h", registers: [client.register, other] });
  gauge.set(1);
  expect(await scraped("carts")).toEqual(['carts{zone="a"} 1']);
  client.register.removeSingleMetric("carts");
  expect(await scraped("carts")).toEqual(['carts{zone="b"} 1']);
  client.register.setDefaultLabels({});
});

// Version 14, which is tested by `npm run test:matrix`, has no exemplars.
const hasExemplars = "OPENMETRICS_CONTENT_TYPE" in client.Registry;

test.runIf(hasExemplars)("exemplars of OpenMetrics registries come along", async () => {
  const registry = new client.Registry<import("prom-client").OpenMetricsContentType>();
  registry.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE);
  const configuration = { help: "h", registers: [registry], enableExemplars: true };
  const counter = new client.Counter({ ...configuration, name: "paid_total" });
  counter.inc({ value: 2, labels: {}, exemplarLabels: { traceId: "0af7651916cd43dd8448eb211c80319c" } });
  const sizes = new client.Histogram({ ...configuration, name: "size", buckets: [1, 2] });
  sizes.observe({ value: 1.5, labels: {}, exemplarLabels: { order: "17" } });
  // Removes `_total` from the counter's name.
  await registry.metrics();
  const [paid] = await scraped("paid_total", "application/openmetrics-text");
  expect(paid).toMatch(/^paid_total 2 # \{trace_id="0af7651916cd43dd8448eb211c80319c"\} 2/);
  const buckets = await scraped('size_bucket{le="2', "application/openmetrics-text");
  expect(buckets[0]).toMatch(/ 1 # \{order="17"\} 1\.5/);
});

test("metrics whose callback throws are left out, counted and logged once", async () => {
  const broken = new client.Gauge({
    name: "broken",
    help: "h",
    collect() {
      throw new RangeError("no figure");
    },
  });
  new client.Gauge({ name: "whole", help: "h" }).set(4);
  for (let i = 0; i < 2; i++) expect(await scraped("whole")).toEqual(["whole 4"]);
  expect(await scraped("broken")).toEqual([]);
  await expect(broken.get()).rejects.toThrow("no figure");
  expect(warnings.filter((each) => each.includes('"broken" of prom-client is left out')).length).toBe(1);
  expect(await scraped("prom_client_collect_failures_total")).toEqual([
    expect.stringMatching(/error_type="RangeError"\} \d+$/),
  ]);
});

test("a callback that hangs delays a collection by 5 seconds once, and is not called again", async () => {
  let calls = 0;
  let release = (): void => {};
  const gauge = new client.Gauge({
    name: "hanging",
    help: "h",
    async collect() {
      calls++;
      if (calls === 1) await new Promise<void>((resolve) => (release = resolve));
      else this.set(7);
    },
  });
  new client.Gauge({ name: "whole", help: "h" }).set(4);
  await telemetry.ready;
  const begin = performance.now();
  expect(await scraped("whole")).toEqual(["whole 4"]);
  expect(performance.now() - begin).toBeGreaterThan(4_900);
  expect(await scraped("hanging")).toEqual([]);
  expect(await scraped("whole")).toEqual(["whole 4"]);
  expect(performance.now() - begin).toBeLessThan(9_900);
  expect(calls).toBe(1);
  expect(warnings.join("\n")).toContain('"hanging" of prom-client is left out');
  release();
  await expect.poll(() => scraped("hanging")).toEqual(["hanging 7"]);
  expect(client.register.getSingleMetric("hanging")).toBe(gauge);
}, 30_000);

test("figures of other processes, which a primary combines, are not taken for its own", async () => {
  const { AggregatorRegistry } = client;
  const described = [{ name: "orders", help: "h", type: "counter", aggregator: "sum", values: [] }];
  const combined = AggregatorRegistry.aggregate([described, described]);
  expect(await combined.metrics()).toContain("# TYPE orders counter");
  expect(await scraped("orders")).toEqual([]);
});

test("after the shutdown nothing is collected, and a new start has the registries again", async () => {
  new client.Counter({ name: "orders", help: "h" }).inc(5);
  await telemetry.shutdown();
  const options = { host: false, runtime: false, group: false } as const;
  const reader = { type: "prometheus", port: 0, scopeLabels: false } as const;
  telemetry = start({ ...options, readers: [reader], instrumentations: { prom_client: false } });
  expect(await scraped("orders")).toEqual([]);
  await telemetry.shutdown();
  telemetry = start({ ...options, readers: [reader] });
  expect(await scraped("orders")).toEqual(["orders 5"]);
});
