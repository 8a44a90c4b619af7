// The kit's tests of synchronous instruments.
import { context, createContextKey, diag, ROOT_CONTEXT, ValueType } from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { callWith } from "../../facades/call-with.ts";
import { type MakeProvider, pulled } from "../pulled.ts";

export function describeInstruments(makeProvider: MakeProvider): void {
  afterEach(() => diag.disable());

  test("a counter adds up, for each attribute set separately", async () => {
    const { meter, points } = pulled(makeProvider);
    const counter = meter.createCounter("c");
    counter.add(1);
    counter.add(2, {});
    counter.add(10, { route: "/" });
    counter.add(0.5, { route: "/" });
    expect(await points("c")).toEqual([
      [{}, 3],
      [{ route: "/" }, 10.5],
    ]);
  });

  test("series depend on the types of attributes, not on their order", async () => {
    const { meter, points } = pulled(makeProvider);
    const counter = meter.createCounter("c");
    counter.add(1, { a: 1, b: "x" });
    counter.add(1, { b: "x", a: 1 });
    counter.add(1, { a: "1", b: "x" });
    counter.add(1, { a: true, b: "x" });
    counter.add(1, { a: "true", b: "x" });
    expect(await points("c")).toEqual([
      [{ a: 1, b: "x" }, 2],
      [{ a: "1", b: "x" }, 1],
      [{ a: true, b: "x" }, 1],
      [{ a: "true", b: "x" }, 1],
    ]);
  });

  test("arrays as attributes are compared by content", async () => {
    const { meter, points } = pulled(makeProvider);
    const counter = meter.createCounter("c");
    counter.add(1, { list: ["a", "b"] });
    counter.add(1, { list: ["a", "b"] });
    counter.add(1, { list: ["a,b"] });
    counter.add(1, { list: [1, 2] });
    counter.add(1, { list: ["1", "2"] });
    counter.add(1, { list: [] });
    expect((await points("c")).map(([{ list }, value]) => [list, value])).toEqual([
      [["a", "b"], 2],
      [["a,b"], 1],
      [[1, 2], 1],
      [["1", "2"], 1],
      [[], 1],
    ]);
  });

  test("an up-down counter can fall, and zero is a measurement", async () => {
    const { meter, points } = pulled(makeProvider);
    const counter = meter.createUpDownCounter("c");
    counter.add(5);
    counter.add(-7.5);
    counter.add(0, { zero: true });
    expect(await points("c")).toEqual([
      [{}, -2.5],
      [{ zero: true }, 0],
    ]);
  });

  test("a gauge has the last recorded value", async () => {
    const { meter, points } = pulled(makeProvider);
    const gauge = meter.createGauge("g");
    for (const value of [1, -3, 2.25]) gauge.record(value, { at: "door" });
    gauge.record(0);
    expect(await points("g")).toEqual([
      [{ at: "door" }, 2.25],
      [{}, 0],
    ]);
  });

  test("a histogram counts up to and including its boundaries", async () => {
    const { meter, points } = pulled(makeProvider);
    const histogram = meter.createHistogram("h", { advice: { explicitBucketBoundaries: [0, 10, 100] } });
    for (const value of [0, 0.1, 10, 10.1, 100, 100.5]) histogram.record(value);
    const buckets = { boundaries: [0, 10, 100], counts: [1, 2, 2, 1] };
    expect(await points("h")).toEqual([[{}, { buckets, count: 6, sum: 220.7, min: 0, max: 100.5 }]]);
  });

  test("a histogram without advice has the specification's boundaries", async () => {
    const { meter, points } = pulled(makeProvider);
    meter.createHistogram("h").record(7);
    const boundaries = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
    expect(await points("h")).toMatchObject([[{}, { buckets: { boundaries }, count: 1, sum: 7 }]]);
  });

  test("an advice without boundaries makes one bucket", async () => {
    const { meter, points } = pulled(makeProvider);
    meter.createHistogram("h", { advice: { explicitBucketBoundaries: [] } }).record(7);
    expect(await points("h")).toMatchObject([[{}, { buckets: { boundaries: [], counts: [1] } }]]);
  });

  test("counters and histograms drop negative values, and log it", async () => {
    const { meter, points } = pulled(makeProvider);
    const [counter, histogram] = [meter.createCounter("c"), meter.createHistogram("h")];
    const warnings = collectWarnings();
    counter.add(-1);
    histogram.record(-1);
    expect(warnings).toHaveLength(2);
    expect(await points("c")).toEqual([]);
    expect(await points("h")).toEqual([]);
  });

  test("values that are not numbers are dropped, and logged", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const instruments = [
      meter.createCounter("c"),
      meter.createUpDownCounter("u"),
      meter.createHistogram("h"),
      meter.createGauge("g"),
    ];
    const warnings = collectWarnings();
    for (const instrument of instruments) {
      callWith(instrument, "add" in instrument ? "add" : "record", "5");
    }
    expect(warnings).toHaveLength(4);
    for (const value of [undefined, null, {}, [], 5n, true]) {
      for (const instrument of instruments) {
        callWith(instrument, "add" in instrument ? "add" : "record", value);
      }
    }
    expect(await metrics()).toEqual([]);
  });

  test("integer instruments cut off fractions", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const options = { valueType: ValueType.INT };
    meter.createCounter("c", options).add(2.9);
    meter.createUpDownCounter("u", options).add(-2.9);
    meter.createGauge("g", options).record(-1.5);
    meter.createHistogram("h", options).record(3.7);
    meter.createCounter("none", options).add(Infinity);
    meter.createGauge("none either", options).record(NaN);
    const values = (await metrics()).flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
    expect(values).toMatchObject([2, -2, -1, { sum: 3, count: 1 }]);
  });

  test("a context may be passed, and does not change the series", async () => {
    const { meter, points } = pulled(makeProvider);
    const counter = meter.createCounter("c");
    counter.add(1, { a: 1 }, ROOT_CONTEXT.setValue(createContextKey("k"), "v"));
    context.with(ROOT_CONTEXT, () => counter.add(1, { a: 1 }));
    expect(await points("c")).toEqual([[{ a: 1 }, 2]]);
  });

  test("an invalid name is logged, and works", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const warnings = collectWarnings();
    const names = ["", "1st", "ünder", "a b", "a".repeat(256)];
    for (const name of names) meter.createCounter(name).add(1);
    expect(warnings).toHaveLength(names.length);
    expect((await metrics()).map(({ descriptor }) => descriptor.name)).toEqual(names);
    meter.createCounter("a/b-c_d.E9");
    meter.createCounter("a".repeat(255));
    expect(warnings).toHaveLength(names.length);
  });

  test("units and descriptions are used as they are, and may be missing", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const warnings = collectWarnings();
    const said = { unit: "föö/s".repeat(30), description: "Any\ntext\u0000 at all: 日本語." };
    meter.createCounter("given", said).add(1);
    meter.createCounter("missing").add(1);
    Reflect.apply(meter.createGauge.bind(meter), undefined, [
      "null",
      { unit: null, description: null },
    ]).record(1);
    expect((await metrics()).map(({ descriptor }) => descriptor)).toMatchObject([
      said,
      { unit: "", description: "" },
      { unit: "", description: "" },
    ]);
    expect(warnings).toEqual([]);
  });

  test("identical instruments are one", async () => {
    const { meter, points } = pulled(makeProvider);
    const warnings = collectWarnings();
    const options = { unit: "s", description: "Time." };
    meter.createCounter("c", options).add(1);
    meter.createCounter("c", options).add(2);
    expect(await points("c")).toEqual([[{}, 3]]);
    expect(warnings).toEqual([]);
  });

  test("conflicting instruments of one name are logged, and exported side by side", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const warnings = collectWarnings();
    meter.createCounter("c").add(1);
    meter.createUpDownCounter("c").add(2);
    meter.createCounter("c", { unit: "s" }).add(3);
    meter.createCounter("c", { valueType: ValueType.INT }).add(4);
    expect(warnings.length).toBeGreaterThanOrEqual(3);
    const all = (await metrics()).flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
    expect(all).toEqual([1, 2, 3, 4]);
  });

  test("instruments that differ only in description share a stream with the longer one", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const warnings = collectWarnings();
    meter.createCounter("c", { description: "Short." }).add(1);
    meter.createCounter("c", { description: "Much longer." }).add(2);
    meter.createCounter("c", { description: "" }).add(3);
    expect(warnings.length).toBeGreaterThanOrEqual(1);
    expect(await metrics()).toMatchObject([
      { descriptor: { description: "Much longer." }, dataPoints: [{ value: 6 }] },
    ]);
  });

  test("instruments of one name in two meters are independent", async () => {
    const { provider, collect } = pulled(makeProvider);
    const warnings = collectWarnings();
    provider.getMeter("one").createCounter("c").add(1);
    provider.getMeter("two").createHistogram("c").record(2);
    const { resourceMetrics } = await collect();
    expect(resourceMetrics.scopeMetrics.map(({ scope, metrics }) => [scope.name, metrics.length])).toEqual([
      ["one", 1],
      ["two", 1],
    ]);
    expect(warnings).toEqual([]);
  });

  test("an instrument without measurements is not exported", async () => {
    const { meter, collect } = pulled(makeProvider);
    meter.createCounter("c");
    meter.createHistogram("h");
    meter.createObservableGauge("g");
    expect((await collect()).resourceMetrics.scopeMetrics).toEqual([]);
  });
}
