import successor from "@prometheus-io/client";
import real from "prom-client";
import { expect, test } from "vitest";
import { collectedExemplar, Exemplar } from "../../src/prom-client/exemplar.ts";
import own from "../../src/prom-client/index.ts";
import { moduleFor } from "../../src/prom-client/packages.ts";
import { QuantileSketch } from "../../src/prom-client/quantile-sketch.ts";

test("the module has the names of the real package and of its successor", () => {
  const names = new Set([...Object.keys(real), ...Object.keys(successor)]);
  expect(Object.keys(own).toSorted()).toEqual([...names].toSorted());
});

test("reserved labels are refused as by the real package", () => {
  const texts = ["le is a reserved label keyword", "quantile is a reserved label keyword"];
  for (const { Histogram, Summary } of [own, real]) {
    expect(() =>
      Reflect.construct(Histogram, [{ name: "h", help: "h", labelNames: ["le"], registers: [] }]),
    ).toThrow(new Error(texts[0]));
    expect(() =>
      Reflect.construct(Summary, [{ name: "s", help: "h", labelNames: ["quantile"], registers: [] }]),
    ).toThrow(new Error(texts[1]));
  }
});

test("an exemplar of a counter and of a bucket is written as OpenMetrics", async () => {
  const openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  const texts = await Promise.all(
    [own, real].map(async ({ Registry, Counter, Histogram }) => {
      const registry: unknown = Reflect.construct(Registry, [openMetrics]);
      const common = { help: "h", enableExemplars: true, registers: [registry], labelNames: ["a"] };
      const counter: unknown = Reflect.construct(Counter, [{ ...common, name: "c_total" }]);
      const histogram: unknown = Reflect.construct(Histogram, [{ ...common, name: "h", buckets: [1, 2] }]);
      const exemplarLabels = { traceId: "1".repeat(32), other: "x" };
      call(counter, "inc", { labels: { a: "x" }, value: 2, exemplarLabels });
      call(histogram, "observe", { labels: { a: "x" }, value: 1.5, exemplarLabels });
      expect(() => call(counter, "inc", { exemplarLabels: { long: "x".repeat(200) } })).toThrow(
        new RangeError("Label set size must be smaller than 128 UTF-8 chars"),
      );
      return String(await call(registry, "metrics")).replaceAll(/(?<=# .*) [\d.]+$/gm, " time");
    }),
  );
  const comparable = (text = ""): string => text.replaceAll(/^c_total (.*?)(?: #.*)?$/gm, "c_total $1");
  expect(comparable(texts[0])).toBe(comparable(texts[1]));
  expect(texts[0]).toContain(
    'c_total{a="x"} 2 # {traceId="11111111111111111111111111111111",other="x"} 2 time',
  );
  expect(texts[0]).toContain('le="2",a="x"} 1 # {');
});

function call(object: unknown, method: string, ...given: readonly unknown[]): unknown {
  const found: unknown = Reflect.get(Object(object), method);
  if (typeof found !== "function") throw new TypeError(`there is no method ${method}`);
  return Reflect.apply(found, object, given);
}

test("quantiles of a summary have the documented error", () => {
  const sketch = new QuantileSketch(1000);
  const count = 200_000;
  // Each whole number below `count` once, in another order.
  for (let i = 0; i < count; i++) sketch.add((i * 7919) % count);
  for (const q of [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999]) {
    const rank = Number(sketch.quantile(q)) / count;
    expect(Math.abs(rank - q)).toBeLessThanOrEqual(0.04 * q * (1 - q) + 1 / count);
  }
});

test.each([
  ["few values", [1, 1, 2], 0.5, 1],
  ["a rare large one", [...Array.from({ length: 100 }, () => 0), 10], 0.9, 0],
  ["two far apart", Array.from({ length: 100_000 }, (_, i) => 1_000 * (i % 2)), 0.4, 0],
  ["many small whole numbers", Array.from({ length: 100_000 }, (_, i) => i % 10), 0.55, 5],
])("quantiles of equal values are among them: %s", (_, values, q, expected) => {
  const sketch = new QuantileSketch(1000);
  for (const value of values) sketch.add(value);
  expect(sketch.quantile(q)).toBe(expected);
});

test("series are in the order of their creation, also after a removal and a reset", async () => {
  const texts = [own, real].map(({ Registry, Gauge, Counter }) => {
    const registry: unknown = Reflect.construct(Registry, []);
    const common = { help: "h", labelNames: ["a"], registers: [registry] };
    const gauge: unknown = Reflect.construct(Gauge, [{ ...common, name: "g" }]);
    const counter: unknown = Reflect.construct(Counter, [{ ...common, name: "c" }]);
    for (const metric of [gauge, counter]) for (const a of ["x", "y"]) call(metric, "inc", { a });
    for (const a of ["x", "y"]) call(gauge, "remove", a);
    call(counter, "remove", "x");
    call(counter, "reset");
    for (const metric of [gauge, counter]) for (const a of ["p", "q"]) call(metric, "inc", { a });
    return call(registry, "metrics");
  });
  const [ours, theirs] = await Promise.all(texts);
  expect(ours).toBe(theirs);
});

test("the method get() of a subclass is called for the text and for JSON", async () => {
  const registry = new own.Registry();
  class Answer extends own.Gauge {
    override get(): ReturnType<own.Gauge["get"]> {
      this.inc(40);
      return super.get();
    }
  }
  new Answer({ name: "answer", help: "h", registers: [registry] }).set(2);
  class Plain extends own.Gauge {}
  new Plain({ name: "plain", help: "h", registers: [registry] }).set(1);
  expect(await registry.metrics()).toMatch(/^answer 42$[^]*^plain 1$/m);
  const [answer] = await registry.getMetricsAsJSON();
  expect(answer?.values[0]?.value).toBe(82);
});

test("options of the default metrics that are null are missing", async () => {
  const registry = new own.Registry();
  const options: object = { register: registry, prefix: null, gcDurationBuckets: null, labels: null };
  call(own, "collectDefaultMetrics", { ...options, eventLoopMonitoringPrecision: null });
  expect(await registry.metrics()).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
});

// The successor then never leaves its loop.
test("a time of 0 between two readings of the event loop's utilization is refused", () => {
  const options = { register: new own.Registry(), eventLoopUtilizationTimeout: 0 };
  expect(() => moduleFor("@prometheus-io/client").collectDefaultMetrics(options)).toThrow(
    new RangeError("eventLoopUtilizationTimeout must be a number of milliseconds above 0, got 0"),
  );
});

test("ids of an exemplar's trace may be numbers", () => {
  const exemplar = new Exemplar();
  exemplar.set({ traceId: 12_345, spanId: 6, user: "u" }, 1);
  expect(collectedExemplar(exemplar)).toMatchObject({
    traceId: "12345",
    spanId: "6",
    filteredAttributes: { user: "u" },
  });
});
