import { diag, ValueType } from "@opentelemetry/api";
import fc from "fast-check";
import { AggregationType, MeterProvider, type ResourceMetrics, type ViewOptions } from "tachymeter/metrics";
import { beforeEach, expect, test } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { anything, throwingProxy } from "../facades/anything.ts";
import { callWith } from "../facades/call-with.ts";
import { ourProvider } from "./our-provider.ts";
import { pointsOf, PulledReader } from "./pulled.ts";
import { runs } from "../kit/test-length.ts";

beforeEach(() => diag.disable());

test("invalid values are counted by reason and change no series", async () => {
  const { meter, collect } = ourProvider({ sdkMetricsEnabled: true });
  const integer = { valueType: ValueType.INT };
  const instruments: readonly [string, object][] = [
    ["counter", meter.createCounter("counter")],
    ["upDown", meter.createUpDownCounter("upDown")],
    ["histogram", meter.createHistogram("histogram")],
    ["gauge", meter.createGauge("gauge")],
    ["whole", meter.createGauge("whole", integer)],
  ];
  const refused: Record<string, readonly [unknown, string][]> = {
    counter: [[-1, "negative"], [-Infinity, "not_finite"], [Infinity, "not_finite"], ...noNumbers],
    upDown: [[-Infinity, "not_finite"], [Infinity, "not_finite"], ...noNumbers],
    histogram: [[-1e-300, "negative"], [Infinity, "not_finite"], ...noNumbers],
    gauge: noNumbers.filter(([value]) => typeof value !== "number"),
    whole: [[Infinity, "not_finite"], ...noNumbers],
  };
  const expected: Record<string, number> = {};
  for (const [name, instrument] of instruments) {
    recordOn(instrument, 1, { kept: true });
    for (const [value, reason] of refused[name]!) {
      recordOn(instrument, value, { kept: true });
      recordOn(instrument, value, { refused: true });
      expected[reason] = (expected[reason] ?? 0) + 2;
    }
  }
  const { resourceMetrics } = await collect();
  expect(droppedIn(resourceMetrics)).toEqual(expected);
  const kept = { kept: true };
  expect(pointsOf(resourceMetrics, "histogram")).toMatchObject([[kept, { count: 1, sum: 1 }]]);
  for (const name of ["counter", "upDown", "gauge", "whole"]) {
    expect(pointsOf(resourceMetrics, name)).toEqual([[kept, 1]]);
  }
});

const noNumbers: readonly [unknown, string][] = [
  NaN,
  "5",
  "",
  "-5",
  true,
  null,
  undefined,
  5n,
  Symbol("five"),
  {},
  [],
  [5],
  () => 5,
  new Date(5),
  throwingProxy(),
].map((value) => [value, "not_a_number"]);

test("bound instruments drop the same values", async () => {
  const { collect, meter } = ourProvider({ sdkMetricsEnabled: true });
  const counter = meter.createCounter("counter").bind({ a: 1 });
  const histogram = meter.createHistogram("histogram").bind({ a: 1 });
  for (const bound of [counter, histogram]) {
    recordBound(bound, 2);
    for (const [value] of noNumbers) recordBound(bound, value);
    recordBound(bound, -1);
    recordBound(bound, Infinity);
  }
  const { resourceMetrics } = await collect();
  expect(droppedIn(resourceMetrics)).toEqual({
    not_a_number: 2 * noNumbers.length,
    negative: 2,
    not_finite: 2,
  });
  expect(pointsOf(resourceMetrics, "counter")).toEqual([[{ a: 1 }, 2]]);
  expect(pointsOf(resourceMetrics, "histogram")).toMatchObject([[{ a: 1 }, { count: 1, sum: 2 }]]);
});

test("gauges of doubles keep NaN and infinities", async () => {
  const { meter, collect } = ourProvider();
  const gauge = meter.createGauge("g");
  for (const value of [NaN, Infinity, -Infinity]) gauge.record(value, { value: String(value) });
  meter.createObservableGauge("o").addCallback((result) => result.observe(NaN));
  const { resourceMetrics } = await collect();
  expect(pointsOf(resourceMetrics, "g").map(([, value]) => value)).toEqual([NaN, Infinity, -Infinity]);
  expect(pointsOf(resourceMetrics, "o")).toEqual([[{}, NaN]]);
  expect(droppedIn(resourceMetrics)).toEqual({});
});

test("a gauge with a sum or a histogram by a view drops NaN and infinities, also if another view keeps them", async () => {
  const views: ViewOptions[] = [
    { instrumentName: "*sum", aggregation: { type: AggregationType.SUM } },
    {
      instrumentName: "*explicit",
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [2] } },
    },
    { instrumentName: "*exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    { instrumentName: "sum", name: "kept" },
  ];
  const { meter, collect } = ourProvider({ sdkMetricsEnabled: true, views, exemplarFilter: "always_on" });
  for (const name of ["sum", "explicit", "exponential"]) {
    const gauge = meter.createGauge(name);
    const bound = gauge.bind({ bound: true });
    for (const value of [1, NaN, Infinity, -Infinity]) {
      gauge.record(value, { bound: false });
      bound.record(value);
    }
  }
  meter.createObservableGauge("observed.sum").addCallback((result) => {
    result.observe(NaN, { bad: 1 });
    result.observe(Infinity, { bad: 2 });
    result.observe(1, { bad: 0 });
  });
  const { resourceMetrics } = await collect();
  const series = (value: unknown) =>
    [{ bound: false }, { bound: true }].map((attributes) => [attributes, value]);
  expect(pointsOf(resourceMetrics, "sum").toReversed()).toEqual(series(1));
  expect(pointsOf(resourceMetrics, "kept").toReversed()).toEqual(series(-Infinity));
  for (const name of ["explicit", "exponential"]) {
    expect(pointsOf(resourceMetrics, name).toReversed()).toMatchObject(series({ count: 1, min: 1, max: 1 }));
  }
  expect(pointsOf(resourceMetrics, "observed.sum")).toEqual([[{ bad: 0 }, 1]]);
  const others = resourceMetrics.scopeMetrics[0]!.metrics.filter(
    ({ descriptor }) => descriptor.name !== "kept",
  );
  expect(JSON.stringify(others)).not.toMatch(/"exemplars":[^\]]*"value":null/);
  expect(droppedIn(resourceMetrics)).toEqual({ not_a_number: 7, not_finite: 13 });
});

test("each reason is logged once per instrument", () => {
  const { meter } = ourProvider();
  const warnings = collectWarnings();
  const [counter, other] = [meter.createCounter("counter"), meter.createCounter("other")];
  for (let i = 0; i < 100; i++) {
    counter.add(-1);
    counter.add(NaN);
    other.add(-1);
  }
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toContain('"counter"');
});

test("values and attributes of any type neither throw nor change another series", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(anything(), anything()), { minLength: 1, maxLength: 10 }),
      async (given) => {
        const reader = new PulledReader();
        const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
        const instruments = [
          meter.createCounter("counter"),
          meter.createUpDownCounter("upDown"),
          meter.createHistogram("histogram"),
          meter.createGauge("gauge"),
        ];
        for (const instrument of instruments) recordOn(instrument, 7, sentinel);
        for (const [value, attributes] of given.map((each) => each.map((hidden) => hidden()))) {
          for (const instrument of instruments) {
            recordOn(instrument, value, attributes);
            recordOn(instrument, value, { fixed: 1, odd: attributes });
            const bound = callWith(instrument, "bind", attributes);
            if (typeof bound === "object" && bound !== null) recordBound(bound, value);
          }
        }
        const { resourceMetrics, errors } = await reader.collect();
        expect(errors).toEqual([]);
        for (const name of ["counter", "upDown", "gauge"]) {
          expect(pointsOf(resourceMetrics, name)).toContainEqual([sentinel, 7]);
        }
        expect(pointsOf(resourceMetrics, "histogram")).toContainEqual([
          sentinel,
          expect.objectContaining({ count: 1, sum: 7 }),
        ]);
      },
    ),
    { numRuns: runs(200) },
  );
});

const sentinel = { sentinel: "untouched" };

test("recording after the shutdown does nothing", async () => {
  const { provider, meter, collect } = ourProvider();
  const counter = meter.createCounter("c");
  const bound = counter.bind({ a: 1 });
  counter.add(1);
  await collect();
  await provider.shutdown();
  expect(() => {
    counter.add(1);
    counter.add(-1);
    bound.add(1);
    bound.release();
    provider.getMeter("late").createHistogram("h").record(1);
  }).not.toThrow();
});

function recordOn(instrument: object, value: unknown, attributes: unknown): void {
  callWith(instrument, "add" in instrument ? "add" : "record", value, attributes);
}

function recordBound(bound: object, value: unknown): void {
  callWith(bound, "add" in bound ? "add" : "record", value);
}

function droppedIn(resourceMetrics: ResourceMetrics): Record<string, unknown> {
  return Object.fromEntries(
    pointsOf(resourceMetrics, "telemetry.dropped").map(([{ reason }, value]) => [reason, value]),
  );
}
