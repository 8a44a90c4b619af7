import { diag } from "@opentelemetry/api";
import { afterEach, expect, test, vi } from "vitest";
import { metricSources } from "../../src/engine/collection/metric-source.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { scopeFrom } from "../../src/engine/scope.ts";
import { start, type Tachymeter } from "../../src/index.ts";
import { Counter, Gauge, Histogram, register, Registry, Summary } from "../../src/prom-client/index.ts";
import { heldBytes } from "../engine/memory.ts";
import { metricsOf, OpenReader, pointsOf } from "../engine/our-provider.ts";

let telemetry: Tachymeter | undefined;

afterEach(async () => {
  await telemetry?.shutdown();
  register.clear();
});

async function scrapeOf(): Promise<string> {
  telemetry = start({
    readers: [{ type: "prometheus", port: 0, scopeLabels: false }],
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
  });
  await telemetry.ready;
  const scraped = await fetch(telemetry.prometheusUrl ?? "");
  return scraped.text();
}

const linesOf = (text: string, name: string): string[] =>
  text.split("\n").filter((line) => line.startsWith(name));

test("metrics of all types are on the SDK's endpoint under their own names, each series once", async () => {
  const counter = new Counter({ name: "orders", help: "Orders", labelNames: ["country"] });
  counter.inc({ country: "nz" }, 2);
  const load = new Gauge({
    name: "load_ratio",
    help: "Load",
    collect() {
      this.set(0.5);
    },
  });
  new Histogram({ name: "size", help: "Size", buckets: [1, 2], labelNames: ["a"] }).observe({ a: "x" }, 1.5);
  const summary = new Summary({ name: "wait", help: "Wait", percentiles: [0.5] });
  for (const value of [1, 2, 3]) summary.observe(value);
  const text = await scrapeOf();
  expect(linesOf(text, "orders")).toEqual(['orders{country="nz"} 2']);
  expect(linesOf(text, "# TYPE orders ")).toEqual(["# TYPE orders counter"]);
  expect(load.name).toBe("load_ratio");
  expect(linesOf(text, "load_ratio")).toEqual(["load_ratio 0.5"]);
  expect(linesOf(text, "size")).toEqual([
    'size_bucket{a="x",le="1"} 0',
    'size_bucket{a="x",le="2"} 1',
    'size_bucket{a="x",le="+Inf"} 1',
    'size_sum{a="x"} 1.5',
    'size_count{a="x"} 1',
  ]);
  expect(linesOf(text, "wait")).toEqual(['wait{quantile="0.5"} 2', "wait_sum 6", "wait_count 3"]);
});

test("the quantiles of a summary are one metric, also with removed series and default labels", async () => {
  const reader = new OpenReader();
  new MeterProvider({ readers: [reader] }).collectSources(metricSources());
  const summary = new Summary({ name: "wait", help: "Wait", labelNames: ["a"], percentiles: [0.5, 1] });
  for (const [i, a] of ["x", "y", "z"].entries()) for (const more of [1, 2]) summary.observe({ a }, i + more);
  const metrics = (await metricsOf(reader)).filter(({ descriptor }) => descriptor.name.startsWith("wait"));
  expect(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.length])).toEqual([
    ["wait", 6],
    ["wait_sum", 3],
    ["wait_count", 3],
  ]);
  summary.remove("x");
  register.setDefaultLabels({ app: "shop" });
  expect(await pointsOf(reader, "wait")).toEqual([
    [{ app: "shop", a: "y", quantile: "0.5" }, 2.5],
    [{ app: "shop", a: "y", quantile: "1" }, 3],
    [{ app: "shop", a: "z", quantile: "0.5" }, 3.5],
    [{ app: "shop", a: "z", quantile: "1" }, 4],
  ]);
});

test("a snapshot has them, too, also those that are created and removed after the start", async () => {
  await scrapeOf();
  const gauge = new Gauge({ name: "carts", help: "Carts", labelNames: ["shop"] });
  gauge.set({ shop: "north" }, 1);
  gauge.set({ shop: "south" }, 2);
  expect((await telemetry?.snapshot())?.metrics['carts{shop="north"}']?.value).toBe(1);
  gauge.remove({ shop: "north" });
  gauge.set({ shop: "west" }, 3);
  const { metrics = {} } = (await telemetry?.snapshot()) ?? {};
  expect(Object.keys(metrics).filter((name) => name.startsWith("carts"))).toEqual([
    'carts{shop="west"}',
    'carts{shop="south"}',
  ]);
});

test("default labels are on all series, those of a series win, and a change shows in the next collection", async () => {
  register.setDefaultLabels({ app: "shop", country: "none", shard: 2 });
  new Counter({ name: "orders", help: "Orders", labelNames: ["country"] }).inc({ country: "nz" });
  new Gauge({ name: "load", help: "Load" }).set(1);
  new Histogram({ name: "size", help: "Size", buckets: [1] }).observe(0.5);
  new Summary({ name: "wait", help: "Wait", percentiles: [0.5] }).observe(1);
  const other = new Registry();
  new Gauge({ name: "bare", help: "Bare", registers: [other] }).set(1);
  const text = await scrapeOf();
  const sorted = (name: string): string[] =>
    linesOf(text, name).map((line) =>
      line.replace(/\{(.*)\}/, (_, labels) => `{${labels.split(",").toSorted()}}`),
    );
  expect(sorted("orders")).toEqual(['orders{app="shop",country="nz",shard="2"} 1']);
  expect(sorted("load")).toEqual(['load{app="shop",country="none",shard="2"} 1']);
  expect(sorted("size_count")).toEqual(['size_count{app="shop",country="none",shard="2"} 1']);
  expect(sorted("wait{")).toEqual(['wait{app="shop",country="none",quantile="0.5",shard="2"} 1']);
  expect(sorted("bare")).toEqual(["bare 1"]);
  register.setDefaultLabels({ app: "store" });
  const namesOf = async (): Promise<string[]> => Object.keys((await telemetry?.snapshot())?.metrics ?? {});
  expect(await namesOf()).toContain('load{app="store"}');
  expect(await namesOf()).toContain('orders{app="store",country="nz"}');
  register.setDefaultLabels({});
  expect(await namesOf()).toContain("load");
});

test("metrics of one name in two registries stay apart", async () => {
  const [one, other] = [new Registry(), new Registry()];
  new Gauge({ name: "twice", help: "h", registers: [one] }).set(1);
  new Gauge({ name: "twice", help: "h", registers: [other] }).set(2);
  expect(await one.metrics()).toContain("twice 1\n");
  expect(await other.metrics()).toContain("twice 2\n");
  telemetry = start({
    readers: [{ type: "prometheus", port: 0 }],
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
  });
  await telemetry.ready;
  const text = await (await fetch(telemetry.prometheusUrl ?? "")).text();
  const lines = linesOf(text, "twice");
  expect(lines.length).toBe(2);
  expect(lines[0]).toBe('twice{otel_scope_name="prom-client"} 1');
  expect(lines[1]).toMatch(/^twice\{otel_scope_name="prom-client",otel_scope_registry="\d+"\} 2$/);
  // Both are referred to until here.
  one.clear();
  other.clear();
});

test("registries that each request makes are few in collections, under the same numbers again", async () => {
  const warn = vi.spyOn(diag, "warn");
  const first = new Registry();
  new Gauge({ name: "probe", help: "h", registers: [first] }).set(0);
  const reader = new OpenReader();
  new MeterProvider({ readers: [reader] }).collectSources(metricSources());
  const numbersOfRegistries = async (): Promise<number[]> => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.map(({ scope: { name, version = "", ...options } }) =>
      Number(scopeFrom(name, version, options).attributes?.["registry"] ?? 0),
    );
  };
  let late = first;
  for (let round = 0; round < 2; round++) {
    let probes: Registry[] = [];
    for (let i = 0; i < 300; i++) {
      const probe = new Registry();
      probes.push(probe);
      new Gauge({ name: "probe", help: "h", registers: [probe] }).set(i);
      expect(await probe.metrics()).toContain(`probe ${i}\n`);
    }
    // It gets a place at its next reading.
    late = new Registry();
    new Gauge({ name: "late", help: "h", registers: [late] }).set(1);
    const numbers = await numbersOfRegistries();
    expect(numbers.length).toBeGreaterThan(200);
    expect(Math.max(...numbers)).toBeLessThan(256);
    expect(probes.length).toBe(300);
    probes = [];
    await heldBytes();
  }
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    expect.stringContaining("prom-client: 256 registries are in use"),
  ]);
  warn.mockRestore();
  expect(await late.metrics()).toContain("late 1\n");
  expect(await pointsOf(reader, "late")).toEqual([[{}, 1]]);
  first.clear();
});

test("a callback that fails does not keep other metrics out of a collection", async () => {
  const broken = new Gauge({
    name: "broken",
    help: "h",
    collect() {
      throw new Error("no figure");
    },
  });
  new Gauge({ name: "whole", help: "h" }).set(4);
  expect(linesOf(await scrapeOf(), "whole")).toEqual(["whole 4"]);
  await expect(broken.get()).rejects.toThrow("no figure");
  await expect(register.metrics()).rejects.toThrow("no figure");
});

test("a callback that hangs delays a collection by 5 seconds once, and the errors of others are reported", async () => {
  const reader = new OpenReader();
  new MeterProvider({ readers: [reader] }).collectSources(metricSources());
  let calls = 0;
  let release = (): void => {};
  new Gauge({
    name: "hanging",
    help: "h",
    async collect() {
      calls++;
      if (calls === 1) await new Promise<void>((resolve) => (release = resolve));
    },
  }).set(3);
  new Gauge({ name: "broken", help: "h", collect: () => Promise.reject(new Error("no figure")) }).set(1);
  const errorsOf = async (): Promise<readonly unknown[]> =>
    (await reader.producer.collectSeries()).errors.map(String).toSorted();
  const begin = performance.now();
  expect(await errorsOf()).toEqual([
    "Error: no figure",
    'TimeoutError: metric "hanging": its callback `collect` has not ended after 5 s and is not called again until it has; make it end sooner',
  ]);
  expect(performance.now() - begin).toBeGreaterThan(4_900);
  expect(await errorsOf()).toEqual(["Error: no figure"]);
  expect(performance.now() - begin).toBeLessThan(9_900);
  expect(calls).toBe(1);
  release();
  await new Promise(setImmediate);
  await errorsOf();
  expect(calls).toBe(2);
}, 30_000);

test("a counter without labels counts on after its series was removed", async () => {
  const counter = new Counter({ name: "orders", help: "h" });
  const calls = new Counter({ name: "calls", help: "h" });
  for (const each of [counter, calls]) {
    each.inc();
    each.remove();
    each.inc();
  }
  expect(await register.getSingleMetricAsString("orders")).toContain("orders 1");
  expect(linesOf(await scrapeOf(), "calls")).toEqual(["calls 1"]);
});
