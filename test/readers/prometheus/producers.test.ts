import { MeterProvider as UpstreamProvider } from "@opentelemetry/sdk-metrics";
import { type CollectionResult, MeterProvider, type MetricProducer } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { metricsOf } from "./serving/asking.ts";
import { quietDiag } from "./serving/serving.ts";

test("under upstream's provider the output is the same", async () => {
  const ours = new PrometheusExporter({ preventServerStart: true });
  const theirs = new PrometheusExporter({ preventServerStart: true });
  for (const provider of [
    new MeterProvider({ readers: [ours] }),
    new UpstreamProvider({ readers: [theirs] }),
  ]) {
    const meter = provider.getMeter("shop");
    meter.createCounter("jobs", { description: "Jobs.", unit: "{job}" }).add(2, { kind: "mail" });
    meter.createHistogram("wait", { unit: "s" }).record(0.5);
    meter.createObservableGauge("load").addCallback((result) => result.observe(0.25));
  }
  const names = "?name[]=jobs_total&name[]=wait_seconds&name[]=load";
  expect(await metricsOf(theirs, names)).toBe(await metricsOf(ours, names));
  expect(await metricsOf(ours, names)).toContain('jobs_total{kind="mail",otel_scope_name="shop"} 2\n');
});

test("metrics of further producers are added to the provider's", async () => {
  const other = new PrometheusExporter({ preventServerStart: true });
  new MeterProvider({ readers: [other] }).getMeter("other").createCounter("others").add(3);
  const producer: MetricProducer = { collect: (options) => other.collect(options) };
  const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
  new MeterProvider({ readers: [exporter] }).getMeter("own").createCounter("owns").add(4);
  const text = await metricsOf(exporter);
  expect(text).toContain('others_total{otel_scope_name="other"} 3\n');
  expect(text).toContain('owns_total{otel_scope_name="own"} 4\n');
});

test("a further producer that never finishes, or fails, affects its own metrics alone, and is logged once", async () => {
  const warn = quietDiag();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const collect = vi.fn<() => Promise<CollectionResult>>(() => new Promise(() => {}));
  const failing: MetricProducer = {
    collect: () => Promise.reject(new Error(`no answer from :${Math.random()}`)),
  };
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [{ collect }, failing],
  });
  new MeterProvider({ readers: [exporter] }).getMeter("own").createCounter("owns").add(4);
  for (let round = 1; round <= 10; round++) {
    const text = metricsOf(exporter);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await text).toContain('owns_total{otel_scope_name="own"} 4\n');
  }
  // While eight calls are unfinished it is not called again.
  expect(collect).toHaveBeenCalledTimes(8);
  const byHand = exporter.collect();
  await vi.advanceTimersByTimeAsync(30_000);
  expect((await byHand).resourceMetrics.scopeMetrics).toHaveLength(1);
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringContaining("metricProducers: a producer timed out"),
    expect.stringContaining("no answer from"),
    expect.stringContaining("metricProducers: a producer was skipped"),
  ]);
});

test("a manual collection under another provider does not block scrapes forever", async () => {
  quietDiag();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meter = new UpstreamProvider({ readers: [exporter] }).getMeter("s");
  meter.createCounter("jobs").add(1);
  meter.createObservableGauge("stuck").addCallback(() => new Promise(() => {}));
  const byHand = exporter.collect();
  await vi.advanceTimersByTimeAsync(30_000);
  expect((await byHand).errors).toHaveLength(1);
  const text = metricsOf(exporter);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await text).toContain('jobs_total{otel_scope_name="s"} 1\n');
});

test("it measures its own collections, as upstream's readers do", async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter], sdkMetricsEnabled: true });
  provider.getMeter("s").createCounter("jobs").add(1);
  await metricsOf(exporter);
  await metricsOf(exporter);
  expect(await metricsOf(exporter)).toMatch(
    /^otel_sdk_metric_reader_collection_duration_seconds_count\{.*prometheus.*\} [23]$/m,
  );
});
