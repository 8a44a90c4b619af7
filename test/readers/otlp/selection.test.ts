import { OtlpExporter, type OtlpExporterOptions } from "tachymeter/otlp";
import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "tachymeter/metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { otlpReceiver } from "../../kit/otlp-receiver/index.ts";

const PREFERENCE = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
const HISTOGRAMS = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";

const { COUNTER, HISTOGRAM, OBSERVABLE_COUNTER, UP_DOWN_COUNTER, OBSERVABLE_UP_DOWN_COUNTER } =
  InstrumentType;
const kinds = [COUNTER, HISTOGRAM, OBSERVABLE_COUNTER, UP_DOWN_COUNTER, OBSERVABLE_UP_DOWN_COUNTER];

test.each([
  [undefined, "ccccc"],
  ["cumulative", "ccccc"],
  ["Delta", "dddcc"],
  ["LOWMEMORY", "ddccc"],
])("the variable's temporality preference %s is honoured", async (preference, expected) => {
  if (preference !== undefined) setVariable(PREFERENCE, preference);
  expect(temporalities(exporterOf({}))).toBe(expected);
});

test.each([
  ["cumulative", "ccccc"],
  ["delta", "dddcc"],
  ["lowmemory", "ddccc"],
] as const)("option temporality %s wins over the variable", (temporality, expected) => {
  setVariable(PREFERENCE, temporality === "delta" ? "cumulative" : "delta");
  expect(temporalities(exporterOf({ temporality }))).toBe(expected);
});

test("deltas arrive as deltas", async () => {
  const receiver = await otlpReceiver();
  setVariable(PREFERENCE, "delta");
  const exporter = exporterOf({ url: `${receiver.url}/v1/metrics` });
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  const orders = provider.getMeter("shop").createCounter("orders");
  for (const amount of [2, 3]) {
    orders.add(amount);
    await provider.forceFlush();
    expect(receiver.metric("orders")).toMatchObject({ temporality: "delta", points: [{ value: amount }] });
  }
});

test("histograms are exponential if the variable selects it, except those with an aggregation by a view", async () => {
  const receiver = await otlpReceiver();
  setVariable(HISTOGRAMS, "BASE2_exponential_bucket_histogram");
  const exporter = exporterOf({ url: `${receiver.url}/v1/metrics` });
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter })],
    views: [
      {
        instrumentName: "explicit",
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1] } },
      },
    ],
  });
  const meter = provider.getMeter("shop");
  for (const name of ["duration", "explicit"]) meter.createHistogram(name).record(2);
  meter.createCounter("orders").add(1);
  await provider.forceFlush();
  expect(receiver.metric("duration")).toMatchObject({
    kind: "exponentialHistogram",
    points: [{ count: 1, sum: 2 }],
  });
  expect(receiver.metric("explicit")?.kind).toBe("histogram");
  expect(receiver.metric("orders")?.kind).toBe("sum");
});

test("an unknown aggregation is logged and ignored", () => {
  const warnings = collectWarnings();
  setVariable(HISTOGRAMS, "exponential");
  expect(exporterOf({}).selectAggregation(HISTOGRAM)).toEqual({ type: AggregationType.DEFAULT });
  expect(warnings).toEqual([
    expect.stringContaining(`variable ${HISTOGRAMS} was ignored, got "exponential"`),
  ]);
});

test("upstream's own options apply too", () => {
  setVariable(HISTOGRAMS, "base2_exponential_bucket_histogram");
  const exporter = exporterOf({
    temporalityPreference: AggregationTemporality.DELTA,
    aggregationPreference: () => ({ type: AggregationType.DROP }),
  });
  expect(temporalities(exporter)).toBe("dddcc");
  expect(exporter.selectAggregation(HISTOGRAM)).toEqual({ type: AggregationType.DROP });
});

function temporalities(exporter: OtlpExporter): string {
  return kinds
    .map((kind) => (exporter.selectAggregationTemporality(kind) === AggregationTemporality.DELTA ? "d" : "c"))
    .join("");
}

function exporterOf(options: OtlpExporterOptions): OtlpExporter {
  const exporter = new OtlpExporter(options);
  onTestFinished(() => exporter.shutdown());
  return exporter;
}

function setVariable(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}
