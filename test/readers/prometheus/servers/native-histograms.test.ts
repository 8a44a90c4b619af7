import { join } from "node:path";
import { expect, test } from "vitest";
import { needs, needsFetched } from "../../../servers/needs.ts";
import { type PrometheusOptions, startPrometheus } from "../../../servers/prometheus.ts";
import { serving } from "../serving/serving.ts";
import { sampled, SPAN } from "./application.ts";
import { listening } from "../../../kit/listening.ts";

const features = ["native-histograms", "exemplar-storage"];
// Over 14 powers of two, so that 160 buckets have scale 3.
const latencies = Array.from({ length: 1_000 }, (_, i) => 0.001 * 1.01 ** i);
const FACTOR = 2 ** (2 ** -3);

test("Debian's Prometheus reads exponential histograms as native ones", async (context) => {
  needs(context, "prometheus");
  const prometheus = await scraped({ features });
  // It supports exemplars of classic buckets only.
  expect(await prometheus.exemplars("exponential_latency_seconds")).toEqual([]);
});

test("Prometheus 3 reads them too, with their exemplars", async (context) => {
  const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
  const prometheus = await scraped({
    program,
    features: [...features, "created-timestamp-zero-ingestion"],
  });
  // A zero at their start time.
  for (const each of ["orders_total", "histogram_count(exponential_latency_seconds)"]) {
    const [first] = await prometheus.answer(`min_over_time((${each})[5m:100ms])`);
    expect([each, first?.value]).toEqual([each, "0"]);
  }
  await expect.poll(() => prometheus.exemplars("exponential_latency_seconds")).toEqual([sampledAt(0.5)]);
});

test("Prometheus 3 reads names of any characters in protobuf, without requesting them", async (context) => {
  const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
  const { exporter, provider, url } = await serving({ translationStrategy: "NoTranslation" });
  const wait = provider.getMeter("shop").createHistogram("exponential.wait/s");
  wait.record(0.25, { "plats du jour": "crème\nbrûlée" });
  const any = await listening((request, response) => {
    request.headers.accept = `${request.headers.accept?.split(",")[0]};escaping=allow-utf-8`;
    exporter.getMetricsRequestHandler(request, response);
  }, "/metrics");
  const jobs = [
    { name: "asked", target: url },
    { name: "any", target: any },
  ];
  const prometheus = await startPrometheus(jobs, { program, features });
  const [asked] = await prometheus.answer('histogram_count(exponential_wait_s{job="asked"})');
  expect(asked).toMatchObject({ value: "1", labels: { plats_du_jour: "crème\nbrûlée" } });
  const [named] = await prometheus.answer('histogram_count({"exponential.wait/s",job="any"})');
  expect(named).toMatchObject({ value: "1", labels: { "plats du jour": "crème\nbrûlée" } });
});

// Resolves once all values have been checked.
async function scraped(options: PrometheusOptions) {
  const { provider, url } = await serving();
  const inSpan = sampled();
  const meter = provider.getMeter("shop");
  const latency = meter.createHistogram("exponential.latency", { unit: "s", description: "Seconds." });
  for (const seconds of latencies) latency.record(seconds, { route: "/é" });
  latency.record(0.5, { route: "/other" }, inSpan);
  latency.record(0, { route: "/zero" });
  meter.createUpDownCounter("exponential.balance").add(-3);
  meter.createCounter("orders").add(2, {}, inSpan);
  meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1] } }).record(0.25, {}, inSpan);
  meter.createGauge("load").record(-0.5);
  const prometheus = await startPrometheus(url, options);
  const valueOf = async (expression: string): Promise<number> => {
    const [first, ...others] = await prometheus.answer(expression);
    expect(others).toEqual([]);
    return Number(first!.value.replace("Inf", "Infinity"));
  };

  const native = 'exponential_latency_seconds{route="/é",otel_scope_name="shop"}';
  expect(await valueOf(`histogram_count(${native})`)).toBe(1_000);
  expect(await valueOf('up{job="test"}')).toBe(1);
  expect(await valueOf(`histogram_sum(${native})`)).toBe(sumOf(latencies));
  for (const quantile of [0.1, 0.5, 0.9, 0.99]) {
    const answer = await valueOf(`histogram_quantile(${quantile}, ${native})`);
    const recorded = latencies[quantile * latencies.length - 1]!;
    expect(answer).toBeGreaterThan(recorded / FACTOR);
    expect(answer).toBeLessThan(recorded * FACTOR);
  }
  expect(await valueOf(`histogram_fraction(0, 0.5, ${native})`)).toBeCloseTo(
    latencies.filter((seconds) => seconds <= 0.5).length / latencies.length,
    2,
  );
  expect(await valueOf('histogram_quantile(0.5, exponential_latency_seconds{route="/zero"})')).toBeCloseTo(0);
  // A histogram without a sum cannot be native.
  expect(await valueOf('exponential_balance_bucket{le="+Inf"}')).toBe(1);
  expect(await valueOf("exponential_balance_sum")).toBeNaN();
  expect(await valueOf("orders_total")).toBe(2);
  expect(await valueOf('wait_bucket{le=~"1|1.0"}')).toBe(1);
  expect(await valueOf("load")).toBe(-0.5);
  expect(await valueOf('target_info{service_name="test"}')).toBe(1);
  expect(await prometheus.metadata("test")).toContainEqual({
    metric: "exponential_latency_seconds",
    type: "histogram",
    help: "Seconds.",
    unit: options.program === undefined ? "" : "seconds",
  });
  await expect.poll(() => prometheus.exemplars("orders_total")).toEqual([sampledAt(2)]);
  await expect.poll(() => prometheus.exemplars("wait_bucket")).toEqual([sampledAt(0.25)]);
  // A scrape may be late on a busy machine, but unreadable data stays unreadable.
  await expect.poll(() => prometheus.lastError("test")).toBe("");
  return prometheus;
}

function sampledAt(value: number) {
  const labels = { trace_id: SPAN.traceId, span_id: SPAN.spanId };
  return expect.objectContaining({ labels, value });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
