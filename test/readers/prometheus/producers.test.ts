import { MeterProvider as UpstreamProvider } from "@opentelemetry/sdk-metrics";
import { MeterProvider, type MetricProducer } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { metricsOf } from "./serving/asking.ts";

test("under upstream's provider it serves the same", async () => {
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

test("further producers' metrics come with the provider's own", async () => {
  const other = new PrometheusExporter({ preventServerStart: true });
  new MeterProvider({ readers: [other] }).getMeter("other").createCounter("others").add(3);
  const producer: MetricProducer = { collect: (options) => other.collect(options) };
  const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
  new MeterProvider({ readers: [exporter] }).getMeter("own").createCounter("owns").add(4);
  const text = await metricsOf(exporter);
  expect(text).toContain('others_total{otel_scope_name="other"} 3\n');
  expect(text).toContain('owns_total{otel_scope_name="own"} 4\n');
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
