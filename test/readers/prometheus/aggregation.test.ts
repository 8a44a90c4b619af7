import { InstrumentType } from "@opentelemetry/sdk-metrics";
import { AggregationType } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { metricsOf } from "./serving/asking.ts";
import { serving } from "./serving/serving.ts";

test("the selector sets the aggregation of each kind of instrument, if no view does", async () => {
  const { exporter, provider } = await serving({
    aggregationSelector: (type) =>
      type === InstrumentType.HISTOGRAM
        ? { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [7] } }
        : { type: AggregationType.DEFAULT },
  });
  const meter = provider.getMeter("s");
  meter.createHistogram("h").record(5);
  meter.createHistogram("exponential.h").record(5);
  meter.createCounter("c").add(1);
  const text = await metricsOf(exporter);
  expect(text.match(/^h_bucket.*/gm)).toEqual([
    'h_bucket{otel_scope_name="s",le="7"} 1',
    'h_bucket{otel_scope_name="s",le="+Inf"} 1',
  ]);
  expect(text).toMatch(/^exponential_h_bucket\{.*le="5\.\d+"\} 1$/m);
  expect(text).toMatch(/^c_total\{.*\} 1$/m);
});

test("without a selector the specification's defaults apply", () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  expect(exporter.selectAggregation(InstrumentType.HISTOGRAM)).toEqual({ type: AggregationType.DEFAULT });
});

test("a selector that is not a function is refused at once", () => {
  const options = JSON.parse('{ "preventServerStart": true, "aggregationSelector": "exponential" }');
  expect(() => new PrometheusExporter(options)).toThrow(/aggregationSelector.*"exponential"/);
});
