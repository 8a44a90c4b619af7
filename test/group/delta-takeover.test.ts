// A real backend that adds up the deltas of a group whose exporting process is killed.
import { expect, test } from "vitest";
import { metricsOf, type OtlpReceiver, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";

// Each signal makes the main thread and a worker thread record a hundred measurements.
const PROGRAM = `
  import { Worker } from "node:worker_threads";
  import { metrics } from "@opentelemetry/api";
  const meter = metrics.getMeter("delta");
  let observed = 0;
  meter.createObservableCounter("observed").addCallback((result) => result.observe(observed));
  const worker = new Worker(new URL("thread.mjs", import.meta.url));
  let rounds = 0;
  const { record } = await import("./record.mjs");
  worker.on("message", () => {
    record(100);
    observed += 100;
    console.log("round", ++rounds);
  });
  process.on("SIGUSR2", () => worker.postMessage("record"));
  console.log("started");
`;
const THREAD = `
  import { parentPort } from "node:worker_threads";
  import { record } from "./record.mjs";
  parentPort.on("message", () => {
    record(100);
    parentPort.postMessage("recorded");
  });
`;
const RECORD = `
  import { metrics } from "@opentelemetry/api";
  const meter = metrics.getMeter("delta");
  const counted = meter.createCounter("counted");
  const sizes = meter.createHistogram("sizes");
  const held = meter.createUpDownCounter("held");
  export function record(times) {
    for (let i = 0; i < times; i++) {
      counted.add(1, { parity: i % 2 });
      sizes.record(i);
      held.add(1);
    }
  }
`;

test("a backend that adds up deltas has the truth after the exporting process was killed", async () => {
  const receiver = await otlpReceiver();
  const cwd = await application({ "app.mjs": PROGRAM, "thread.mjs": THREAD, "record.mjs": RECORD });
  const start = (): RunningProcess =>
    runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs"],
      env: {
        OTEL_SERVICE_NAME: "delta",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
        OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
        OTEL_METRIC_EXPORT_INTERVAL: "200",
        TACHYMETER_GROUP: "deltas",
        TACHYMETER_GROUP_DIRECTORY: `${cwd}/group`,
        TACHYMETER_GROUP_INTERVAL: "0.1",
      },
    });
  const processes = [start()];
  await processes[0]?.waitForOutput(/started/);
  processes.push(start(), start());
  await Promise.all(processes.map((each) => each.waitForOutput(/started/)));

  await recordIn(processes, 1);
  await recordIn(processes, 2);
  await expectTotal(receiver, 6 * 200);
  // Everything is exported, and then the process that exports is killed.
  processes[0]?.kill("SIGKILL");
  await processes[0]?.exit;
  const survivors = processes.slice(1);
  await recordIn(survivors, 3);
  await expectTotal(receiver, 8 * 200);

  // The whole group ends, and another process continues it.
  survivors[0]?.kill("SIGKILL");
  await survivors[0]?.exit;
  survivors[1]?.kill("SIGTERM");
  await survivors[1]?.exit;
  const successor = start();
  await successor.waitForOutput(/started/);
  await recordIn([successor], 1);
  await expectTotal(receiver, 9 * 200);
  successor.kill("SIGTERM");
  await successor.exit;
  expect(totalsIn(receiver)).toEqual(totalsOf(9 * 200));
});

test("deltas of a child whose parent has ended before it joined the group are exported", async () => {
  const receiver = await otlpReceiver();
  const cwd = await application({
    "parent.mjs": `
      import { fork } from "node:child_process";
      const soon = { OTEL_METRIC_EXPORT_INTERVAL: "1000", TACHYMETER_GROUP_INTERVAL: "0.2" };
      const child = fork("child.mjs", { env: { ...process.env, ...soon } });
      child.once("message", () => process.kill(process.pid, "SIGKILL"));`,
    "child.mjs": `
      import { metrics } from "@opentelemetry/api";
      import { running } from "tachymeter";
      const counted = metrics.getMeter("delta").createCounter("counted");
      counted.add(100);
      process.send("recorded");
      await running().ready;
      counted.add(20);
      setTimeout(() => process.exit(), 3_000);`,
  });
  const parent = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "parent.mjs"],
    env: {
      OTEL_SERVICE_NAME: "delta",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
      // The parent neither exports nor joins the group in time.
      OTEL_METRIC_EXPORT_INTERVAL: "600000",
      TACHYMETER_GROUP_INTERVAL: "600",
    },
  });
  await parent.exit;
  await expect.poll(() => totalsIn(receiver)["counted"], { timeout: 10_000 }).toBe(120);
});

async function recordIn(processes: readonly RunningProcess[], round: number): Promise<void> {
  for (const each of processes) each.kill("SIGUSR2");
  await Promise.all(processes.map((each) => each.waitForOutput(new RegExp(`round ${round}\n`))));
}

async function expectTotal(receiver: OtlpReceiver, total: number): Promise<void> {
  try {
    await expect.poll(() => totalsIn(receiver)).toEqual(totalsOf(total));
  } catch (cause) {
    const deltas = receiver.requests.map((request) => totalsIn({ requests: [request] }));
    throw new Error(`the deltas were ${JSON.stringify(deltas)}`, { cause });
  }
}

function totalsOf(total: number): Readonly<Record<string, number>> {
  return { counted: total, sizes: total, observed: total / 2 };
}

function totalsIn({ requests }: Pick<OtlpReceiver, "requests">): Readonly<Record<string, number>> {
  const totals: Record<string, number> = { counted: 0, sizes: 0, observed: 0 };
  for (const metric of requests.map(({ body }) => body).flatMap(metricsOf))
    for (const point of metric.kind === "sum" || metric.kind === "exponentialHistogram" ? metric.points : [])
      if (metric.name in totals) totals[metric.name]! += "value" in point ? point.value : point.count;
  return totals;
}
