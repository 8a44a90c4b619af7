import { metrics } from "@opentelemetry/api";
import { start } from "tachymeter";
import { MeterProvider, type MeterProviderOptions } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { PulledReader, pointsOf } from "../engine/pulled.ts";
import { metricsOf } from "../readers/prometheus/serving/asking.ts";
import { quietDiag } from "../readers/prometheus/serving/serving.ts";

test("an invalid name is logged with upstream's key words", () => {
  const warn = quietDiag();
  new MeterProvider().getMeter("shop").createCounter("1st");
  expect(warn.mock.calls).toEqual([[expect.stringContaining("Invalid metric name")]]);
});

test("a reader that is bound twice is refused with upstream's key words", () => {
  const reader = new PulledReader();
  const provider = new MeterProvider({ readers: [reader] });
  const keyWords = "can not be bound to a MeterProvider again";
  expect(() => provider.addReader(reader)).toThrow(keyWords);
  expect(() => new MeterProvider({ readers: [reader] })).toThrow(keyWords);
});

async function refuse(options: MeterProviderOptions) {
  const reader = new PulledReader();
  const provider = new MeterProvider({ ...options, readers: [reader] });
  provider.getMeter("shop").createCounter("orders").add(-1);
  const { resourceMetrics } = await reader.collect();
  const names = resourceMetrics.scopeMetrics.flatMap((scope) =>
    scope.metrics.map(({ descriptor }) => descriptor.name),
  );
  return { names, dropped: pointsOf(resourceMetrics, "telemetry.dropped") };
}

test("a dropped measurement adds no metric to a provider of the user's", async () => {
  const warn = quietDiag();
  expect((await refuse({})).names).toEqual([]);
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/"orders": dropped -1 \(negative\)/)]]);
});

test("a provider with self metrics counts dropped measurements, as start() does", async () => {
  quietDiag();
  const { dropped } = await refuse({ sdkMetricsEnabled: true });
  expect(dropped).toEqual([[{ reason: "negative" }, 1]]);
  const reader = new PrometheusExporter({ preventServerStart: true, scopeLabels: false });
  const telemetry = start({ readers: [reader], host: false, runtime: false });
  onTestFinished(() => telemetry.shutdown());
  metrics.getMeter("shop").createCounter("orders").add(-1);
  expect(await metricsOf(reader)).toContain('telemetry_dropped_total{reason="negative"} 1\n');
});
