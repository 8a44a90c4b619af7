import * as upstream from "@opentelemetry/sdk-metrics";
import { Commands, TelemetryCollector } from "tachymeter/facades";
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";
import { renderPrometheus } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { metricsOf, PulledReader } from "../engine/pulled.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";

test("a counter without labels is 0 from its registration on", async () => {
  const { provider, points } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  collector.registerCounter("jobs_total");
  collector.registerCounter("labelled_total", "", ["queue"]);
  expect((await collector.getSnapshot()).metrics).toMatchObject({ jobs_total: { value: 0 } });
  expect(await points("jobs_total")).toEqual([{ attributes: {}, value: 0 }]);
  expect(await points("labelled_total")).toEqual([]);
});

test("a histogram without labels has empty buckets in snapshots from its registration on", async () => {
  const collector = new TelemetryCollector();
  collector.registerHistogram("wait_seconds", "", { buckets: [1, 2] });
  expect((await collector.getSnapshot()).metrics).toMatchObject({
    wait_seconds: { value: { count: 0, sum: 0, min: null, buckets: { 1: 0, 2: 0, "+Inf": 0 } } },
  });
});

test("a histogram without labels is exported with empty buckets from its registration on", async () => {
  const { provider, collect, points } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const wait = collector.registerHistogram("wait_seconds", "", { buckets: [1, 2] });
  collector.registerHistogram("labelled_seconds", "", { labels: ["queue"] });
  collector.registerHistogram("used_seconds").observe(1, { queue: "jobs" });
  await Promise.resolve();
  expect(await points("wait_seconds")).toMatchObject([
    { attributes: {}, value: { count: 0, sum: 0, buckets: { boundaries: [1, 2], counts: [0, 0, 0] } } },
  ]);
  expect(await points("labelled_seconds")).toEqual([]);
  expect(await points("used_seconds")).toMatchObject([
    { attributes: { queue: "jobs" }, value: { count: 1 } },
  ]);
  const lines = renderPrometheus(await collect()).match(/^wait_seconds.*/gm);
  expect(lines?.map((line) => line.replace(/\{.*?(?:(le="[^"]*")?\})/, "{$1}"))).toEqual([
    'wait_seconds_bucket{le="1"} 0',
    'wait_seconds_bucket{le="2"} 0',
    'wait_seconds_bucket{le="+Inf"} 0',
    "wait_seconds_sum{} 0",
    "wait_seconds_count{} 0",
  ]);
  wait.observe(1.5);
  expect(await points("wait_seconds")).toMatchObject([{ value: { count: 1, min: 1.5, max: 1.5 } }]);
});

test("an empty histogram has neither min nor max in OTLP", async () => {
  const receiver = await otlpReceiver();
  const exporter = new OtlpExporter({ url: receiver.url });
  const reader = new PeriodicExportingMetricReader({ exporter });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  new TelemetryCollector({ meterProvider: provider }).registerHistogram("wait_seconds", "", { buckets: [1] });
  await provider.forceFlush();
  const [point] = receiver.metric("wait_seconds")?.points ?? [];
  expect(point).toMatchObject({ count: 0, sum: 0, bucketCounts: [0, 0], min: undefined, max: undefined });
});

test("an empty delta histogram is exported once", async () => {
  const { provider, points } = collectingProvider(AggregationTemporality.DELTA);
  new TelemetryCollector({ meterProvider: provider }).registerHistogram("wait_seconds");
  await Promise.resolve();
  expect(await points("wait_seconds")).toMatchObject([{ value: { count: 0 } }]);
  expect(await points("wait_seconds")).toEqual([]);
});

test("under upstream's provider an empty histogram has no series until its first value", async () => {
  const reader = new PulledReader();
  const provider = new upstream.MeterProvider({ readers: [reader] });
  const wait = new TelemetryCollector({ meterProvider: provider }).registerHistogram("wait_seconds");
  await Promise.resolve();
  expect(metricsOf((await reader.collect()).resourceMetrics)).toEqual([]);
  wait.observe(1);
  expect(metricsOf((await reader.collect()).resourceMetrics)).toMatchObject([
    { dataPoints: [{ value: { count: 1 } }] },
  ]);
});

test("all registered metrics are counted, also those without a series", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider, collectionInterval: 0.02 });
  collector.registerGauge("temperature");
  collector.registerCounter("labelled_total", "", ["queue"]);
  await collector.startCollection();
  // These two, and the three metrics about collections.
  await vi.waitFor(async () => expect(await point("telemetry.metrics.count")).toBe(5));
  await collector.stopCollection();
});

test("a histogram has its unit option, or the unit in its name", async () => {
  const { provider, collect } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  collector.registerHistogram("wait_seconds").observe(1);
  collector.registerHistogram("page_bytes").observe(1);
  collector.registerHistogram("age", "", { unit: "d" }).observe(1);
  collector.registerHistogram("size").observe(1);
  const metrics = (await collect()).scopeMetrics.flatMap((scope) => scope.metrics);
  const units = metrics
    .filter(({ dataPointType }) => dataPointType === DataPointType.HISTOGRAM)
    .map(({ descriptor }) => [descriptor.name, descriptor.unit]);
  expect(Object.fromEntries(units)).toEqual({ wait_seconds: "s", page_bytes: "By", age: "d", size: "" });
  expect(() => collector.registerHistogram("x", "", { unit: "\u001b" })).toThrow(/unit must be/);
});

test("timers of histograms and gauges record the seconds, with the labels of both ends", async () => {
  const collector = new TelemetryCollector();
  const end = collector.registerHistogram("run_seconds").startTimer({ job: "backup" });
  const seconds = end({ outcome: "done" });
  const last = collector.registerGauge("last_run_seconds").startTimer()();
  const { metrics } = await collector.getSnapshot();
  expect(metrics['run_seconds{job="backup",outcome="done"}']).toMatchObject({
    value: { count: 1, sum: seconds },
  });
  expect(metrics["last_run_seconds"]).toMatchObject({ value: last });
});

test("a duration that is not a number counts as an execution, not in the average", async () => {
  const commands = new Commands();
  commands.recordExecution(true, 2, "backup");
  for (const bad of [Number.NaN, -1, Infinity]) commands.recordExecution(true, bad, "backup");
  // @ts-expect-error: what the types forbid
  commands.recordExecution(true, "5", "backup");
  expect(await commands.getStats()).toMatchObject({
    commandsExecuted: 5,
    totalExecutionTime: 2,
    averageExecutionTime: "2.00s",
  });
});

test("a total beyond the range of numbers prints as a number", async () => {
  const commands = new Commands();
  for (let i = 0; i < 3; i++) commands.recordExecution(true, 1e308);
  const { totalExecutionTime, averageExecutionTime } = await commands.getStats();
  expect(totalExecutionTime).toBe(Number.MAX_VALUE);
  expect(averageExecutionTime).toMatch(/^[\d.e+]+s$/);
});

test("a command that always fails is a pattern, alone and beside others", () => {
  const commands = new Commands();
  for (let i = 0; i < 20; i++) commands.recordExecution(false, 1, "broken");
  expect(commands.failurePatterns()).toMatchObject([{ command: "broken", rate: 1, baselineRate: 0.5 }]);
  for (let i = 0; i < 200; i++) commands.recordExecution(i % 20 !== 0, 1, "fine");
  expect(commands.failurePatterns()).toMatchObject([{ command: "broken", rate: 1, baselineRate: 0.05 }]);
});

test("a command that fails at a steady high rate is a pattern against a baseline", () => {
  const commands = new Commands();
  for (let i = 0; i < 200; i++) commands.recordExecution(i % 5 !== 0, 1, "steady");
  expect(commands.failurePatterns()).toEqual([]);
  expect(commands.failurePatterns({ baselineRate: 0.01 })).toMatchObject([
    { command: "steady", failures: 10, executions: 50, rate: 0.2, baselineRate: 0.01 },
  ]);
  expect(commands.failurePatterns({ baselineRate: 0.2 })).toEqual([]);
  expect(() => commands.failurePatterns({ baselineRate: 2 })).toThrow(/baselineRate must be a number/);
});
