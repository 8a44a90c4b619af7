import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MeterProvider as UpstreamProvider } from "@opentelemetry/sdk-metrics";
import {
  type CollectionResult,
  type MetricCollectOptions,
  type MetricFilter,
  MeterProvider,
} from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { beforeAll, expect, test, vi } from "vitest";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { metricsOf } from "../readers/prometheus/serving/asking.ts";
import { quietDiag } from "../readers/prometheus/serving/serving.ts";
import { PullReader } from "../kit/pull-reader.ts";

beforeAll(packedProject);

/** Drops the metrics `debug.…`, and of `orders` the series of tenant `test`. */
function filter() {
  return {
    testMetric: vi.fn<MetricFilter["testMetric"]>((_scope, name) => {
      if (name.startsWith("debug.")) return "drop";
      return name === "orders" ? "accept_partial" : "accept";
    }),
    testAttributes: vi.fn<MetricFilter["testAttributes"]>((_scope, _name, _kind, _unit, attributes) =>
      attributes["tenant"] === "test" ? "drop" : "accept",
    ),
  };
}

function record(provider: Pick<MeterProvider, "getMeter"> | UpstreamProvider): void {
  const meter = provider.getMeter("shop", "1.0.0");
  const orders = meter.createCounter("orders", { unit: "{order}" });
  orders.add(1, { tenant: "live" });
  orders.add(2, { tenant: "test" });
  meter.createHistogram("debug.duration").record(1);
  meter.createGauge("load").record(0.5);
}

const samplesIn = (text: string): string[] =>
  text.split("\n").filter((line) => /^(orders|debug|load)/.test(line));

test.each([
  ["our provider", (reader: PrometheusExporter) => new MeterProvider({ readers: [reader] })],
  ["upstream's provider", (reader: PrometheusExporter) => new UpstreamProvider({ readers: [reader] })],
])("under %s a scrape has the metrics that the filter accepts", async (_, makeProvider) => {
  const metricFilter = filter();
  const reader = new PrometheusExporter({ preventServerStart: true, scopeLabels: false, metricFilter });
  record(makeProvider(reader));
  const text = await metricsOf(reader);
  expect(samplesIn(text)).toEqual(['orders_total{tenant="live"} 1', "load 0.5"]);
  expect(text).not.toContain("debug");
  // Once per metric and collection; once per series of a metric that is accepted in part.
  expect(metricFilter.testMetric.mock.calls.map(([scope, ...rest]) => [scope.name, ...rest])).toEqual([
    ["shop", "orders", "sum", "{order}"],
    ["shop", "debug.duration", "histogram", ""],
    ["shop", "load", "gauge", ""],
  ]);
  expect(metricFilter.testAttributes.mock.calls.map(([scope, ...rest]) => [scope.name, ...rest])).toEqual([
    ["shop", "orders", "sum", "{order}", { tenant: "live" }],
    ["shop", "orders", "sum", "{order}", { tenant: "test" }],
  ]);
});

test("OTLP, JSON documents, lines and Prometheus each have the filter of their reader", async () => {
  const receiver = await otlpReceiver();
  const cwd = await application({
    "app.mjs": `
      import { start } from "tachymeter";
      const metricFilter = {
        testMetric: (scope, name) =>
          name.startsWith("debug.") ? "drop" : name === "orders" ? "accept_partial" : "accept",
        testAttributes: (scope, name, kind, unit, { tenant }) => (tenant === "test" ? "drop" : "accept"),
      };
      const half = { testMetric: () => "accept" };
      try {
        start({ readers: ["prometheus", "otlp", "json", "console"].map((type) => ({ type, metricFilter: half })) });
      } catch (error) {
        console.log(error.problems.map(({ name }) => name).sort().join());
      }
      const telemetry = start({
        host: false,
        runtime: false,
        readers: [
          { type: "prometheus", port: 0, scopeLabels: false, metricFilter },
          { type: "otlp", url: "${receiver.url}/v1/metrics", metricFilter },
          { type: "json", file: "document.json", metricFilter },
          { type: "json", file: "lines.ndjson", format: "ndjson", metricFilter },
          { type: "json", file: "whole.json" },
        ],
      });
      await telemetry.ready;
      const meter = telemetry.meterProvider.getMeter("shop");
      const orders = meter.createCounter("orders");
      orders.add(1, { tenant: "live" });
      orders.add(2, { tenant: "test" });
      meter.createHistogram("debug.duration").record(1);
      meter.createGauge("load").record(0.5);
      await telemetry.forceFlush();
      console.log(await (await fetch(telemetry.prometheusUrl)).text());
      console.log(Object.keys((await telemetry.snapshot()).metrics).join());
      await telemetry.shutdown();`,
  });
  const stdout = await outputOf(runNode({ cwd, args: ["app.mjs"] }));
  expect(stdout).toContain([0, 1, 2, 3].map((index) => `readers[${index}].metricFilter`).join());
  expect(samplesIn(stdout)).toEqual(['orders_total{tenant="live"} 1', "load 0.5"]);
  const metric = (name: string) => receiver.metric(name);
  expect(metric("orders")?.points.map(({ attributes }) => attributes)).toEqual([{ tenant: "live" }]);
  expect([metric("load")?.kind, metric("debug.duration")]).toEqual(["gauge", undefined]);
  for (const file of ["document.json", "lines.ndjson"]) {
    const text = readFileSync(join(cwd, file), "utf8");
    expect(text).toContain("load");
    expect(text).toContain("live");
    expect(text).not.toMatch(/debug|tenant[^,}]*test/);
  }
  // A reader's filter concerns this reader alone.
  expect(readFileSync(join(cwd, "whole.json"), "utf8")).toContain("debug_duration");
  expect(stdout).toContain(",debug_duration,");
});

test("callbacks that observe dropped metrics only are not called", async () => {
  const reader = new PrometheusExporter({ preventServerStart: true, metricFilter: filter() });
  const meter = new MeterProvider({ readers: [reader] }).getMeter("shop");
  const dropped = meter.createObservableGauge("debug.slow");
  const kept = meter.createObservableGauge("load");
  const single = vi.fn<() => void>();
  dropped.addCallback(single);
  const batchOfDropped = vi.fn<() => void>();
  meter.addBatchObservableCallback(batchOfDropped, [dropped]);
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(dropped, 1);
      result.observe(kept, 2);
    },
    [dropped, kept],
  );
  const text = await metricsOf(reader);
  expect(text).toContain('load{otel_scope_name="shop"} 2');
  expect(text).not.toContain("debug");
  expect(single).not.toHaveBeenCalled();
  expect(batchOfDropped).not.toHaveBeenCalled();
});

test("a metric none of whose series is accepted leaves no trace in a scrape", async () => {
  const metricFilter: MetricFilter = {
    testMetric: (_scope, name) => (name === "orders" ? "accept_partial" : "accept"),
    testAttributes: () => "drop",
  };
  const reader = new PrometheusExporter({ preventServerStart: true, metricFilter });
  record(new MeterProvider({ readers: [reader] }));
  expect(await metricsOf(reader)).not.toContain("orders");
});

test("a filter that throws or returns an invalid value keeps the metric, and is logged once", async () => {
  const warn = quietDiag();
  const metricFilter: MetricFilter = {
    // @ts-expect-error: JavaScript may return anything.
    testMetric: (_scope, name) => {
      if (name === "debug.duration") throw new Error("out of order");
      return name === "orders" ? "accept_partial" : "keep";
    },
    testAttributes: () => {
      throw new Error("no tenant");
    },
  };
  const reader = new PrometheusExporter({ preventServerStart: true, scopeLabels: false, metricFilter });
  record(new MeterProvider({ readers: [reader] }));
  for (let i = 0; i < 3; i++) {
    const samples = samplesIn(await metricsOf(reader));
    expect(samples).toEqual(
      expect.arrayContaining(['orders_total{tenant="test"} 2', "debug_duration_count 1", "load 0.5"]),
    );
  }
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(/"orders": testAttributes of the metricFilter threw no tenant/),
    expect.stringMatching(/"debug\.duration": testMetric of the metricFilter threw out of order/),
    expect.stringMatching(/"load": testMetric of the metricFilter returned "keep"/),
  ]);
});

test("further producers receive the filter, and their results are filtered too", async () => {
  const pulled = new PullReader();
  record(new UpstreamProvider({ readers: [pulled] }));
  const { resourceMetrics } = await pulled.collect();
  const collect = vi.fn<(options?: MetricCollectOptions) => Promise<CollectionResult>>(async () => ({
    resourceMetrics,
    errors: [],
  }));
  const metricFilter = filter();
  const reader = new PrometheusExporter({
    preventServerStart: true,
    scopeLabels: false,
    metricFilter,
    metricProducers: [{ collect }],
  });
  new MeterProvider({ readers: [reader] }).getMeter("shop").createCounter("visits").add(3);
  expect(samplesIn(await metricsOf(reader))).toEqual(['orders_total{tenant="live"} 1', "load 0.5"]);
  expect(collect.mock.calls[0]?.[0]?.metricFilter).toBe(metricFilter);
});

test("a metricFilter without its methods is refused at once", () => {
  const metricFilter = { testMetric: () => "accept" };
  const make = (): PrometheusExporter =>
    // @ts-expect-error: testAttributes is missing.
    new PrometheusExporter({ preventServerStart: true, metricFilter });
  expect(make).toThrow(/metricFilter.*testMetric and testAttributes/);
});
