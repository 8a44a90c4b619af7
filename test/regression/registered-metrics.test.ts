import { Commands, TelemetryCollector } from "tachymeter/facades";
import { DataPointType } from "tachymeter/metrics";
import { expect, test, vi } from "vitest";
import { collectingProvider } from "../collecting.ts";

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

test("all registered metrics are counted, also those without a series", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider, collectionInterval: 0.02 });
  collector.registerGauge("temperature");
  collector.registerCounter("labelled_total", "", ["queue"]);
  await collector.startCollection();
  await vi.waitFor(async () => expect(await point("telemetry.metrics.count")).toBe(2));
  await collector.stopCollection();
});

test("a histogram has the unit that it is given, or that its name says", async () => {
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
  expect(() => collector.registerHistogram("x", "", { unit: "\u001b" })).toThrow(/its unit must be/);
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

test("a total beyond what a number holds prints as a number", async () => {
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
