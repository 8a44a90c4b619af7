import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { context, metrics, trace } from "@opentelemetry/api";
import { AggregationType } from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test } from "vitest";
import { GivenSource } from "../../src/query/given-source.ts";
import { readingOf } from "../../src/query/reading.ts";
import { instrumentsIn } from "../../src/page/views/inventory.ts";
import { KnownMetrics } from "../../src/page/views/known-metrics.ts";
import { servedPage } from "./kit/served-page.ts";

test("the list of instruments has their types, units, series and widest attribute", async () => {
  const page = await servedPage({ cardinalityLimit: 10 });
  const meter = metrics.getMeter("app");
  const requests = meter.createCounter("requests", { unit: "{request}", description: "Requests." });
  for (let i = 0; i < 5; i++) requests.add(1, { path: `/${i}`, method: i < 3 ? "GET" : "POST" });
  const work = meter.createHistogram("work", { unit: "s", description: "Work." });
  for (let i = 0; i < 30; i++) work.record(i, { user: `${i}` });
  const stream = await page.stream("instruments", "1m");
  const { instruments = [], charts } = await stream.next("view");
  expect(charts).toEqual([]);
  expect(instruments).toContainEqual({
    name: "requests_total",
    type: "counter",
    unit: "",
    description: "Requests.",
    series: 5,
    widest: { attribute: "path", values: 5 },
    overflowing: false,
  });
  expect(instruments.find(({ name }) => name === "work_seconds")).toMatchObject({
    type: "histogram",
    unit: "s",
    widest: { attribute: "user" },
    overflowing: true,
  });
});

test.each([
  ["requests_total", ["rate"]],
  ["temperature", ["value"]],
  ["work_seconds", ["quantiles", "rate", "mean"]],
  ["native_seconds", ["quantiles", "rate", "mean"]],
])("the charts of %s follow from its type, for all series and by attribute", async (metric, ids) => {
  const page = await servedPage({
    views: [{ instrumentName: "native", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = metrics.getMeter("app");
  const requests = meter.createCounter("requests");
  const temperature = meter.createGauge("temperature");
  const work = meter.createHistogram("work", { unit: "s" });
  const native = meter.createHistogram("native", { unit: "s" });
  const record = (): void => {
    for (const place of ["a", "b"]) {
      requests.add(1, { place });
      temperature.record(20, { place });
      work.record(0.1, { place });
      native.record(0.1, { place });
    }
  };
  record();
  await page.telemetry.query("1");
  const timer = setInterval(record, 50);
  onTestFinished(() => clearInterval(timer));
  for (const view of [`instrument/${metric}`, `instrument/${metric}?by=place`]) {
    const stream = await page.stream(view, "1m");
    // Rates need two collections.
    const full = await stream.next("view", ({ charts }) => charts.length === ids.length);
    stream.close();
    expect(full.instrument?.attributes).toEqual([{ name: "place", values: 2 }]);
    expect(full.charts.map(({ id }) => id)).toEqual(ids);
    expect(full.charts.every(({ error }) => error === undefined)).toBe(true);
    const names = full.charts.map(({ series }) => series.map(({ name }) => name));
    const byPlace = ids.map(() => ["a", "b"]);
    expect(view.endsWith("place") ? names : byPlace).toEqual(byPlace);
  }
});

test("the exemplars of an instrument are kept while its page is open", async () => {
  const page = await servedPage({ exemplarFilter: "always_on" });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  onTestFinished(() => context.disable());
  const histogram = metrics.getMeter("app").createHistogram("work", { unit: "s" });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const traced = trace.setSpanContext(context.active(), {
    traceId,
    spanId: "b7ad6b7169203331",
    traceFlags: 1,
  });
  histogram.record(0.1, {}, traced);
  const stream = await page.stream("instrument/work_seconds", "1m");
  await stream.next("view");
  histogram.record(0.25, {}, traced);
  await stream.next("points");
  await stream.next("points");
  const again = await page.stream("instrument/work_seconds", "5m");
  const { instrument } = await again.next("view");
  expect(instrument?.exemplars).toContainEqual({ time: expect.any(Number), value: 0.25, traceId });
});

test("a kernel's page has the series of that kernel alone", async () => {
  const page = await servedPage({ hooks: { kernels: true } });
  const { kernels } = page.telemetry;
  for (const id of ["one", "two"]) kernels.activate(id);
  const stream = await page.stream("kernel/two", "1m");
  const { charts } = await stream.next("view");
  const states = charts.find(({ id }) => id === "kernels-states");
  expect(states?.series.map(({ labels }) => labels["kernel_id"])).toEqual(["two"]);
  expect(states?.expressions).toEqual(['max by (kernel_id) (kernel_state{kernel_id="two"})']);
});

test("the values of an attribute are counted up to 10,000, and said to be more from there", async () => {
  const series = Array.from({ length: 12_000 }, (_, i) => ({
    __name__: "wide",
    i: `${i}`,
    half: `${i >> 1}`,
  }));
  const source = new GivenSource({ async *select() {} }, { labels: () => readingOf(series) });
  const range = { from: 0, to: 1, signal: new AbortController().signal };
  const [wide] = await instrumentsIn(source, new KnownMetrics(), range);
  expect(wide).toMatchObject({
    series: 12_000,
    widest: { attribute: "i", values: 10_000, orMore: true },
    attributes: [{ name: "i" }, { name: "half", values: 6_000 }],
  });
  expect(wide?.attributes[1]).not.toHaveProperty("orMore");
});
