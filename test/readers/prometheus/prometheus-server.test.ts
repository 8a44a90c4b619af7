import { spawnSync } from "node:child_process";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, renderPrometheus } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { needs } from "../../servers/needs.ts";
import { startPrometheus } from "../../servers/prometheus.ts";
import { counter, type Described, gauge, histogram, resourceMetrics, scope } from "../resource-metrics.ts";
import { catalogue } from "./catalogue.ts";

// Characters that have ended lines, strings or whole files somewhere.
const ODD_TEXT = "a\0b\r\u000b\u001b\u0085\u2028\uFEFF\\n\"'{},=# \t💡e\u0301";

test("Prometheus scrapes the exporter and answers with the very figures", async (context) => {
  needs(context, "prometheus");
  const { exporter, provider } = await fullProvider();
  const prometheus = await startPrometheus(exporter.url!);

  const sent = await prometheus.answer("messages_sent_total");
  expect(sent).toEqual([
    {
      value: "1027",
      labels: expect.objectContaining({
        job: "test",
        messaging_destination_name: "jobs",
        otel_scope_name: "shop",
        otel_scope_version: "1.4.0",
      }),
    },
  ]);
  expect(await valueOf("job_duration_seconds_count")).toBe("100");
  expect(await valueOf("job_duration_seconds_sum")).toBe("89.0625");
  expect(await valueOf("histogram_quantile(0.5, job_duration_seconds_bucket)")).toBe("0.55");
  expect(await valueOf('target_info{service_name="shop",deployment_environment_name="test"}')).toBe("1");
  expect(await valueOf("room_temperature_celsius")).toBe("NaN");
  expect(await valueOf("limits")).toBe("+Inf");
  const quantile = Number(await valueOf("histogram_quantile(0.5, sizes_bytes_bucket)"));
  expect(quantile).toBeGreaterThan(95);
  expect(quantile).toBeLessThan(105);
  const [odd] = await prometheus.query("odd");
  expect(odd?.labels["text"]).toBe(ODD_TEXT);

  expect(await prometheus.query('up{job="test"} == 0')).toEqual([]);
  provider.getMeter("shop", "1.4.0").createCounter("messages.sent", { unit: "{message}" }).add(3, JOBS);
  await prometheus.answer("messages_sent_total == 1030");

  async function valueOf(expression: string): Promise<string | undefined> {
    return (await prometheus.query(expression))[0]?.value;
  }
});

test("promtool finds nothing to complain of", async (context) => {
  needs(context, "promtool");
  const { exporter } = await fullProvider();
  const collected = await exporter.collect();
  expect(complaints(renderPrometheus(collected.resourceMetrics))).toBe("");
});

test("of the package's own metrics promtool complains of one suffix, which is fixed", (context) => {
  needs(context, "promtool");
  const kinds = { counter, gauge, histogram: (described: Described) => histogram(described, [1], [1, 0]) };
  const metrics = catalogue.map(([name, kind, unit]) => kinds[kind]({ name, unit }, [{}, 1]));
  expect(complaints(renderPrometheus(resourceMetrics([scope("tachymeter.test", metrics)])))).toBe(
    'telemetry_metrics_count non-histogram and non-summary metrics should not have "_count" suffix\n',
  );
});

function complaints(text: string): string {
  const { stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  return stdout + stderr;
}

const JOBS = { "messaging.destination.name": "jobs" };

async function fullProvider() {
  const exporter = new PrometheusExporter({ port: 0, preventServerStart: true });
  const provider = new MeterProvider({
    readers: [exporter],
    resource: resourceFromAttributes({ "service.name": "shop", "deployment.environment.name": "test" }),
    views: [{ instrumentName: "sizes", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter("shop", "1.4.0");
  meter.createCounter("messages.sent", { unit: "{message}", description: "Messages sent." }).add(1027, JOBS);
  const duration = meter.createHistogram("job.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 1, 10] },
  });
  for (let i = 0; i < 50; i++) duration.record(0.5);
  for (let i = 0; i < 25; i++) duration.record(0.0625);
  for (let i = 0; i < 25; i++) duration.record(2.5);
  meter.createGauge("room.temperature", { unit: "Cel" }).record(Number.NaN);
  meter.createGauge("limits").record(Infinity);
  meter.createGauge("odd", { description: ODD_TEXT }).record(1, { text: ODD_TEXT });
  const sizes = meter.createHistogram("sizes", { unit: "By" });
  for (const size of [-5, 0, 100, 100, 5000, 100]) sizes.record(Math.max(size, 0));
  await exporter.startServer();
  onTestFinished(() => provider.shutdown());
  return { exporter, provider };
}
