import { devNull } from "node:os";
import { join } from "node:path";
import { diag, metrics } from "@opentelemetry/api";
import { MeterProvider as UpstreamMeterProvider } from "@opentelemetry/sdk-metrics";
import { RuntimeNodeInstrumentation } from "@opentelemetry/instrumentation-runtime-node";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { AlreadyStartedError, ConfigurationError, type Options, running, start } from "tachymeter";
import { setupCoordinationHooks } from "tachymeter/facades";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "tachymeter/metrics";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";

const quiet: Options = { readers: [], host: false, runtime: false };

afterEach(async () => {
  await running()?.shutdown();
});

function listenerCounts(): readonly number[] {
  return ["SIGTERM", "SIGINT", "beforeExit"].map((name) => process.listenerCount(name));
}

function periodicReader(): PeriodicExportingMetricReader {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  return new PeriodicExportingMetricReader({ exporter });
}

function problemsOf(options: object): readonly string[] {
  try {
    start({ ...quiet, ...options });
    return [];
  } catch (error) {
    return error instanceof ConfigurationError ? error.problems.map(({ name }) => name) : [String(error)];
  }
}

test("start registers the global provider, and shutdown unregisters it", async () => {
  expect(running()).toBeUndefined();
  const telemetry = start(quiet);
  expect(running()).toBe(telemetry);
  expect(metrics.getMeterProvider()).toBe(telemetry.meterProvider);
  await telemetry.ready;
  await telemetry.shutdown();
  await telemetry.shutdown();
  expect(running()).toBeUndefined();
  expect(metrics.getMeterProvider()).not.toBe(telemetry.meterProvider);
  expect(start(quiet)).not.toBe(telemetry);
});

test("a second start returns the running Tachymeter; with options it throws, with the place of the first start", () => {
  const telemetry = start(quiet);
  expect(start()).toBe(telemetry);
  expect(() => start(quiet)).toThrow(AlreadyStartedError);
  expect(() => start(quiet)).toThrow(/is already running, started at .*start\.test\.ts:\d+/);
});

test("an invalid configuration starts nothing and reports all problems together", () => {
  expect(problemsOf({ readers: ["promethius"], collectionInterval: -1 })).toEqual([
    "collectionInterval",
    "readers[0]",
  ]);
  expect(running()).toBeUndefined();
  expect(() => start({ ...quiet, collectionInterval: -1 })).toThrow(
    "collectionInterval must be a number of seconds above 0",
  );
});

test("an unwritable JSON file is a problem at start", () => {
  const notAFolder = `${import.meta.filename}/metrics.json`;
  expect(problemsOf({ readers: [{ type: "json", file: notAFolder }] })).toEqual(["readers[0].file"]);
  expect(problemsOf({ readers: [{ type: "json", file: import.meta.dirname }] })).toEqual(["readers[0].file"]);
});

test("a file used twice is a problem at start, standard output used twice is valid", async () => {
  const file = join(newFolder("start"), "metrics");
  const json = { type: "json", file };
  const lines = { ...json, format: "ndjson" };
  expect(problemsOf({ readers: [json, lines], eventLog: file })).toEqual(["readers[1].file", "eventLog"]);
  const withOther = { readers: [{ ...lines, file: devNull }], eventLog: devNull, cardinalityLimit: 0 };
  expect(problemsOf(withOther)).toEqual(["cardinalityLimit"]);
});

test("metrics at the path of the live page are a problem at start", () => {
  const readers = [{ type: "prometheus", port: 0, endpoint: "/" }];
  expect(problemsOf({ readers, page: true })).toEqual(["readers[0].endpoint"]);
  expect(problemsOf({ readers: [{ ...readers[0], preventServerStart: true }], page: true })).toEqual([]);
});

test("a URL of reader json with a password is a problem at start", () => {
  const readers: Options["readers"] = [{ type: "json", url: "http://user:word@127.0.0.1/in" }];
  expect(problemsOf({ readers })).toEqual(["readers[0].url"]);
  expect(() => start({ ...quiet, readers })).toThrow(
    "be an http:// or https:// URL without user and password",
  );
});

test("what an application records is in the snapshot, by Prometheus names and sorted labels", async () => {
  const telemetry = start({ ...quiet, serviceName: "shop" });
  telemetry.messaging.sent("jobs", 2);
  telemetry.coordination.message("ping", { latency: 0.02 });
  telemetry.health.set("database", "degraded", "slow");
  telemetry.collector
    .registerCounter("requests_total", "Requests.", ["method"])
    .increment(3, { method: "GET" });
  metrics.getMeter("shop").createGauge("shop.open", { description: "Whether the shop is open." }).record(1);
  const { metrics: found, running: collecting } = await telemetry.snapshot();
  expect(collecting).toBe(true);
  expect(found).toMatchObject({
    'messages_sent_total{messaging_destination_name="jobs"}': { value: 2 },
    'coordination_messages_total{coordination_message_type="ping"}': { value: 1 },
    'coordination_message_latency_seconds{coordination_message_type="ping"}': {
      value: { count: 1, sum: 0.02 },
    },
    health_status: { value: 2 },
    'requests_total{method="GET"}': { value: 3, labels: { method: "GET" } },
    shop_open: { value: 1 },
  });
});

test("the resource has the given name and attributes, upstream's detections and an instance id, and no arguments", async () => {
  const { resource } = start({
    ...quiet,
    serviceName: "shop",
    resource: { "deployment.environment.name": "test" },
  });
  await resource.waitForAsyncAttributes?.();
  expect(resource.attributes).toMatchObject({
    "service.name": "shop",
    "deployment.environment.name": "test",
    "service.instance.id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    "process.pid": process.pid,
    "telemetry.sdk.language": "nodejs",
  });
  expect(Object.keys(resource.attributes)).not.toContain("process.command_args");
});

test("resource attributes with an invalid pair are ignored with a warning, which does not show them", () => {
  const warnings = collectWarnings();
  onTestFinished(() => {
    diag.disable();
    vi.unstubAllEnvs();
  });
  const resource = () => {
    const telemetry = start(quiet);
    void telemetry.shutdown();
    return telemetry.resource;
  };
  for (const text of ["team=hidden,region", "team=hidden=b", "team=%zz", `team=${"hidden".repeat(50)}`]) {
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", text);
    expect(resource().attributes).not.toHaveProperty("team");
  }
  vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "team=a%2Cb,");
  expect(resource().attributes).toMatchObject({ team: "a,b" });
  expect(new Set(warnings).size).toBe(1);
  expect(warnings[0]).toMatch(/^variable OTEL_RESOURCE_ATTRIBUTES must be a list .*; it was ignored$/);
  expect(warnings.join("")).not.toContain("hidden");
});

test("a failed start leaves nothing running, and unregisters the global provider", async () => {
  const taken = periodicReader();
  const owner = new MeterProvider({ readers: [taken] });
  onTestFinished(() => owner.shutdown());
  const throwing = new RuntimeNodeInstrumentation({ enabled: false });
  throwing.setMeterProvider = () => {
    throw new Error("not with this one");
  };
  const listeners = listenerCounts();
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const failing = (options: Options) => (): unknown => start({ ...quiet, ...options });

  expect(failing({ readers: ["console", taken] })).toThrow("it can not be bound to a MeterProvider again");
  expect(failing({ readers: [periodicReader()], instrumentations: [throwing] })).toThrow("not with this one");
  const createMeterProvider: Options["createMeterProvider"] = (parts) =>
    Reflect.get(new MeterProvider(parts), "missing");
  expect(failing({ readers: ["console"], createMeterProvider })).toThrow(
    "createMeterProvider must return a MeterProvider, not a promise, got undefined",
  );

  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0));
  expect(listenerCounts()).toEqual(listeners);
  expect(running()).toBeUndefined();
  expect(start(quiet)).toBe(running());
});

test("start works again after a shutdown, and during one", async () => {
  const first = start(quiet);
  const ended = first.shutdown();
  const second = start(quiet);
  await ended;
  expect(running()).toBe(second);
  expect(metrics.getMeterProvider()).toBe(second.meterProvider);
});

test("shutdown keeps a provider that has replaced ours meanwhile", async () => {
  const telemetry = start(quiet);
  const other = new MeterProvider();
  metrics.disable();
  metrics.setGlobalMeterProvider(other);
  onTestFinished(() => metrics.disable());
  await telemetry.shutdown();
  expect(metrics.getMeterProvider()).toBe(other);
});

test("an instrumentation that fails to shut down does not prevent the shutdown of the provider", async () => {
  const stubborn = new RuntimeNodeInstrumentation({ enabled: false });
  stubborn.disable = () => {
    throw new Error("not yet");
  };
  const reader = periodicReader();
  const telemetry = start({ ...quiet, readers: [reader], instrumentations: [stubborn] });
  await expect(telemetry.shutdown()).rejects.toThrow("not yet");
  expect(metrics.getMeterProvider()).not.toBe(telemetry.meterProvider);
  await expect(reader.collect()).rejects.toThrow("shutdown");
});

test("the place of the first start is reported as far as the application's own stack traces contain it", () => {
  const stacks = vi.spyOn(Error, "prepareStackTrace").mockImplementation((_, sites) => sites);
  start(quiet);
  stacks.mockRestore();
  expect(() => start(quiet)).toThrow("started at an unknown place");
});

test.each([
  ["ours", {}],
  ["upstream's", { createMeterProvider: (options: object) => new UpstreamMeterProvider(options) }],
  ["a frozen one", { createMeterProvider: (options: object) => Object.freeze(new MeterProvider(options)) }],
])("with %s, calls and custom metrics are in the snapshot by their Prometheus names", async (_sdk, sdk) => {
  const telemetry = start({ ...quiet, ...sdk });
  telemetry.application.timer("load", { table: "orders" })(() => {})();
  telemetry.custom.incrementCounter("orders", 2, { country: "NO" });
  telemetry.custom.recordBusinessMetric("cart.value", 129.9, "EUR");
  telemetry.application.trackAllocations("build", () => {});
  const { metrics: snapshot } = await telemetry.snapshot();
  expect(
    snapshot['application_call_duration_seconds{code_function_name="load",table="orders"}']?.value,
  ).toMatchObject({ count: 1 });
  expect(snapshot).toHaveProperty(['application_allocation_size_bytes{code_function_name="build"}']);
  expect(snapshot['orders_total{country="NO"}']?.value).toBe(2);
  expect(snapshot["cart_value_EUR"]?.value).toBe(129.9);
});

test("kernels are off by default", async () => {
  const off = start(quiet);
  off.kernels.launch("k");
  expect(off.kernels.getSummary().kernelCount).toBe(0);
  await off.shutdown();
  const on = start({ ...quiet, hooks: { kernels: true } });
  on.kernels.launch("k");
  expect(on.kernels.getSummary().kernelCount).toBe(1);
});

test("all series of a terminated kernel leave the export after five minutes", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const telemetry = start({ ...quiet, hooks: { kernels: true } });
  telemetry.kernels.launch("k");
  telemetry.kernels.recordReceive("k");
  telemetry.kernels.recordError("k", new RangeError("no"));
  telemetry.kernels.terminate("k");
  const exported = async (): Promise<number> =>
    Object.keys((await telemetry.snapshot()).metrics).filter((key) => key.includes('kernel_id="k"')).length;
  expect(await exported()).toBe(10);
  vi.advanceTimersByTime(299_000);
  expect(await exported()).toBe(10);
  vi.advanceTimersByTime(1_000);
  expect(await exported()).toBe(0);
  expect(telemetry.kernels.getTelemetry("k")).toMatchObject({ state: "terminated", messagesReceived: 1 });
});

test("another SDK's provider replaces ours, with all parts attached", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const made: UpstreamMeterProvider[] = [];
  const telemetry = start({
    ...quiet,
    readers: [reader],
    createMeterProvider: (parts) => {
      made.push(new UpstreamMeterProvider(parts));
      return made[0] ?? new UpstreamMeterProvider();
    },
  });
  expect(telemetry.meterProvider).toBe(made[0]);
  telemetry.messaging.received("jobs");
  await telemetry.forceFlush();
  const names = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .map(({ descriptor }) => descriptor.name);
  expect(names).toContain("messages.received");
  expect((await telemetry.snapshot()).metrics).toHaveProperty([
    'messages_received_total{messaging_destination_name="jobs"}',
  ]);
});

test("the running collector's hooks are those of the running facades, and nothing is counted twice", async () => {
  const telemetry = start(quiet);
  expect(setupCoordinationHooks(telemetry.collector)).toBe(telemetry.coordination);
  telemetry.collector.recordEvent("coordination.message", { type: "ping" });
  telemetry.coordination.message("ping");
  const heard: unknown[] = [];
  telemetry.events.on("coordination.message", ({ data }) => heard.push(data));
  telemetry.coordination.message("ping");
  const { metrics: found, events_count } = await telemetry.snapshot();
  expect(found).toMatchObject({
    'coordination_messages_total{coordination_message_type="ping"}': { value: 3 },
  });
  expect(heard).toHaveLength(1);
  expect(events_count).toBe(2);
});

test.each([
  ["independent", ["first", "orders"]],
  ["composable", ["first"]],
] as const)("views are %s if the option says so", async (viewMatchingMode, names) => {
  const views = [{ instrumentName: "orders", name: "first" }, { instrumentName: "orders" }];
  const telemetry = start({ ...quiet, viewMatchingMode, views });
  metrics.getMeter("shop").createUpDownCounter("orders").add(1);
  const snapshot = await telemetry.collector.getSnapshot();
  expect(Object.keys(snapshot.metrics).filter((name) => names.some((each) => each === name))).toEqual(names);
  expect("orders" in snapshot.metrics).toBe(viewMatchingMode === "independent");
});

test("the cardinality limit applies to every instrument", async () => {
  const telemetry = start({ ...quiet, cardinalityLimit: 10 });
  const counter = metrics.getMeter("shop").createCounter("visits");
  for (let visitor = 0; visitor < 50; visitor++) counter.add(1, { visitor });
  const { metrics: found } = await telemetry.snapshot();
  const series = Object.keys(found).filter((key) => key.startsWith("visits_total"));
  expect(series.length).toBeLessThanOrEqual(11);
  expect(series).toContain('visits_total{otel_metric_overflow="true"}');
});

test("after a shutdown a snapshot contains only the named metrics", async () => {
  const telemetry = start(quiet);
  telemetry.messaging.sent("jobs");
  telemetry.collector.registerCounter("requests_total").increment(2);
  await telemetry.shutdown();
  const { metrics: found, running: collecting } = await telemetry.snapshot();
  expect(collecting).toBe(false);
  expect(Object.keys(found)).toEqual(["requests_total"]);
});

test("options that are not an object are one problem", () => {
  const given: unknown[] = ["prometheus", ["prometheus"], 5];
  for (const options of given) {
    expect(() => Reflect.apply(start, undefined, [options])).toThrow(
      'options must be an object such as { readers: ["json"] }',
    );
  }
});

test("disposing of it shuts it down", async () => {
  {
    await using telemetry = start(quiet);
    expect(running()).toBe(telemetry);
  }
  expect(running()).toBeUndefined();
});

test("a start during a shutdown is in a group of its own, and a shutdown takes the variables of the group back", async () => {
  const before = groupVariables();
  const first = start({ ...quiet, group: true });
  const directory = process.env["TACHYMETER_GROUP_DIRECTORY"];
  expect(directory).toMatch(/tachymeter-/);
  const ended = first.shutdown();
  expect(groupVariables()).toEqual(before);
  const second = start({ ...quiet, group: true });
  await ended;
  expect(second.group.role).toBe("alone");
  expect(process.env["TACHYMETER_GROUP_DIRECTORY"]).toMatch(/tachymeter-/);
  expect(process.env["TACHYMETER_GROUP_DIRECTORY"]).not.toBe(directory);
  await second.shutdown();
  expect(groupVariables()).toEqual(before);
});

function groupVariables(): object {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith("TACHYMETER_GROUP")),
  );
}
