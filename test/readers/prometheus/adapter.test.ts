import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MetricDescription, type MetricsSource, type Snapshot } from "tachymeter/facades";
import { PrometheusAdapter } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { quietDiag } from "./serving/serving.ts";

test("the adapter writes a source's series with HELP and TYPE from the source's metadata", async () => {
  const file = temporaryFile();
  const source = sourceOf(
    {
      'requests_total{method="GET"}': entry(1027, { method: "GET" }),
      memory_usage_bytes: entry(1048576),
      'requests_total{method="POST",urgent="true"}': entry(3, { urgent: true, method: "POST" }),
      request_duration_seconds: entry({
        count: 4,
        sum: 20.65,
        min: 0.05,
        max: 20,
        buckets: { "1": 3, "10": 3, "0.1": 2, "+Inf": 4 },
      }),
      limit: entry("+Inf"),
    },
    {
      requests_total: { kind: "counter", description: "Total HTTP requests", unit: "" },
      memory_usage_bytes: { kind: "gauge", description: "Memory usage\nin bytes", unit: "By" },
      request_duration_seconds: { kind: "histogram", description: "", unit: "s" },
    },
  );
  await new PrometheusAdapter(file).exportMetrics(source);
  expect(readFileSync(file, "utf8")).toBe(`# HELP requests_total Total HTTP requests
# TYPE requests_total counter
requests_total{method="GET"} 1027
requests_total{method="POST",urgent="true"} 3
# HELP memory_usage_bytes Memory usage\\nin bytes
# TYPE memory_usage_bytes gauge
memory_usage_bytes 1048576
# HELP request_duration_seconds request_duration_seconds
# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="0.1"} 2
request_duration_seconds_bucket{le="1"} 3
request_duration_seconds_bucket{le="10"} 3
request_duration_seconds_bucket{le="+Inf"} 4
request_duration_seconds_sum 20.65
request_duration_seconds_count 4
# TYPE limit untyped
limit +Inf
`);
});

test("a source with snapshots only has untyped metrics without help", async () => {
  const file = temporaryFile();
  const source = sourceOf({ 'odd name{a.b="1"}': entry("NaN", { "a.b": 1, le: "x" }) }, {});
  await new PrometheusAdapter(file).exportMetrics({ getSnapshot: () => source.getSnapshot() });
  expect(readFileSync(file, "utf8")).toBe('# TYPE odd_name untyped\nodd_name{a_b="1",le="x"} NaN\n');
});

test.each(["text", "openmetrics"] as const)(
  "a metric named like a sample of another is left out of %s, with one warning",
  async (format) => {
    const warn = quietDiag();
    const file = temporaryFile();
    const histogram = entry({ count: 1, sum: 0.5, min: 0.5, max: 0.5, buckets: { "1": 1, "+Inf": 1 } });
    const values = {
      [`${format}_count`]: entry(7),
      [format]: histogram,
      job_seconds: histogram,
      job_seconds_count: entry(7),
    };
    const gauge = { kind: "gauge", description: "", unit: "" } as const;
    const source = sourceOf(values, {
      [`${format}_count`]: gauge,
      [format]: { ...gauge, kind: "histogram" },
      job_seconds: { ...gauge, kind: "histogram" },
      job_seconds_count: gauge,
    });
    const adapter = new PrometheusAdapter(file, { format });
    for (let i = 0; i < 2; i++) await adapter.exportMetrics(source);
    const types = readFileSync(file, "utf8").match(/(?<=# TYPE ).*/g);
    expect(types).toEqual([`${format}_count gauge`, "job_seconds histogram"]);
    const reasons = warn.mock.calls.map(([message]) => message).filter((each) => each.includes(format));
    expect(reasons).toEqual([
      expect.stringMatching(
        `^metric "${format}": left out .* ${format}_count, a gauge, .* samples of the same name; rename`,
      ),
    ]);
  },
);

test("repeated exports keep no memory", async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `waiting_orders_${i}`);
  const values = Object.fromEntries(names.map((name) => [name, entry(1)]));
  const adapter = new PrometheusAdapter(temporaryFile());
  const source = sourceOf(values, {});
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 30; i++) await adapter.exportMetrics(source);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});

test("the file is replaced atomically, and no other file remains in its folder", async () => {
  const file = temporaryFile();
  writeFileSync(file, "old\n".repeat(1_000));
  const adapter = new PrometheusAdapter(file);
  await Promise.all([1, 2, 3].map((value) => adapter.exportMetrics(sourceOf({ a: entry(value) }, {}))));
  expect(readFileSync(file, "utf8")).toMatch(/^# TYPE a untyped\na [123]\n$/);
  expect(readdirSync(join(file, ".."))).toEqual(["metrics.prom"]);
});

test("a file that cannot be written is an error with the reason, and an unknown format is refused at once", async () => {
  const adapter = new PrometheusAdapter("/no/such/folder/metrics.prom");
  await expect(adapter.exportMetrics(sourceOf({}, {}))).rejects.toMatchObject({
    code: "TACHYMETER_FILE",
    message:
      'file "/no/such/folder/metrics.prom": cannot be written (its folder /no/such/folder does not exist); create the folder or use another file',
  });
  const protobuf = Object.create({ format: "protobuf" });
  expect(() => new PrometheusAdapter("metrics.prom", protobuf)).toThrow(
    "prometheus adapter: format must be one of 'text', 'openmetrics', got \"protobuf\"",
  );
});

function temporaryFile(): string {
  return join(newFolder("adapter"), "metrics.prom");
}

function entry(
  value: Snapshot["metrics"][string]["value"],
  labels: Snapshot["metrics"][string]["labels"] = {},
): Snapshot["metrics"][string] {
  return { value, labels, timestamp: 1 };
}

function sourceOf(
  metrics: Snapshot["metrics"],
  known: Readonly<Record<string, MetricDescription>>,
): MetricsSource {
  return {
    getSnapshot: async () => ({ timestamp: 1, metrics, events_count: 0, running: false }),
    getMetric: (name) => known[name],
  };
}
