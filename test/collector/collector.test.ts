import { diag, metrics } from "@opentelemetry/api";
import {
  type EventCallback,
  FacadeOptionsError,
  MetricRegistrationError,
  TelemetryCollector,
} from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";

let logged: readonly string[] = [];

beforeEach(() => {
  logged = collectWarnings();
});

afterEach(() => {
  vi.useRealTimers();
  diag.disable();
  metrics.disable();
});

async function valuesOf(collector: TelemetryCollector): Promise<Record<string, unknown>> {
  const snapshot = await collector.getSnapshot();
  return Object.fromEntries(Object.entries(snapshot.metrics).map(([key, { value }]) => [key, value]));
}

test("a collector that runs alone keeps its metrics and events", async () => {
  const collector = new TelemetryCollector({ collectionInterval: 30.0 });
  const counter = collector.registerCounter("requests_total", "Total HTTP requests");
  const gauge = collector.registerGauge("active_connections", "Active connections");
  const histogram = collector.registerHistogram("request_duration_seconds", "Request duration");
  await collector.startCollection();

  counter.increment();
  counter.increment(5.0);
  gauge.set(42);
  gauge.increment(1);
  gauge.decrement(2);
  histogram.observe(0.123);
  histogram.observe(0.456);
  collector.recordEvent("user_login", { user_id: "12345", timestamp: Date.now() / 1000 }, { source: "web" });
  collector.recordEvent("error_occurred", { error_type: "connection_timeout" });

  const snapshot = await collector.getSnapshot();
  const { timestamp } = snapshot;
  expect(Math.abs(Date.now() / 1000 - timestamp)).toBeLessThan(5);
  expect(snapshot).toEqual({
    timestamp,
    metrics: {
      requests_total: { value: 6, labels: {}, timestamp },
      active_connections: { value: 41, labels: {}, timestamp },
      request_duration_seconds: {
        value: {
          count: 2,
          sum: 0.123 + 0.456,
          min: 0.123,
          max: 0.456,
          buckets: {
            "0.005": 0,
            "0.01": 0,
            "0.025": 0,
            "0.05": 0,
            "0.075": 0,
            "0.1": 0,
            "0.25": 1,
            "0.5": 2,
            "0.75": 2,
            "1": 2,
            "2.5": 2,
            "5": 2,
            "7.5": 2,
            "10": 2,
            "+Inf": 2,
          },
        },
        labels: {},
        timestamp,
      },
      ...Object.fromEntries(
        ["user_login", "error_occurred"].map((type) => [
          `telemetry_events_total{event_type="${type}"}`,
          { value: 1, labels: { event_type: type }, timestamp },
        ]),
      ),
    },
    events_count: 2,
    running: true,
  });
  await collector.stopCollection();
  expect((await collector.getSnapshot()).running).toBe(false);
});

test("measurements are also recorded on the provider, under the same names", async () => {
  const { provider, collect, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  collector.registerCounter("requests_total", "Requests").increment(2, { method: "GET" });
  collector.registerGauge("load").set(0.5);
  collector.registerHistogram("size", "Sizes", { buckets: [1, 2, Infinity] }).observe(2);
  expect(await point("requests_total", { method: "GET" })).toBe(2);
  expect(await point("load")).toBe(0.5);
  expect(await point("size")).toMatchObject({ buckets: { boundaries: [1, 2], counts: [0, 1, 0] } });
  const { scopeMetrics } = await collect();
  expect(scopeMetrics.map(({ scope }) => scope.name)).toEqual(["tachymeter.collector"]);
  expect(scopeMetrics[0]?.metrics[0]?.descriptor).toMatchObject({ description: "Requests", unit: "" });
});

test("a collector created before the global provider uses it once it is registered", async () => {
  const counter = new TelemetryCollector().registerCounter("late_total");
  counter.increment(1, { a: 1 });
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  counter.increment(2, { a: 1 });
  expect(await point("late_total", { a: 1 })).toBe(2);
});

test("series are keyed by sorted labels, whose values keep their types", async () => {
  const collector = new TelemetryCollector();
  const counter = collector.registerCounter("requests_total");
  counter.increment(1, { status: 200, method: "GET" });
  counter.increment(1, { method: "GET", status: 200 });
  counter.increment(1, { "http.method": 'a"b\\c\n', ok: true });
  const { metrics: series } = await collector.getSnapshot();
  expect(Object.keys(series)).toEqual([
    'requests_total{method="GET",status="200"}',
    'requests_total{http_method="a\\"b\\\\c\\n",ok="true"}',
  ]);
  expect(Object.values(series)[0]).toMatchObject({ value: 2, labels: { method: "GET", status: 200 } });
});

test("label values of different types are different series for the provider and one in a snapshot", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const counter = collector.registerCounter("requests_total");
  const gauge = collector.registerGauge("load");
  const histogram = collector.registerHistogram("size", "", { buckets: [1] });
  for (const status of [200, "200"]) {
    counter.increment(1, { status });
    gauge.set(Number(status) / (typeof status === "string" ? 2 : 1), { status });
    histogram.observe(typeof status === "string" ? 1 : 2, { status });
  }
  expect(await point("requests_total", { status: 200 })).toBe(1);
  expect(await point("requests_total", { status: "200" })).toBe(1);
  expect(await valuesOf(collector)).toEqual({
    'requests_total{status="200"}': 2,
    'load{status="200"}': 100,
    'size{status="200"}': { count: 2, sum: 3, min: 1, max: 2, buckets: { "1": 1, "+Inf": 2 } },
  });
});

test("label sets beyond 2,000 share one overflow series", async () => {
  const collector = new TelemetryCollector();
  const counter = collector.registerCounter("requests_total");
  for (let user = 0; user < 2_500; user++) counter.increment(1, { user });
  counter.increment(1, { user: 7 });
  const values = await valuesOf(collector);
  expect(Object.keys(values)).toHaveLength(2_001);
  expect(values['requests_total{user="7"}']).toBe(2);
  expect(values['requests_total{otel_metric_overflow="true"}']).toBe(500);
});

test("an invalid amount is dropped, counted once, and logged once for each instrument and cause", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const counter = collector.registerCounter("requests_total", "", ["route"]);
  const histogram = collector.registerHistogram("size", "", { labels: ["route"] });
  const gauge = collector.registerGauge("load");
  for (let round = 0; round < 2; round++) {
    counter.increment(-1);
    counter.increment(NaN);
    // @ts-expect-error: callers without types may pass anything.
    counter.increment("5");
    counter.increment(Infinity);
    histogram.observe(-1);
    // @ts-expect-error: callers without types may pass anything.
    gauge.set("5");
    gauge.increment(NaN);
    gauge.decrement(Infinity);
  }
  expect(await valuesOf(collector)).toEqual({
    'telemetry_dropped_total{reason="negative"}': 4,
    'telemetry_dropped_total{reason="not_a_number"}': 8,
    'telemetry_dropped_total{reason="not_finite"}': 4,
  });
  expect(await point("telemetry.dropped", { reason: "negative" })).toBe(4);
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBe(8);
  expect(await point("telemetry.dropped", { reason: "not_finite" })).toBe(4);
  expect(logged).toHaveLength(6);
  expect(logged[0]).toContain('instrument "requests_total": dropped -1 (negative)');
});

test("a gauge keeps NaN and infinities, which a snapshot writes as Prometheus does", async () => {
  const collector = new TelemetryCollector();
  const gauge = collector.registerGauge("load");
  gauge.set(NaN, { a: 1 });
  gauge.set(Infinity, { a: 2 });
  gauge.set(-Infinity, { a: 3 });
  gauge.increment(-3, { a: 4 });
  expect(Object.values(await valuesOf(collector))).toEqual(["NaN", "+Inf", "-Inf", -3]);
});

test("an invalid or undeclared label is dropped alone, counted and logged once", async () => {
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  const counter = collector.registerCounter("requests_total", "Requests", ["method"]);
  for (let round = 0; round < 3; round++) {
    // @ts-expect-error: callers without types may pass anything.
    counter.increment(1, { method: "GET", user: 7, path: {}, list: [1], call: () => {}, missing: undefined });
  }
  // @ts-expect-error: callers without types may pass anything.
  counter.increment(1, "GET");
  expect(await valuesOf(collector)).toEqual({
    'requests_total{method="GET"}': 3,
    requests_total: 1,
    'telemetry_labels_dropped_total{reason="invalid"}': 10,
    'telemetry_labels_dropped_total{reason="undeclared"}': 3,
  });
  expect(await point("requests_total", { method: "GET" })).toBe(3);
  expect(await point("telemetry.labels.dropped", { reason: "invalid" })).toBe(10);
  expect(await point("telemetry.labels.dropped", { reason: "undeclared" })).toBe(3);
  expect(logged).toHaveLength(2);
});

test("the same metric registered again is the same object", () => {
  const collector = new TelemetryCollector();
  expect(collector.registerCounter("a", "first", ["x", "y"])).toBe(
    collector.registerCounter("a", "second", ["y", "x"]),
  );
  expect(collector.registerGauge("b")).toBe(collector.registerGauge("b"));
  expect(collector.registerHistogram("c", "", { buckets: [1, 2] })).toBe(
    collector.registerHistogram("c", "", { buckets: [1, 2, Infinity] }),
  );
  expect(collector.getMetric("a")).toMatchObject({
    name: "a",
    kind: "counter",
    description: "first",
    unit: "",
    labels: ["x", "y"],
  });
  expect(collector.getMetric("c")).toMatchObject({ kind: "histogram", buckets: [1, 2] });
  expect(collector.getMetric("d")).toBeUndefined();
});

test("registering a metric in another way is an error that shows both", () => {
  const collector = new TelemetryCollector();
  collector.registerCounter("a", "", ["x"]);
  expect(() => collector.registerGauge("a", "", ["x"])).toThrow(
    `gauge "a": already registered as a counter with labels [ 'x' ], not as a gauge with labels [ 'x' ]; use the same arguments or another name`,
  );
  expect(() => collector.registerCounter("a")).toThrow(
    /as a counter with labels \[ 'x' \], not as a counter without declared labels/,
  );
  collector.registerHistogram("h", "", { buckets: [1, 2] });
  expect(() => collector.registerHistogram("h", "", { buckets: [1, 3] })).toThrow(
    /buckets \[ 1, 2 \], not as .*buckets \[ 1, 3 \]/,
  );
  collector.registerCounter("x.y");
  expect(() => collector.registerCounter("x_y")).toThrow(
    'counter "x_y": "x.y" is already registered, and both have the Prometheus name "x_y"; choose another name',
  );
  expect(collector.getMetric("x_y")?.name).toBe("x.y");
  expect(collector.getMetric("x-y")).toBeUndefined();
});

test.each([
  ["", /^counter "": name must start with a letter/],
  ["1a", /name must start with a letter/],
  ["a b", /name must start with a letter/],
  ["ä", /name must start with a letter/],
  [`a${"b".repeat(255)}`, /name must start with a letter/],
  [5, /^counter 5: name must start with a letter/],
])("the name %j is refused", (name, message) => {
  const collector = new TelemetryCollector();
  // @ts-expect-error: callers without types may pass anything.
  const register = (): unknown => collector.registerCounter(name);
  expect(register).toThrow(MetricRegistrationError);
  expect(register).toThrow(message);
});

test.each([[[2, 1]], [[1, 1]], [[1, NaN]], [["1"]], [[]], [[Infinity]], [[-Infinity, 1]], [5], [null]])(
  "the buckets %j are refused",
  (buckets) => {
    const collector = new TelemetryCollector();
    // @ts-expect-error: callers without types may pass anything.
    const register = (): unknown => collector.registerHistogram("size", "", { buckets });
    expect(register).toThrow(
      /^histogram "size": buckets must be finite upper bounds in rising order, such as .*, got /,
    );
  },
);

test.each([[["route"]], [[0.1, 0.5]], [{ bucket: [1] }], ["route"], [null]])(
  "the histogram options %j are refused",
  (options) => {
    const collector = new TelemetryCollector();
    // @ts-expect-error: callers without types may pass anything.
    const register = (): unknown => collector.registerHistogram("size", "", options);
    expect(register).toThrow(
      /^histogram "size": options must be an object of \{ buckets, labels, unit \}, all optional, got /,
    );
  },
);

test("all problems of a registration are reported together", () => {
  const collector = new TelemetryCollector();
  // @ts-expect-error: callers without types may pass anything.
  const register = (): unknown => collector.registerHistogram("", 5, { labels: "method", buckets: [2, 1] });
  expect(register).toThrow(
    /name must start.*; and description must be a string, got 5; and labels must be .*, got "method"; and buckets/,
  );
});

test.each([0, -1, NaN, Infinity, 3e9, "60"])(
  "the collection interval %j is refused",
  (collectionInterval) => {
    // @ts-expect-error: callers without types may pass anything.
    const make = (): unknown => new TelemetryCollector({ collectionInterval });
    expect(make).toThrow(FacadeOptionsError);
    expect(make).toThrow(/^collector: collectionInterval must be a number of seconds above 0/);
  },
);

test("a collection interval above an hour is logged, since it is probably in milliseconds", () => {
  const collector = new TelemetryCollector({ collectionInterval: 60_000 });
  expect(collector.running).toBe(false);
  expect(logged).toEqual(["collectionInterval is 60000, more than an hour; use seconds, not milliseconds"]);
  expect(() => new TelemetryCollector({ maxEvents: 0 })).toThrow(
    "events: maxEvents must be a whole number from 1",
  );
});

test("each collection calls its hooks with an event that is neither kept nor counted", async () => {
  vi.useFakeTimers();
  const { provider, point } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider, collectionInterval: 10 });
  collector.registerCounter("a_total").increment(1, { x: 1 });
  collector.registerCounter("a_total").increment(1, { x: 2 });
  const heard: unknown[] = [];
  collector.addHook("collection", ({ event_type, data }) => heard.push([event_type, data]));
  const every = vi.fn<EventCallback>();
  const remove = collector.addHook("*", every);
  await collector.startCollection();
  await collector.startCollection();
  await vi.advanceTimersByTimeAsync(9_999);
  expect(heard).toEqual([]);
  await vi.advanceTimersByTimeAsync(20_001);
  // The collector's own three metrics appear with the first collection.
  expect(heard).toEqual(
    [1, 4, 4].map((count) => ["collection", { metrics_count: count, duration_seconds: 0 }]),
  );
  expect(every).toHaveBeenCalledTimes(3);
  remove();
  expect((await collector.getSnapshot()).events_count).toBe(0);
  expect(await point("telemetry.collection.runs")).toBe(3);
  expect(await point("telemetry.collection.duration")).toBe(0);
  expect(await point("telemetry.metrics.count")).toBe(4);
  await collector.stopCollection();
  await collector.stopCollection();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await point("telemetry.collection.runs")).toBe(3);
  expect(vi.getTimerCount()).toBe(0);
});

test("a recorded event reaches the hooks with all its fields", () => {
  const collector = new TelemetryCollector();
  const heard = vi.fn<EventCallback>();
  const remove = collector.addHook("user_login", heard);
  collector.recordEvent("user_login", { user: 7 }, { source: "web" }, { attempt: 2 });
  expect(heard.mock.calls[0]?.[0]).toMatchObject({
    event_type: "user_login",
    source: "application",
    data: { user: 7 },
    labels: { source: "web" },
    metadata: { attempt: 2 },
  });
  collector.recordEvent("user_login");
  expect(heard.mock.calls[1]?.[0]).toMatchObject({ data: null, labels: {}, metadata: {} });
  remove();
  collector.recordEvent("user_login");
  expect(heard).toHaveBeenCalledTimes(2);
});
