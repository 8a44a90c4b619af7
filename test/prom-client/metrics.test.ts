import real from "prom-client";
import { expect, test } from "vitest";
import own from "../../src/prom-client/index.ts";
import { QuantileSketch } from "../../src/prom-client/quantile-sketch.ts";

test("the module has the names of the real package", () => {
  expect(Object.keys(own).toSorted()).toEqual(Object.keys(real).toSorted());
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
