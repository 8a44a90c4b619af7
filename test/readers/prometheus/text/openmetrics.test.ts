import type { Attributes } from "@opentelemetry/api";
import { renderPrometheus } from "tachymeter/prometheus";
import type { Exemplar, MetricData, ResourceMetrics } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { counter, gauge, histogram, resourceMetrics, scope, upDownCounter } from "../../resource-metrics.ts";
import { rendered } from "../rendered.ts";

const openMetrics = { format: "openmetrics" } as const;

test("OpenMetrics has units, info, families without _total, and an EOF line", () => {
  const metrics = resourceMetrics(
    [
      scope("shop", [
        counter({ name: "request.size", unit: "By", description: 'Of "all".' }, [{ method: "GET" }, 3]),
        gauge({ name: "temperature", unit: "Cel" }, [{}, 21.5]),
        gauge({ name: "duration", unit: "{thing}" }, [{}, 1e6]),
        upDownCounter({ name: "open", description: "a\\b\nc" }, [{}, -2]),
        histogram({ name: "wait", unit: "s" }, [0.5, 1, 1e6], [1, 0, 2, 1]),
      ]),
    ],
    { "service.name": "x" },
  );
  expect(renderPrometheus(metrics, openMetrics)).toBe(String.raw`# HELP target Target metadata
# TYPE target info
target_info{service_name="x"} 1
# HELP request_size_bytes Of \"all\".
# TYPE request_size_bytes counter
# UNIT request_size_bytes bytes
request_size_bytes_total{method="GET",otel_scope_name="shop"} 3
# HELP temperature_celsius temperature
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
temperature_celsius{otel_scope_name="shop"} 21.5
# HELP duration duration
# TYPE duration gauge
duration{otel_scope_name="shop"} 1000000
# HELP open a\\b\nc
# TYPE open gauge
open{otel_scope_name="shop"} -2
# HELP wait_seconds wait
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_bucket{otel_scope_name="shop",le="0.5"} 1
wait_seconds_bucket{otel_scope_name="shop",le="1.0"} 1
wait_seconds_bucket{otel_scope_name="shop",le="1e+06"} 3
wait_seconds_bucket{otel_scope_name="shop",le="+Inf"} 4
wait_seconds_sum{otel_scope_name="shop"} 0
wait_seconds_count{otel_scope_name="shop"} 4
# EOF
`);
});

test("an empty collection has only the EOF line", () => {
  expect(renderPrometheus(resourceMetrics([]), openMetrics)).toBe("# EOF\n");
});

test("counters and histograms have a start time, unless it is turned off", async () => {
  const metrics = since(1_700_000_000.123, [
    counter({ name: "c" }, [{ a: "1" }, 1], [{}, 2]),
    gauge({ name: "g" }, [{}, 1]),
    histogram({ name: "h" }, [], [2]),
  ]);
  const lines = samplesOf(renderPrometheus(metrics, openMetrics));
  expect(lines).toEqual([
    'c_total{a="1",otel_scope_name="s"} 1',
    'c_created{a="1",otel_scope_name="s"} 1700000000.123',
    'c_total{otel_scope_name="s"} 2',
    'c_created{otel_scope_name="s"} 1700000000.123',
    'g{otel_scope_name="s"} 1',
    'h_bucket{otel_scope_name="s",le="+Inf"} 2',
    'h_sum{otel_scope_name="s"} 0',
    'h_count{otel_scope_name="s"} 2',
    'h_created{otel_scope_name="s"} 1700000000.123',
  ]);
  expect(renderPrometheus(metrics)).not.toContain("_created");
});

test("a counter has its latest exemplar, and a bucket the latest within its bounds", () => {
  const [early, late] = [exemplar(1, 100, "a"), exemplar(2, 200.5, "b")];
  const metrics = since(0, [
    withExemplars(counter({ name: "c" }, [{ a: "1" }, 3]), [late, early]),
    withExemplars(gauge({ name: "g" }, [{}, 3]), [early]),
    withExemplars(histogram({ name: "h" }, [1, 5], [1, 2, 1]), [
      early,
      late,
      exemplar(3, 150, "c"),
      { value: 9, timestamp: [1, 0], filteredAttributes: { "http.route": "/a", n: 1 } },
    ]),
  ]);
  expect(samplesOf(renderPrometheus(metrics, openMetrics))).toEqual([
    `c_total{a="1",otel_scope_name="s"} 3 # {trace_id="${"b".repeat(32)}",span_id="${"b".repeat(16)}"} 2 200.5`,
    'g{otel_scope_name="s"} 3',
    `h_bucket{otel_scope_name="s",le="1.0"} 1 # {trace_id="${"a".repeat(32)}",span_id="${"a".repeat(16)}"} 1 100`,
    `h_bucket{otel_scope_name="s",le="5.0"} 3 # {trace_id="${"b".repeat(32)}",span_id="${"b".repeat(16)}"} 2 200.5`,
    'h_bucket{otel_scope_name="s",le="+Inf"} 4 # {http_route="/a",n="1"} 9 1',
    'h_sum{otel_scope_name="s"} 0',
    'h_count{otel_scope_name="s"} 4',
  ]);
  expect(renderPrometheus(metrics)).not.toContain("trace_id");
});

test("an exemplar's labels have at most 128 characters, with those of the trace first", () => {
  const attributes = {
    big: "x".repeat(60),
    trace_id: "mine",
    small: "y",
    wide: "\u{1F600}".repeat(50),
    w: "\u{1F600}",
  };
  const metric = withExemplars(counter({ name: "c" }, [{}, 3]), [exemplar(1, 100, "a", attributes)]);
  const trace = `trace_id="${"a".repeat(32)}",span_id="${"a".repeat(16)}"`;
  expect(renderPrometheus(since(0, [metric]), openMetrics)).toContain(
    `c_total{otel_scope_name="s"} 3 # {${trace},big="${"x".repeat(60)}",w="\u{1F600}"} 1 100\n`,
  );
});

test("times are seconds in OpenMetrics, and milliseconds in Prometheus' own text", async () => {
  const metrics = resourceMetrics([scope("s", [gauge({ name: "g" }, [{}, 7])])]);
  const settings = { timestamps: true };
  expect(await rendered(metrics, settings)).toContain('g{otel_scope_name="s"} 7 1500\n');
  expect(await rendered(metrics, { ...settings, format: "openmetrics-1.0.0" })).toContain(
    'g{otel_scope_name="s"} 7 1.5\n',
  );
});

test("all samples of a series have its time, or none has", async () => {
  const metrics = since(7, [counter({ name: "c" }, [{}, 1]), histogram({ name: "h" }, [], [2])]);
  const text = await rendered(metrics, { format: "openmetrics-1.0.0", timestamps: true, scopeLabels: false });
  expect(samplesOf(text)).toEqual([
    "c_total 1 1.5",
    "c_created 7 1.5",
    'h_bucket{le="+Inf"} 2 1.5',
    "h_sum 0 1.5",
    "h_count 2 1.5",
    "h_created 7 1.5",
  ]);
});

test("a counter whose family name would be invalid is of unknown type, and keeps its samples", async () => {
  const named = resourceMetrics([scope("tachymeter.collector", [counter({ name: "runs" }, [{}, 1])])]);
  expect(await rendered(named, { format: "openmetrics-1.0.0", scopeLabels: false })).toBe(
    "# HELP runs runs\n# TYPE runs unknown\nruns 1\n# EOF\n",
  );
  const taken = resourceMetrics([
    scope("s", [gauge({ name: "jobs" }, [{}, 5]), counter({ name: "jobs" }, [{}, 1])]),
  ]);
  expect(await rendered(taken, { format: "openmetrics-1.0.0", scopeLabels: false })).toBe(`# HELP jobs jobs
# TYPE jobs gauge
jobs 5
# HELP jobs_total jobs
# TYPE jobs_total unknown
jobs_total 1
# EOF
`);
});

test("if a metric is called target, target_info is of unknown type", () => {
  const metrics = resourceMetrics([scope("s", [gauge({ name: "target" }, [{}, 5])])], { a: "b" });
  expect(renderPrometheus(metrics, openMetrics).match(/^# TYPE.*$/gm)).toEqual([
    "# TYPE target_info unknown",
    "# TYPE target gauge",
  ]);
});

test("if a counter is called target, target_info is of unknown type too", () => {
  const metrics = resourceMetrics([scope("s", [counter({ name: "target" }, [{}, 5])])], { a: "b" });
  expect(renderPrometheus(metrics, openMetrics).match(/^# TYPE.*$/gm)).toEqual([
    "# TYPE target_info unknown",
    "# TYPE target counter",
  ]);
});

test("beside target_info no counter is a family of that name", () => {
  const metrics = resourceMetrics([scope("s", [counter({ name: "target.info" }, [{}, 5])])], { a: "b" });
  expect(renderPrometheus(metrics, openMetrics).match(/^# TYPE.*$/gm)).toEqual([
    "# TYPE target info",
    "# TYPE target_info_total unknown",
  ]);
});

test("a histogram without a sum has no count either, since the last bucket shows it", async () => {
  const metric = histogram({ name: "h" }, [1], [1, 1]);
  Reflect.deleteProperty(Object(metric.dataPoints[0]!.value), "sum");
  const metrics = resourceMetrics([scope("s", [metric])]);
  expect(samplesOf(renderPrometheus(metrics, openMetrics))).toEqual([
    'h_bucket{otel_scope_name="s",le="1.0"} 1',
    'h_bucket{otel_scope_name="s",le="+Inf"} 2',
  ]);
  expect(renderPrometheus(metrics)).toContain('h_count{otel_scope_name="s"} 2\n');
});

function samplesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function since(seconds: number, metrics: readonly MetricData[]): ResourceMetrics {
  const startTime = [Math.trunc(seconds), Math.round((seconds % 1) * 1e9)];
  for (const { dataPoints } of metrics)
    for (const point of dataPoints) Reflect.set(point, "startTime", startTime);
  return resourceMetrics([scope("s", metrics)]);
}

function exemplar(
  value: number,
  seconds: number,
  digit: string,
  filteredAttributes: Attributes = {},
): Exemplar {
  return {
    value,
    timestamp: [Math.trunc(seconds), Math.round((seconds % 1) * 1e9)],
    filteredAttributes,
    traceId: digit.repeat(32),
    spanId: digit.repeat(16),
  };
}

function withExemplars(metric: MetricData, exemplars: readonly Exemplar[]): MetricData {
  for (const point of metric.dataPoints) Reflect.set(point, "exemplars", exemplars);
  return metric;
}
