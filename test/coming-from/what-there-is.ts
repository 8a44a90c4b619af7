/** What the package really has: looked up for the names that the documents give. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import * as main from "tachymeter";
import * as facades from "tachymeter/facades";
import * as json from "tachymeter/json";
import * as metrics from "tachymeter/metrics";
import * as otlp from "tachymeter/otlp";
import * as prometheus from "tachymeter/prometheus";
import * as testing from "tachymeter/testing";

const src = resolve(import.meta.dirname, "..", "..", "src");

/** What can be looked up. */
export interface WhatThereIs {
  /** Objects by the names that the documents give them, and all exports. */
  readonly objects: object;
  /** The keys of all series of a snapshot in which everything was recorded. */
  readonly series: readonly string[];
  /** Where the names of types and of environment variables stand. */
  readonly sources: string;
}

/** Records everything once, with a real Tachymeter, and gives what there was to see. */
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
  const snapshot = await telemetry.snapshot();
  const commandEvents = new facades.Events();
  new facades.Commands({ events: commandEvents }).recordExecution(true, 1, "ls");
  const provider = new metrics.MeterProvider();
  const meter = provider.getMeter("a");
  const exporter = new facades.MultiExporter([]);
  const objects = {
    ...main,
    ...facades,
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
    stats: await commands.getStats(),
    kernel: kernels.getTelemetry("adder"),
    summary: kernels.getSummary(),
    metric,
    event,
    commandEvent: commandEvents.recent()[0],
  };
  await telemetry.shutdown();
  context.disable();
  return { objects, series: Object.keys(snapshot.metrics), sources: readSources() };
}

/**
 * What of a code that stands for something does not exist; `undefined` where all of it does. A code is a path into
 * `objects`, `await commands.getStats()`, a name of a class or a type, a metric, `commands_executed_total{outcome="…"}`,
 * or an environment variable.
 */
export function missing(code: string, there: WhatThereIs): string | undefined {
  const name = nameIn(code);
  if (isVariable(name)) return there.sources.includes(`"${name}"`) ? undefined : `variable ${name}`;
  if (/^[a-z0-9]+(_[A-Za-z0-9]+)+$/.test(name)) {
    return isRecorded(code, name, there.series) ? undefined : `metric ${code}`;
  }
  return isExported(name, there.sources) || hasPath(there.objects, name) ? undefined : `name ${code}`;
}

function isRecorded(code: string, name: string, series: readonly string[]): boolean {
  const labels = /\{(.*)\}/.exec(code)?.[1]?.split(",") ?? [];
  return series.some((key) => key.split("{")[0] === name && labels.every((label) => key.includes(label)));
}

// A type is in the sources alone.
function isExported(name: string, sources: string): boolean {
  return /^[A-Z]\w+$/.test(name) && new RegExp(`^export (?!\\*).*\\b${name}\\b`, "m").test(sources);
}

function hasPath(root: object, path: string): boolean {
  let value: unknown = root;
  for (const key of path.split(".")) {
    if (!Reflect.has(Object(value), key)) return false;
    value = Reflect.get(Object(value), key);
  }
  return true;
}

/** Whether a name is an environment variable's. */
export function isVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(name);
}

/** The name in a code: `commands.getStats` of `await commands.getStats()`. */
export function nameIn(code: string): string {
  return /^(?:await |new )?([\w.]+)/.exec(code)?.[1] ?? code;
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
    ...["facades", "readers/prometheus", "readers/otlp", "readers/json", "engine", "testing"].map(
      (room) => `${room}/index.ts`,
    ),
  ];
  const config = readdirSync(join(src, "config")).map((name) => `config/${name}`);
  return [...files, ...config].map((file) => readFileSync(join(src, file), "utf8")).join("\n");
}
