// A real backend that adds up the deltas of a group.
import { expect, test } from "vitest";
import { metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

// The parent exports alone for a while before it has children.
const PROGRAM = `
  import { fork } from "node:child_process";
  import { once } from "node:events";
  import { setTimeout } from "node:timers/promises";
  import { fileURLToPath } from "node:url";
  import { metrics } from "@opentelemetry/api";
  const meter = metrics.getMeter("delta");
  const record = (times) => {
    for (let i = 0; i < times; i++) {
      meter.createCounter("counted").add(1, { from: "all" });
      meter.createHistogram("sizes").record(i);
    }
  };
  if (process.argv[2] === "child") {
    record(1_000);
    await setTimeout(300);
    record(500);
  } else {
    record(100);
    await setTimeout(500);
    const children = [0, 1].map(() => fork(fileURLToPath(import.meta.url), ["child"]));
    const ends = children.map((child) => once(child, "exit"));
    for (let i = 0; i < 20; i++) {
      record(10);
      await setTimeout(50);
    }
    await Promise.all(ends);
    record(50);
  }
`;

test.each([
  ["delta", "explicit_bucket_histogram"],
  ["delta", "base2_exponential_bucket_histogram"],
  ["cumulative", "explicit_bucket_histogram"],
])(
  "a backend has the exact totals of a group, with %s temporality and %s",
  async (temporality, histogram) => {
    const receiver = await otlpReceiver();
    const cwd = await application({ "app.mjs": PROGRAM });
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs"],
      env: {
        OTEL_SERVICE_NAME: `delta-${receiver.url}`,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
        OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: histogram,
        OTEL_METRIC_EXPORT_INTERVAL: "200",
      },
    });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    const bodies = receiver.requests.map(({ body }) => body);
    const resources = bodies.flatMap(({ resourceMetrics }) =>
      resourceMetrics.map(({ resource }) => resource),
    );
    expect(new Set(resources.map(({ attributes }) => attributes["service.instance.id"])).size).toBe(1);
    const truth = 100 + 2 * 1_500 + 200 + 50;
    const isDelta = temporality === "delta";
    const counts = bodies.flatMap(metricsOf).flatMap((metric): [string, number][] => {
      if (metric.kind === "sum") return metric.points.map(({ value }) => [metric.name, value]);
      if (metric.kind === "histogram" || metric.kind === "exponentialHistogram")
        return metric.points.map(({ count }) => [metric.name, count]);
      return [];
    });
    for (const name of ["counted", "sizes"]) {
      const values = counts.filter(([of]) => of === name).map(([, value]) => value);
      expect(values.length).toBeGreaterThan(3);
      expect(isDelta ? values.reduce((sum, value) => sum + value) : values.at(-1)).toBe(truth);
      const sorted = values.toSorted((a, b) => a - b);
      expect(isDelta || String(values) === String(sorted)).toBe(true);
    }
  },
);
