// Upstream's readers, exporters and instrumentations, unchanged, on our engine.
import { diag, ValueType } from "@opentelemetry/api";
import { OTLPMetricExporter as OtlpJsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as OtlpProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { AggregationTemporalityPreference } from "@opentelemetry/exporter-metrics-otlp-http";
import { ExportResultCode, loggingErrorHandler, setGlobalErrorHandler } from "@opentelemetry/core";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { HostMetrics } from "@opentelemetry/host-metrics";
import { RuntimeNodeInstrumentation } from "@opentelemetry/instrumentation-runtime-node";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  AggregationType,
  ConsoleMetricExporter,
  type IMetricReader,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "tachymeter/metrics";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { metricsOf as otlpMetricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { freePort, scrape } from "../kit/process.ts";
import { metricsOf, pointsOf, PulledReader } from "./pulled.ts";

afterEach(() => diag.disable());

test("PeriodicExportingMetricReader exports at each flush and at the shutdown", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const provider = providerWith(
    new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
  );
  recordOnEach(provider);
  await provider.forceFlush();
  const [first] = exporter.getMetrics();
  expect(
    metricsOf(first!)
      .map(({ descriptor }) => descriptor.name)
      .toSorted(),
  ).toEqual(names);
  recordOnEach(provider);
  await provider.forceFlush();
  expect(exporter.getMetrics().map((each) => pointsOf(each, "requests"))).toEqual([
    [[{ route: "/" }, 3]],
    [[{ route: "/" }, 3]],
  ]);
  const shutdown = vi.spyOn(exporter, "shutdown");
  await provider.shutdown();
  expect(shutdown).toHaveBeenCalledTimes(1);
});

test("PeriodicExportingMetricReader exports at its interval, in batches if configured", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 20,
    exportTimeoutMillis: 20,
    maxExportBatchSize: 2,
  });
  const provider = providerWith(reader);
  recordOnEach(provider);
  await vi.waitFor(() => expect(exporter.getMetrics().length).toBeGreaterThanOrEqual(names.length / 2));
  await provider.shutdown();
  const sizes = exporter
    .getMetrics()
    .map((batch) => metricsOf(batch).flatMap((metric) => [...metric.dataPoints]).length);
  expect(Math.max(...sizes)).toBe(2);
});

test("an exporter is not called while it still exports", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  let running = 0;
  let calls = 0;
  let most = 0;
  vi.spyOn(exporter, "export").mockImplementation((_, answer) => {
    calls++;
    most = Math.max(most, ++running);
    setTimeout(() => {
      running--;
      answer({ code: ExportResultCode.SUCCESS });
    }, 5);
  });
  const provider = providerWith(new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000 }));
  recordOnEach(provider);
  for (let i = 0; i < 3; i++) await Promise.all([provider.forceFlush(), provider.forceFlush()]);
  expect(calls).toBeGreaterThanOrEqual(3);
  expect(most).toBe(1);
  await provider.shutdown();
});

test("an export that hangs is abandoned at the time-out", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const hanging = vi.spyOn(exporter, "export").mockImplementation(() => {});
  const provider = providerWith(
    new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 20, exportTimeoutMillis: 20 }),
  );
  recordOnEach(provider);
  await provider.forceFlush();
  expect(hanging).toHaveBeenCalled();
  hanging.mockRestore();
  await provider.shutdown();
  expect(metricsOf(exporter.getMetrics().at(-1)!)).toHaveLength(names.length);
});

test("a failed export is reported, and the next one runs", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = providerWith(
    new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
  );
  recordOnEach(provider);
  const failing = vi.spyOn(exporter, "export").mockImplementation((_, answer) => {
    answer({ code: ExportResultCode.FAILED, error: new Error("refused") });
  });
  const errors = vi.fn<(error: unknown) => void>();
  setGlobalErrorHandler(errors);
  onTestFinished(() => setGlobalErrorHandler(loggingErrorHandler()));
  await provider.forceFlush();
  expect(String(errors.mock.calls[0]?.[0])).toContain("refused");
  failing.mockRestore();
  await provider.shutdown();
  expect(metricsOf(exporter.getMetrics()[0]!)).toHaveLength(names.length);
});

test("ConsoleMetricExporter prints every metric", async () => {
  const dir = vi.spyOn(console, "dir").mockImplementation(() => {});
  onTestFinished(() => dir.mockRestore());
  const exporter = new ConsoleMetricExporter();
  const provider = providerWith(
    new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
  );
  recordOnEach(provider);
  await provider.shutdown();
  const printed = dir.mock.calls.map(([metric]) => String(metric.descriptor.name));
  expect(printed.toSorted()).toEqual(names);
});

test.each([
  ["JSON", OtlpJsonExporter],
  ["protobuf", OtlpProtobufExporter],
])("upstream's OTLP exporter in %s sends every kind of metric", async (_, Exporter) => {
  const receiver = await otlpReceiver();
  const exporter = new Exporter({
    url: `${receiver.url}/v1/metrics`,
    temporalityPreference: AggregationTemporalityPreference.DELTA,
  });
  const provider = providerWith(
    new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
  );
  recordOnEach(provider);
  await provider.forceFlush();
  const { body } = await receiver.waitForRequest();
  expect(
    otlpMetricsOf(body)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(names);
  expect(body.resourceMetrics[0]?.resource.attributes).toMatchObject({ "service.name": "shop" });
  expect(body.resourceMetrics[0]?.scopeMetrics[0]?.scope).toMatchObject({ name: "shop", version: "1.0" });
  expect(receiver.metric("requests")).toMatchObject({
    kind: "sum",
    temporality: "delta",
    isMonotonic: true,
    unit: "{request}",
    description: "Requests.",
    points: [{ attributes: { route: "/" }, value: 3 }],
  });
  expect(receiver.metric("queue")).toMatchObject({
    kind: "sum",
    temporality: "cumulative",
    isMonotonic: false,
  });
  expect(receiver.metric("temperature")).toMatchObject({ kind: "gauge", points: [{ value: 21.5 }] });
  expect(receiver.metric("duration")).toMatchObject({
    kind: "histogram",
    points: [{ count: 2, sum: 7, min: 3, max: 4, explicitBounds: [3.5], bucketCounts: [1, 1] }],
  });
  expect(receiver.metric("size")).toMatchObject({
    kind: "exponentialHistogram",
    points: [{ count: 3, sum: 9, zeroCount: 1 }],
  });
  await provider.shutdown();
});

test("upstream's PrometheusExporter serves every kind of metric", async () => {
  const port = await freePort();
  const exporter = new PrometheusExporter({ port, host: "127.0.0.1", preventServerStart: true });
  const provider = providerWith(exporter);
  await exporter.startServer();
  onTestFinished(() => exporter.stopServer());
  recordOnEach(provider);
  const text = await scrape(`http://127.0.0.1:${port}/metrics`);
  expect(text).toMatch(/^requests_total\{route="\/".*\} 3$/m);
  expect(text).toMatch(/^queue\{?.*\}? 5$/m);
  expect(text).toMatch(/^temperature\{?.*\}? 21\.5$/m);
  expect(text).toMatch(/^duration_bucket\{.*le="3\.5".*\} 1$/m);
  expect(text).toMatch(/^duration_count\{?.*\}? 2$/m);
  expect(text).toMatch(/^observed\{?.*\}? 1$/m);
  expect(text).toContain('service_name="shop"');
});

test("host-metrics observe on the engine", async () => {
  const reader = new PulledReader();
  const provider = providerWith(reader);
  new HostMetrics({
    meterProvider: provider,
    metricGroups: ["system.cpu", "system.memory", "process.cpu", "process.memory"],
  }).start();
  await reader.collect();
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  for (const name of ["system.cpu.time", "system.memory.usage", "process.cpu.time", "process.memory.usage"]) {
    const points = pointsOf(resourceMetrics, name);
    expect(points.length).toBeGreaterThan(0);
    expect(points.every(([, value]) => Number(value) >= 0)).toBe(true);
  }
});

test("instrumentation-runtime-node measures on the engine", async () => {
  const reader = new PulledReader();
  const provider = providerWith(reader);
  const instrumentation = new RuntimeNodeInstrumentation({ monitoringPrecision: 10 });
  onTestFinished(() => instrumentation.disable());
  instrumentation.setMeterProvider(provider);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  const collected = metricsOf(resourceMetrics).map(({ descriptor }) => descriptor.name);
  expect(collected).toEqual(
    expect.arrayContaining(["nodejs.eventloop.utilization", "v8js.memory.heap.used"]),
  );
});

test("a provider measures its periodic reader if that is enabled", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader], sdkMetricsEnabled: true });
  await provider.forceFlush();
  await provider.forceFlush();
  const [metrics] = exporter.getMetrics();
  expect(metricsOf(metrics!)).toMatchObject([
    { descriptor: { name: "otel.sdk.metric_reader.collection.duration", unit: "s" } },
  ]);
  await provider.shutdown();
});

// One metric of each kind.
const names = ["duration", "observed", "queue", "requests", "size", "temperature"];

function providerWith(reader: IMetricReader): MeterProvider {
  return new MeterProvider({
    resource: resourceFromAttributes({ "service.name": "shop" }),
    readers: [reader],
    views: [{ instrumentName: "size", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
}

function recordOnEach(provider: MeterProvider): void {
  const meter = provider.getMeter("shop", "1.0");
  meter
    .createCounter("requests", { unit: "{request}", description: "Requests.", valueType: ValueType.INT })
    .add(3, { route: "/" });
  meter.createUpDownCounter("queue").add(5);
  meter.createGauge("temperature").record(21.5);
  const duration = meter.createHistogram("duration", { advice: { explicitBucketBoundaries: [3.5] } });
  for (const value of [3, 4]) duration.record(value);
  const size = meter.createHistogram("size");
  for (const value of [0, 1, 8]) size.record(value);
  meter.createObservableGauge("observed").addCallback(observeOne);
}

function observeOne(result: { observe(value: number): void }): void {
  result.observe(1);
}
