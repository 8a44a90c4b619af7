import { diag, metrics } from "@opentelemetry/api";
import { MeterProvider as UpstreamProvider } from "@opentelemetry/sdk-metrics";
import { Custom, getCustomCollector } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { describedMetrics, SECONDS_BOUNDARIES } from "./described-metrics.ts";

const START_MILLIS = Date.UTC(2026, 0, 1);

beforeEach(() => void vi.useFakeTimers({ now: START_MILLIS, toFake: ["performance", "Date"] }));
afterEach(() => {
  vi.useRealTimers();
  diag.disable();
  metrics.disable();
});

interface Counting extends Collecting {
  readonly custom: Custom;
}

function counting(cardinalityLimit?: number): Counting {
  const collecting = collectingProvider(undefined, cardinalityLimit);
  return { ...collecting, custom: new Custom({ meterProvider: collecting.provider }) };
}

test("a counter is created at its first increment, and increments are returned as metrics", async () => {
  const { custom, point } = counting();
  expect(custom.incrementCounter("orders", 2, { country: "NO" })).toEqual({
    name: "orders",
    value: 2,
    unit: "count",
    timestamp: START_MILLIS / 1000,
    tags: { country: "NO" },
    source: "custom",
  });
  custom.incrementCounter("orders", 3, { country: "NO" });
  custom.incrementCounter("orders");
  expect(await point("orders", { country: "NO" })).toBe(5);
  expect(await point("orders")).toBe(1);
  expect(custom.getCounterValues()).toEqual({ orders: 6 });
});

test("a gauge is set, and the getter returns its last value over all tags", async () => {
  const { custom, point } = counting();
  custom.setGauge("heat", 20, { room: "a" });
  expect(custom.setGauge("heat", -3.5, { room: "b" })).toMatchObject({ name: "heat", value: -3.5 });
  expect(await point("heat", { room: "a" })).toBe(20);
  expect(await point("heat", { room: "b" })).toBe(-3.5);
  expect(custom.getGaugeValues()).toEqual({ heat: -3.5 });
  expect(custom.getCounterValues()).toEqual({});
});

test("a histogram has buckets for durations if its name ends in _seconds", async () => {
  const { custom, collect, point } = counting();
  expect(custom.recordHistogramValue("wait_seconds", 0.3, { queue: "a" })).toMatchObject({ value: 0.3 });
  custom.recordHistogramValue("cart.size", 12);
  expect(await point("wait_seconds", { queue: "a" })).toMatchObject({ count: 1, sum: 0.3 });
  const [cart, wait] = describedMetrics(await collect(), "tachymeter.custom");
  expect(wait).toMatchObject({ name: "wait_seconds", boundaries: SECONDS_BOUNDARIES });
  expect(cart?.boundaries).toContain(10_000);
  expect(cart?.description).not.toBe("");
});

test("a business metric is a gauge with a unit, and its context is never exported", async () => {
  const { custom, collect, points } = counting();
  const metric = custom.recordBusinessMetric("cart.value", 129.9, "EUR", { country: "NO" }, { cart: "c-17" });
  expect(metric).toEqual({
    name: "cart.value",
    value: 129.9,
    unit: "EUR",
    timestamp: START_MILLIS / 1000,
    tags: { country: "NO" },
    context: { cart: "c-17" },
    source: "custom",
  });
  expect(await points("cart.value")).toEqual([{ attributes: { country: "NO" }, value: 129.9 }]);
  expect(describedMetrics(await collect(), "tachymeter.custom")).toMatchObject([{ unit: "EUR" }]);
  expect(custom.getGaugeValues()).toEqual({ "cart.value": 129.9 });
});

test("a business metric without a unit has the unit count, which is exported as no unit", async () => {
  const { custom, collect } = counting();
  expect(custom.recordBusinessMetric("sign.ups", 5)).toMatchObject({ unit: "count" });
  expect(describedMetrics(await collect(), "tachymeter.custom")).toMatchObject([{ unit: "" }]);
});

test("a name stands for one kind of instrument: others are dropped, counted and logged once", async () => {
  const warnings = collectWarnings();
  const { custom, point, points } = counting();
  custom.incrementCounter("orders");
  for (let i = 0; i < 3; i++) expect(custom.setGauge("orders", 5)).toBeUndefined();
  expect(custom.recordHistogramValue("Orders", 5)).toBeUndefined();
  expect(await point("telemetry.dropped", { reason: "invalid_name" })).toBe(4);
  expect(await points("orders")).toEqual([{ attributes: {}, value: 1 }]);
  expect(custom.getGaugeValues()).toEqual({});
  expect(custom.getCollectedMetrics()).toHaveLength(1);
  expect(warnings).toEqual([
    'instrument "orders": dropped "orders" (invalid_name); the name belongs to a counter; choose another name for the gauge; this is logged once',
  ]);
});

test("names that differ only in case are one, with the spelling that came first", async () => {
  const warnings = collectWarnings();
  const { custom, point } = counting();
  custom.incrementCounter("Orders");
  expect(custom.incrementCounter("orders")).toMatchObject({ name: "Orders" });
  expect(await point("Orders")).toBe(2);
  expect(custom.getCounterValues()).toEqual({ Orders: 2 });
  expect(warnings).toEqual([]);
});

test.each([
  ["counter", "incrementCounter", [-1, Number.NaN, Infinity], ["negative", "not_a_number", "not_finite"]],
  [
    "histogram",
    "recordHistogramValue",
    [-1, Number.NaN, -Infinity],
    ["negative", "not_a_number", "not_finite"],
  ],
] as const)("an invalid value of a %s is dropped with its reason", async (_kind, method, values, reasons) => {
  const { custom, point, points } = counting();
  for (const value of values) expect(custom[method]("a", value)).toBeUndefined();
  for (const reason of reasons) expect(await point("telemetry.dropped", { reason })).toBe(1);
  expect(await points("a")).toEqual([]);
  expect(custom.getCollectedMetrics()).toEqual([]);
});

test("a gauge accepts every number", () => {
  const { custom } = counting();
  for (const value of [Number.NaN, Infinity, -Infinity]) {
    expect(custom.setGauge("heat", value)).toMatchObject({ value });
    expect(custom.getGaugeValues()).toEqual({ heat: value });
  }
});

test("an invalid name is dropped", async () => {
  const warnings = collectWarnings();
  const { custom, point } = counting();
  for (const name of ["", "1st", "a b", "x".repeat(256)])
    expect(custom.incrementCounter(name)).toBeUndefined();
  expect(await point("telemetry.dropped", { reason: "invalid_name" })).toBe(4);
  expect(warnings).toEqual([
    'instrument "custom.name": dropped "" (invalid_name); use a letter, then letters, digits and _ . - /, at most 255 characters; this is logged once',
  ]);
});

test("an invalid tag is dropped alone", async () => {
  const { custom, point } = counting();
  // @ts-expect-error -- an object is no tag
  const metric = custom.incrementCounter("orders", 1, { country: "NO", cart: { id: 1 } });
  expect(metric?.tags).toEqual({ country: "NO" });
  expect(await point("orders", { country: "NO" })).toBe(1);
  expect(await point("telemetry.labels.dropped", { reason: "invalid" })).toBe(1);
});

test("tags are copied, so that later changes have no effect", () => {
  const { custom } = counting();
  const tags = { country: "NO" };
  const metric = custom.incrementCounter("orders", 1, tags);
  tags.country = "SE";
  expect(metric?.tags).toEqual({ country: "NO" });
});

test("a reset changes the getter's values, but no exported counter", async () => {
  const { custom, point } = counting();
  custom.incrementCounter("orders", 5);
  custom.setGauge("heat", 20);
  custom.resetCounters();
  expect(custom.getCounterValues()).toEqual({ orders: 0 });
  expect(custom.getGaugeValues()).toEqual({ heat: 20 });
  custom.incrementCounter("orders", 2);
  expect(custom.getCounterValues()).toEqual({ orders: 2 });
  expect(await point("orders")).toBe(7);
});

test("at most a thousand names become instruments, and measurements of further names are dropped", async () => {
  const warnings = collectWarnings();
  const { custom, collect, point } = counting();
  for (let i = 0; i < 1200; i++) custom.incrementCounter(`orders.${i}`);
  expect(custom.incrementCounter("orders.1199")).toBeUndefined();
  expect(custom.incrementCounter("orders.0")).toBeDefined();
  expect(Object.keys(custom.getCounterValues())).toHaveLength(1000);
  expect(describedMetrics(await collect(), "tachymeter.custom")).toHaveLength(1000);
  expect(await point("telemetry.dropped", { reason: "invalid_name" })).toBe(201);
  expect(warnings).toEqual([
    'instrument "custom": dropped "orders.1000" (invalid_name); there are 1000 names already; use tags for what makes names differ; this is logged once',
  ]);
});

test("series are limited like all others, and the getters cover all measurements", async () => {
  const { custom, points } = counting(10);
  for (let i = 0; i < 100; i++) custom.incrementCounter("orders", 1, { user: i });
  const series = await points("orders");
  expect(series).toHaveLength(11);
  expect(series.find(({ attributes }) => attributes["otel.metric.overflow"] === true)?.value).toBe(90);
  expect(custom.getCounterValues()).toEqual({ orders: 100 });
});

test("measurements since the last call are drained, above a hundred a second as a sample", async () => {
  const { custom, point } = counting();
  for (let i = 0; i < 250; i++) custom.incrementCounter("orders");
  custom.setGauge("heat", 20);
  const collected = custom.getCollectedMetrics();
  expect(collected).toHaveLength(101);
  expect(collected.find(({ name }) => name === "orders")?.context).toEqual({ sampledFrom: 250 });
  expect(custom.getLeftOutCounts()).toEqual({ orders: 150 });
  expect(custom.getCollectedMetrics()).toEqual([]);
  expect(await point("orders")).toBe(250);
});

test("it works with upstream's provider, and without any", async () => {
  const upstream = new UpstreamProvider();
  const custom = new Custom({ meterProvider: upstream });
  expect(custom.incrementCounter("orders")).toBeDefined();
  expect(custom.setGauge("heat", 2)).toBeDefined();
  await upstream.shutdown();
  expect(new Custom().incrementCounter("orders")).toMatchObject({ value: 1 });
});

test("a collector of the module function uses the global provider, even one registered later", async () => {
  const custom = getCustomCollector();
  expect(getCustomCollector()).not.toBe(custom);
  custom.incrementCounter("orders");
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  custom.incrementCounter("orders");
  expect(await point("orders")).toBe(1);
  expect(custom.getCounterValues()).toEqual({ orders: 2 });
});
