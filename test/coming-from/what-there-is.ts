/** The actual names of the package, with which the names in the documents are compared. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import * as main from "tachymeter";
import * as facades from "tachymeter/facades";
import * as histories from "tachymeter/history";
import * as json from "tachymeter/json";
import * as metrics from "tachymeter/metrics";
import * as otlp from "tachymeter/otlp";
import * as prometheus from "tachymeter/prometheus";
import * as testing from "tachymeter/testing";
import { vi } from "vitest";
import { typesOf } from "./library-names.ts";

const src = resolve(import.meta.dirname, "..", "..", "src");

/** The names that can be looked up. */
export interface WhatThereIs {
  /** Objects by their names in the documents, and all exports. */
  readonly objects: object;
  /** The keys of all series of a snapshot in which everything was recorded. */
  readonly series: readonly string[];
  /** The sources, with the names of types and of environment variables. */
  readonly sources: string;
}

/** Records everything once with a real Tachymeter, and returns the names. */
export async function whatThereIs(): Promise<WhatThereIs> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const telemetry = main.start({ readers: [], collectionInterval: 0.02, hooks: { kernels: true } });
  const { collector, coordination, messaging, health, kernels } = telemetry;
  const { commands, application, network, custom, system, events } = telemetry;
  await recordAll(telemetry);
  const metric = custom.recordBusinessMetric("cart_value", 1, "EUR", {}, { cart: "c" });
  const traced = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: "1".repeat(32),
    spanId: "2".repeat(16),
    traceFlags: 1,
  });
  const event = context.with(traced, () => events.record({ event_type: "a", source: "b" }));
  await new Promise((collected) => collector.addHook("collection", collected));
  collectGarbage();
  const snapshot = await snapshotWith(telemetry, [
    "nodejs_eventloop_delay_mean_seconds",
    "v8js_gc_duration_seconds",
  ]);
  const commandEvents = new facades.Events();
  new facades.Commands({ events: commandEvents }).recordExecution(true, 1, "ls");
  const bridge = await bridgeDocuments();
  const provider = new metrics.MeterProvider();
  const meter = provider.getMeter("a");
  const exporter = new facades.MultiExporter([]);
  const objects = {
    ...main,
    ...facades,
    ...histories,
    ...json,
    ...metrics,
    ...otlp,
    ...prometheus,
    ...testing,
    telemetry,
    collector,
    coordination,
    messaging,
    health,
    kernels,
    commands,
    application,
    network,
    custom,
    system,
    events,
    counter: collector.registerCounter("a_total"),
    gauge: collector.registerGauge("b"),
    histogram: collector.registerHistogram("c"),
    exporter,
    periodic: new facades.PeriodicExporter(exporter, collector),
    prometheusExporter: new prometheus.PrometheusExporter({ preventServerStart: true }),
    provider,
    meter,
    instrument: meter.createCounter("d"),
    bound: meter.createCounter("d").bind({}),
    snapshot,
    entry: Object.values(snapshot.metrics)[0],
    stats: await wholeStats(commands),
    kernel: kernels.getTelemetry("adder"),
    summary: kernels.getSummary(),
    metric,
    event,
    commandEvent: commandEvents.recent()[0],
    ...bridge,
  };
  await telemetry.shutdown();
  context.disable();
  return { objects, series: Object.keys(snapshot.metrics), sources: readSources() };
}

// A bridge, one of each of its documents, and the parts below it.
async function bridgeDocuments(): Promise<object> {
  const bridge = new histories.BridgeTelemetry({ storage_config: { connection_string: ":memory:" } });
  const event = { event_type: "a", source: "b", data: null };
  const answer = await bridge.recordEvent(event);
  const refused = await bridge.recordEvent({ ...event, source: "" });
  await bridge.recordMetric("rows", 1);
  const found = await bridge.getMetrics(["rows"]);
  const condition = await bridge.healthCheck();
  await bridge.close();
  const history = await histories.History.open({ path: ":memory:" });
  await history.close();
  return { bridge, answer, refused, found, condition, history };
}

// Node.js reports its own metrics a little later.
function snapshotWith(telemetry: main.Tachymeter, names: readonly string[]): Promise<facades.Snapshot> {
  return vi.waitFor(async () => {
    const snapshot = await telemetry.snapshot();
    const keys = Object.keys(snapshot.metrics).map((key) => key.split("{")[0]);
    const late = names.filter((name) => !keys.includes(name));
    if (late.length > 0) throw new Error(`not recorded: ${late.join(", ")}`);
    return snapshot;
  }, 10_000);
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

async function recordAll(telemetry: main.Tachymeter): Promise<void> {
  const { collector, coordination, messaging, health, kernels, commands, application, network } = telemetry;
  collector.registerCounter("requests_total").increment();
  collector.recordEvent("a");
  telemetry.events.record({ event_type: "", source: "a" });
  const { meterProvider } = telemetry;
  const forgetful = new facades.Events({ meterProvider, maxEvents: 1 });
  for (let i = 0; i < 2; i++) forgetful.record({ event_type: "a", source: "a" });
  telemetry.events.on("loop", () => telemetry.events.record({ event_type: "loop", source: "a" }));
  telemetry.events.record({ event_type: "loop", source: "a" });
  coordination.message("assign", { latency: 1 });
  messaging.sent("a");
  messaging.received("a");
  messaging.queueSize("a", 1);
  messaging.processed("a", 1);
  health.register("a", () => true);
  await health.check();
  commands.recordExecution(true, 1, "ls");
  commands.recordExecution(false, 1, "ls");
  kernels.launch("adder");
  kernels.recordReceive("adder");
  kernels.recordSend("adder");
  kernels.recordReceive("adder");
  kernels.recordProcessed("adder");
  kernels.recordError("adder", new Error("a"));
  application.track("a", {}, () => {});
  application.trackAllocations("a", () => {});
  network.measureThroughput(1, 1, "a");
  await network.measureTcpLatency("127.0.0.1", 1);
}

function readSources(): string {
  const files = [
    "index.ts",
    "events/events.ts",
    ...["facades", "history", "readers/prometheus", "readers/otlp", "readers/json", "engine", "testing"].map(
      (room) => `${room}/index.ts`,
    ),
  ];
  const options = readdirSync(join(src, "options")).map((name) => `options/${name}`);
  const ours = [...files, ...options].map((file) => readFileSync(join(src, file), "utf8"));
  // `tachymeter/metrics` has all of upstream's names.
  return [...ours, typesOf("@opentelemetry/sdk-metrics")].join("\n");
}

// On a busy machine the file system may respond too late, and is omitted.
async function wholeStats(commands: facades.Commands): Promise<facades.CommandStats> {
  let stats = await commands.getStats();
  for (let tries = 5; stats.systemMetrics.diskUsage === undefined && tries > 0; tries--) {
    stats = await commands.getStats();
  }
  return stats;
}
