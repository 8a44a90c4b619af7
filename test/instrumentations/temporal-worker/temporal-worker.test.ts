import { createRequire } from "node:module";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { DataPointType } from "tachymeter/metrics";
import { afterEach, expect, test, vi } from "vitest";
import { temporalWorker as instrumented } from "../../../instrumentations/temporal-worker/index.ts";
import { begin } from "../../../instrumentations/temporal-worker/instrumentation.ts";
import { startTemporal } from "../../servers/small-temporal.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const temporal: typeof import("@temporalio/worker") = createRequire(import.meta.url)("@temporalio/worker");
instrumentation.disable();

type Runtime = import("@temporalio/worker").Runtime;

const collecting = measured(instrumentation);

afterEach(async () => {
  await temporal.Runtime.instance().shutdown();
  diag.disable();
});

function installed(telemetryOptions: object = {}): Runtime {
  return temporal.Runtime.install({
    logger: new temporal.DefaultLogger("ERROR"),
    telemetryOptions: { logging: { filter: "OFF" }, ...telemetryOptions },
  });
}

/** Runs a worker until it has run one activity. Then the runtime ends. */
async function runActivity(): Promise<void> {
  const server = await startTemporal();
  const connection = await temporal.NativeConnection.connect({ address: server.address });
  let worker: import("@temporalio/worker").Worker | undefined;
  const charge = async (): Promise<void> => worker?.shutdown();
  worker = await temporal.Worker.create({ connection, taskQueue: "orders", activities: { charge } });
  await worker.run();
  await connection.close();
  await server.stop();
}

const ofWorker = { namespace: "default", task_queue: "orders" };
const ofActivity = { ...ofWorker, activity_type: "charge", workflow_type: "order" };

async function expectActivities(count: number): Promise<void> {
  await vi.waitFor(async () =>
    expect(countOf(await collecting.point("temporal_activity_execution_latency", ofActivity))).toBe(count),
  );
}

test("the metrics of a worker have Temporal's names, units and attributes", async () => {
  installed();
  await runActivity();
  await expectActivities(1);
  const { scopeMetrics } = await collecting.collect();
  const metrics = scopeMetrics
    .flatMap((scope) => scope.metrics)
    .map(({ descriptor: { name, unit }, dataPointType }) => [name, [dataPointType, unit]]);
  const { HISTOGRAM, GAUGE, SUM } = DataPointType;
  expect(Object.fromEntries(metrics)).toMatchObject({
    temporal_activity_execution_latency: [HISTOGRAM, "s"],
    temporal_activity_task_received: [SUM, ""],
    temporal_long_request: [SUM, ""],
    temporal_num_pollers: [GAUGE, ""],
    temporal_request: [SUM, ""],
    temporal_request_latency: [HISTOGRAM, "s"],
    temporal_worker_task_slots_available: [GAUGE, ""],
  });
  const slots = { ...ofWorker, worker_type: "ActivityWorker" };
  await vi.waitFor(async () =>
    expect(await collecting.point("temporal_worker_task_slots_available", slots)).toBe(100),
  );
  const completed = { namespace: "default", operation: "RespondActivityTaskCompleted" };
  expect(await collecting.point("temporal_request", completed)).toBe(1);
});

test("instruments of the application's own are recorded, each by its kind", async () => {
  const { metricMeter } = installed();
  const tags = { tenant: "north" };
  for (const value of [3, 4]) {
    metricMeter.createCounter("charges", "{charge}", "Charges made").add(value, tags);
    metricMeter.createUpDownCounter?.("open_orders").add(-value, tags);
    metricMeter.createGauge("price", "float").set(value + 0.5, tags);
    metricMeter.createHistogram("weight", "float", "kg").record(value + 0.5, tags);
  }
  await vi.waitFor(async () => expect(await collecting.point("charges", tags)).toBe(7));
  // Older versions have none.
  const openOrders = metricMeter.createUpDownCounter === undefined ? undefined : -7;
  expect(await collecting.point("open_orders", tags)).toBe(openOrders);
  expect(await collecting.point("price", tags)).toBe(4.5);
  expect(await collecting.point("weight", tags)).toMatchObject({ count: 2, sum: 8 });
});

test("metrics that the application exports itself are left to it, and that is logged once", async () => {
  const logged: string[] = [];
  const ignore = (): void => {};
  const info = (message: string): void => void logged.push(message);
  const logger = { error: info, warn: info, info, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
  for (const name of ["first", "second"]) {
    const buffer = new temporal.MetricsBuffer();
    const runtime = installed({ metrics: { buffer } });
    runtime.metricMeter.createCounter(name).add(1);
    await runtime.shutdown();
    expect([...buffer.retrieveUpdates()].map(({ metric }) => metric.name)).toEqual([name]);
  }
  instrumentation.disable();
  expect((await collecting.collect()).scopeMetrics).toEqual([]);
  expect(logged).toEqual([expect.stringContaining("leave telemetryOptions.metrics out to have them here")]);
});

test("a runtime that is made again by itself is recorded, too", async () => {
  installed();
  await runActivity();
  await runActivity();
  await expectActivities(2);
});

test("while it is disabled, nothing is recorded, and the updates before are not lost", async () => {
  const charges = installed().metricMeter.createCounter("charges");
  charges.add(1);
  instrumentation.disable();
  expect(await collecting.point("charges")).toBe(1);
  charges.add(10);
  instrumentation.enable();
  charges.add(100);
  instrumentation.disable();
  expect(await collecting.point("charges")).toBe(101);
});

test("after a restart, gauges have the values that were set last", async () => {
  const { metricMeter } = installed();
  const pollers = metricMeter.createGauge("temporal_num_pollers");
  pollers.set(5);
  metricMeter.createGauge("temporal_worker_task_slots_available").set(100);
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ temporal_num_pollers: 5, temporal_worker_task_slots_available: 100 });
  pollers.set(2);
  await expectGauges({ temporal_num_pollers: 2, temporal_worker_task_slots_available: 100 });
});
