import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { checkMetrics } from "../../../servers/check-metrics.ts";
import { needs } from "../../../servers/needs.ts";
import { counter, type Described, gauge, histogram, resourceMetrics, scope } from "../../resource-metrics.ts";
import { seed } from "../../../kit/test-length.ts";
import { catalogue } from "../catalogue.ts";
import { drawnMetrics, drawnResource, recordDrawn } from "../servers/drawn.ts";
import { metricsOf } from "../serving/asking.ts";
import { quietDiag } from "../serving/serving.ts";

// Characters that end lines, strings or files in some formats.
const ODD_TEXT = "a\0b\r\u000b\u001b\u0085\u2028\uFEFF\\n\"'{},=# \t💡e\u0301";

test("promtool reports no problem", async (context) => {
  needs(context, "promtool");
  const exporter = fullProvider();
  const collected = await exporter.collect();
  expect(checkMetrics(renderPrometheus(collected.resourceMetrics)).output).toBe("");
});

test("promtool reports one suffix among the package's own metrics, which is fixed by contract", (context) => {
  needs(context, "promtool");
  const kinds = { counter, gauge, histogram: (described: Described) => histogram(described, [1], [1, 0]) };
  const metrics = catalogue.map(([name, kind, unit]) => kinds[kind]({ name, unit }, [{}, 1]));
  expect(checkMetrics(renderPrometheus(resourceMetrics([scope("tachymeter.test", metrics)]))).output).toBe(
    'telemetry_metrics_count non-histogram and non-summary metrics should not have "_count" suffix\n',
  );
});

test.for(["UnderscoreEscapingWithSuffixes", "UnderscoreEscapingWithoutSuffixes", "NoTranslation"] as const)(
  `with %s promtool reads any recorded Unicode, drawn with seed ${seed}, and complains of names only`,
  async (translationStrategy, context) => {
    needs(context, "promtool");
    quietDiag();
    const exporter = new PrometheusExporter({ preventServerStart: true, translationStrategy });
    const resource = resourceFromAttributes(drawnResource(seed).series[0]!.attributes);
    recordDrawn(new MeterProvider({ readers: [exporter], resource }), drawnMetrics(seed, 300), seed);
    // Status 1 is an unreadable text, 3 an unusual name, as most drawn ones are.
    expect(checkMetrics(await metricsOf(exporter)).status).toBe(3);
  },
);

const JOBS = { "messaging.destination.name": "jobs" };

function fullProvider() {
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
  return exporter;
}
