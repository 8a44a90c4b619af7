import { diag, type MetricOptions } from "@opentelemetry/api";
import fc from "fast-check";
import { AggregationType } from "tachymeter/metrics";
import { createTestTelemetry, type LintFinding, type TestTelemetry } from "tachymeter/testing";
import { afterEach, expect, test, vi } from "vitest";
import { lintMetric } from "../../src/testing/lint.ts";
import { anything } from "../facades/anything.ts";
import { callWith } from "../facades/call-with.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const GOOD: MetricOptions = { unit: "{order}", description: "Orders placed." };

type Kind =
  | "createCounter"
  | "createUpDownCounter"
  | "createGauge"
  | "createHistogram"
  | "createObservableGauge";

async function findingsOf(
  kind: Kind,
  name: string,
  options: MetricOptions = GOOD,
): Promise<readonly LintFinding[]> {
  const { lint, meterProvider } = createTestTelemetry();
  meterProvider.getMeter("shop")[kind](name, options);
  return lint();
}

async function rulesOf(kind: Kind, name: string, options?: MetricOptions): Promise<readonly string[]> {
  return (await findingsOf(kind, name, options)).map(({ rule }) => rule);
}

test.each<[Kind, string, MetricOptions]>([
  ["createCounter", "orders", GOOD],
  ["createCounter", "shop.orders", GOOD],
  ["createCounter", "http.server.request.body", { ...GOOD, unit: "By" }],
  ["createHistogram", "checkout.duration", { ...GOOD, unit: "s" }],
  ["createHistogram", "checkout.wait_time", { ...GOOD, unit: "ms" }],
  ["createGauge", "cache.hit_ratio", { ...GOOD, unit: "1" }],
  ["createGauge", "shelf.temperature", { ...GOOD, unit: "Cel" }],
  ["createUpDownCounter", "queue.size", { ...GOOD, unit: "{message}" }],
  ["createObservableGauge", "disk.throughput", { ...GOOD, unit: "KiBy/s" }],
])("there is no finding for %s %s", async (kind, name, options) => {
  expect(await findingsOf(kind, name, options)).toEqual([]);
});

test.each<[string, Kind, string, MetricOptions, string]>([
  ["name-syntax", "createCounter", "1st orders", GOOD, "use a letter, then letters, digits and _ . - /"],
  ["name-style", "createCounter", "shop.ordersPlaced", GOOD, 'name it like "shop.orders_placed"'],
  ["name-style", "createCounter", "shop_orders", GOOD, 'name it like "shop.orders"'],
  ["name-style", "createCounter", "shop/orders-placed", GOOD, 'name it like "shop.orders.placed"'],
  ["name-style", "createCounter", "shop.orders.", GOOD, 'name it like "shop.orders"'],
  ["name-total", "createCounter", "shop.orders_total", GOOD, 'name it "shop.orders"'],
  ["name-total", "createUpDownCounter", "shop.orders.total", GOOD, 'name it "shop.orders"'],
  [
    "name-unit",
    "createHistogram",
    "shop.wait_seconds",
    { ...GOOD, unit: "s" },
    'name it "shop.wait", since the unit is set',
  ],
  [
    "name-unit",
    "createHistogram",
    "shop.wait.ms",
    { ...GOOD, unit: "" },
    'name it "shop.wait", and set the unit "ms"',
  ],
  ["name-kind", "createCounter", "shop.queue.size", GOOD, "use a gauge or an up-down counter"],
  ["unit-missing", "createCounter", "shop.orders", { ...GOOD, unit: "" }, 'such as "{message}"'],
  ["unit-unknown", "createHistogram", "shop.wait", { ...GOOD, unit: "seconds" }, 'write "s"'],
  ["unit-unknown", "createHistogram", "shop.body", { ...GOOD, unit: "MB" }, 'write "MBy"'],
  ["unit-unknown", "createCounter", "shop.orders", { ...GOOD, unit: "orders" }, 'write "{order}"'],
  [
    "unit-unknown",
    "createCounter",
    "shop.orders",
    { ...GOOD, unit: "{placed order}" },
    "write a code such as",
  ],
  [
    "description-missing",
    "createCounter",
    "shop.orders",
    { unit: "{order}" },
    "describe what is measured in one sentence",
  ],
])("%s is found for %s %s", async (rule, kind, name, options, remedy) => {
  const findings = await findingsOf(kind, name, options);
  expect(findings).toEqual([{ metric: name, scope: "shop", rule, message: expect.stringContaining(remedy) }]);
  expect(findings[0]?.message.startsWith(`metric "${name}": `)).toBe(true);
});

test("a metric is checked under its name in a view, and not if it is dropped", async () => {
  const { lint, meterProvider } = createTestTelemetry({
    views: [
      { instrumentName: "good.name", name: "Bad.Name" },
      { instrumentName: "worse_name", aggregation: { type: AggregationType.DROP } },
    ],
  });
  const meter = meterProvider.getMeter("shop");
  meter.createCounter("good.name", GOOD);
  meter.createCounter("worse_name");
  expect((await lint()).map(({ metric, rule }) => `${metric} ${rule}`)).toEqual(["Bad.Name name-style"]);
});

test("keys of recorded attributes are checked", async () => {
  const { lint, messaging } = createTestTelemetry();
  messaging.sent("jobs", 1, { "user.id": 7, httpMethod: "GET", "bad-key": 1 });
  const findings = await lint();
  expect(findings.map(({ metric, rule }) => `${metric} ${rule}`)).toEqual([
    "messages.sent attribute-key",
    "messages.sent attribute-key",
  ]);
  expect(findings.map(({ message }) => message).toSorted()[1]).toContain('"httpMethod" is not in lower case');
});

test("a metric near its limit of series is found, with the attribute that has most values", async () => {
  const { lint, meterProvider } = createTestTelemetry({ cardinalityLimit: 10 });
  const orders = meterProvider.getMeter("shop").createCounter("shop.orders", GOOD);
  const record = (user: number): void => orders.add(1, { country: "nz", user });
  for (let user = 0; user < 7; user++) record(user);
  expect(await lint()).toEqual([]);
  record(7);
  expect(await lint()).toMatchObject([
    {
      metric: "shop.orders",
      rule: "cardinality",
      message:
        'metric "shop.orders": it has 8 of at most 10 series; attribute "user" has 8 values; reduce them or leave the attribute out, or raise cardinalityLimit',
    },
  ]);
  for (let user = 0; user < 20; user++) record(user);
  expect((await lint())[0]?.message).toContain("it exceeds its limit of 10 series");
});

test("metrics that were registered on a collector have names for Prometheus, and no units", async () => {
  const { collector, lint } = createTestTelemetry();
  collector.registerCounter("requests_total", "Requests.").increment();
  collector.registerGauge("queue_bytes", "Waiting.").set(1);
  expect(await lint()).toEqual([]);
  collector.registerCounter("logins", "Logins.").increment();
  collector.registerGauge("users_total", "Users.").set(1);
  collector.registerHistogram("wait_seconds").observe(1);
  expect((await lint()).map(({ metric, rule }) => `${metric} ${rule}`)).toEqual([
    "logins name-total",
    "users_total name-total",
    "wait_seconds description-missing",
  ]);
});

test.each([
  "s",
  "ms",
  "us",
  "By",
  "KiBy",
  "MBy",
  "bit",
  "1",
  "%",
  "Cel",
  "[degF]",
  "m/s2",
  "By/s",
  "/s",
  "kW.h",
  "10*6",
])("%s is a unit", async (unit) =>
  expect(await rulesOf("createGauge", "shop.value", { ...GOOD, unit })).toEqual([]),
);

test.each(["{order}", "{order}/s", "{order}/{cart}", "By{used}", "{http.status/code}"])(
  "a counted thing in braces makes a unit of %s",
  async (unit) => expect(await rulesOf("createGauge", "shop.value", { ...GOOD, unit })).toEqual([]),
);

test.each([
  "second",
  "sec",
  "B",
  "KB",
  "count",
  "requests/s",
  "s/",
  "{order",
  "order}",
  "{{order}}",
  " s",
  "µs",
  "s//s",
])("%s is not a unit", async (unit) =>
  expect(await rulesOf("createGauge", "shop.value", { ...GOOD, unit })).toEqual(["unit-unknown"]),
);

test("metrics of any kind can be checked", async () => {
  diag.disable();
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.constantFrom("", "a", "__proto__", "a.total"),
  );
  const metric = fc.record({
    kind: fc.constantFrom<Kind>("createCounter", "createGauge", "createHistogram", "createUpDownCounter"),
    name: text,
    unit: fc.oneof(text, fc.constantFrom("s", "{x}", "constructor")),
    description: text,
    attributes: fc.dictionary(text, anything(), { maxKeys: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(metric, { maxLength: 5 }), async (all) => {
      const { lint, meterProvider } = createTestTelemetry({ cardinalityLimit: 3 });
      const meter = meterProvider.getMeter("any");
      for (const { kind, name, unit, description, attributes } of all) {
        const instrument = meter[kind](name, { unit, description });
        callWith(instrument, "add" in instrument ? "add" : "record", 1, made(attributes));
      }
      for (const { message } of await lint()) expect(message).toMatch(/^metric ".*": .+; .+/s);
    }),
  );
});

function made(attributes: Readonly<Record<string, () => unknown>>): object {
  return Object.fromEntries(Object.entries(attributes).map(([key, make]) => [key, make()]));
}

// Their names are public, and their missing units have a reason.
const UNITLESS: Readonly<Record<string, string>> = {
  "health.status": "a state as a number; with unit 1, Prometheus would call it a ratio",
  "health.component.status": "likewise",
  "kernel.state": "likewise",
  "kernel.error_rate": "its name in Prometheus is kernel_error_rate, without _ratio",
};

test("our own metrics have no findings, except four without a unit", async () => {
  vi.stubEnv("OTEL_SEMCONV_STABILITY_OPT_IN", "messaging/dup");
  const telemetry = createTestTelemetry();
  await recordEveryMetric(telemetry);
  const recorded = await telemetry.collect();
  expect(recorded).toHaveLength(37);
  expect(
    recorded
      .flatMap(lintMetric)
      .map(({ metric, rule }) => `${metric} ${rule}`)
      .toSorted(),
  ).toEqual(
    Object.keys(UNITLESS)
      .map((name) => `${name} unit-missing`)
      .toSorted(),
  );
  expect(await telemetry.lint()).toEqual([]);
});

async function recordEveryMetric(telemetry: TestTelemetry): Promise<void> {
  const { application, coordination, messaging, health, kernels, events, collector } = telemetry;
  vi.useFakeTimers();
  await collector.startCollection();
  await vi.advanceTimersByTimeAsync(60_000);
  coordination.join("a");
  coordination.message("assign", { latency: 1 });
  coordination.leaderChanged("a");
  coordination.lockAcquired("migration", 1);
  coordination.lockReleased("migration", 1);
  coordination.message("assign", { latency: -1 });
  messaging.sent("jobs");
  messaging.received("jobs");
  messaging.processed("jobs", 1);
  messaging.queueSize("jobs", 1);
  callWith(messaging, "sent", "jobs", 1, { list: [{}] });
  health.register("database", () => true);
  await health.check();
  kernels.launch("resizer");
  kernels.recordReceive("resizer");
  kernels.recordError("resizer", new RangeError("no such size"));
  application.timer("load")(() => {})();
  application.trackAllocations("load", () => {});
  events.record({ event_type: "login", source: "shop" });
  events.record({ event_type: "", source: "shop" });
}
