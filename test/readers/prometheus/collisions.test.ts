import fc from "fast-check";
import type { Attributes } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { counter, gauge, histogram, resourceMetrics, scope } from "../resource-metrics.ts";
import { parseText } from "./text/parse-text.ts";
import { rendered, walkedProvider } from "./rendered.ts";

test("a resource attribute called le does not become a bucket of a histogram", async () => {
  const metrics = resourceMetrics([scope("s", [histogram({ name: "h" }, [1], [1, 1])])], { le: "mine" });
  const text = await rendered(metrics, { resourceLabels: /^le$/, scopeLabels: false, targetInfo: false });
  expect(text.match(/^h_bucket.*$/gm)).toEqual([
    'h_bucket{exported_le="mine",le="1"} 1',
    'h_bucket{exported_le="mine",le="+Inf"} 2',
  ]);
});

test.each<[string, Attributes, Attributes, string]>([
  ["a number and a string of the same text", { a: 1 }, { a: "1" }, 'a="1"'],
  ["a boolean and its name", { a: true }, { a: "true" }, 'a="true"'],
  ["a list and its text", { a: ["x"] }, { a: '["x"]' }, 'a="[\\"x\\"]"'],
  ["two keys with the same name", { "a.b": "x" }, { a_b: "x" }, 'a_b="x"'],
  [
    "joined values and one that contains the separator",
    { "a.b": "x", a_b: "y" },
    { a_b: "x;y" },
    'a_b="x;y"',
  ],
  ["halves of different pairs", { a: "\uD800" }, { a: "\uD801" }, 'a="\uFFFD"'],
])("%s are one series", async (_, first, second, labels) => {
  const before: [Attributes, number][] = Array.from({ length: 300 }, (_each, i) => [{ z: i }, 1]);
  const metrics = resourceMetrics([scope("s", [counter({ name: "c" }, ...before, [first, 2], [second, 3])])]);
  const text = await rendered(metrics, { scopeLabels: false });
  expect(text).toContain(`c_total{${labels}} 5\n`);
  expect(text.match(/^c_total/gm)).toHaveLength(301);
  expect(text.match(/^# TYPE/gm)).toHaveLength(1);
});

test("an empty label counts as absent: series with and without it are one", async () => {
  const metrics = resourceMetrics([
    scope("s", [
      counter({ name: "c" }, [{ a: "", b: "1" }, 2], [{ b: "1" }, 3]),
      counter({ name: "d" }, [{ a: "", b: "1" }, 2], [{ a: "x", b: "1" }, 3]),
    ]),
  ]);
  expect(samplesOf(await rendered(metrics, { scopeLabels: false }))).toEqual([
    'c_total{a="",b="1"} 5',
    'd_total{a="",b="1"} 2',
    'd_total{a="x",b="1"} 3',
  ]);
});

test("metrics of one scope with the same translated name are added up if their labels are equal", async () => {
  const metrics = resourceMetrics([
    scope("s", [
      counter({ name: "a.b" }, [{ x: 1 }, 1], [{ x: 2 }, 2]),
      counter({ name: "a_b" }, [{ x: 1 }, 10], [{ x: 3 }, 20]),
    ]),
  ]);
  expect(samplesOf(await rendered(metrics))).toEqual([
    'a_b_total{otel_scope_name="s",x="1"} 11',
    'a_b_total{otel_scope_name="s",x="2"} 2',
    'a_b_total{otel_scope_name="s",x="3"} 20',
  ]);
});

test("an attribute named like a scope label does not merge series of two scopes", async () => {
  const metrics = resourceMetrics([
    scope("s", [counter({ name: "c" }, [{ otel_scope_version: "1" }, 1])]),
    scope("s", [counter({ name: "c" }, [{}, 2])], { version: "1" }),
  ]);
  expect(samplesOf(await rendered(metrics))).toEqual([
    'c_total{otel_scope_name="s",otel_scope_version="1"} 3',
  ]);
});

test("buckets of merged histograms are added", async () => {
  const metrics = resourceMetrics([
    scope("one", [histogram({ name: "h" }, [1, 2], [1, 1, 1], { a: 1 })]),
    scope("two", [histogram({ name: "h" }, [1, 2], [0, 2, 0], { a: "1", le: "x" })]),
    scope("two", [histogram({ name: "h" }, [1, 2], [0, 2, 5], { a: 1, le: "x" })]),
  ]);
  expect(samplesOf(await rendered(metrics))).toEqual([
    'h_bucket{a="1",otel_scope_name="one",le="1"} 1',
    'h_bucket{a="1",otel_scope_name="one",le="2"} 2',
    'h_bucket{a="1",otel_scope_name="one",le="+Inf"} 3',
    'h_sum{a="1",otel_scope_name="one"} 0',
    'h_count{a="1",otel_scope_name="one"} 3',
    'h_bucket{a="1",exported_le="x",otel_scope_name="two",le="1"} 0',
    'h_bucket{a="1",exported_le="x",otel_scope_name="two",le="2"} 4',
    'h_bucket{a="1",exported_le="x",otel_scope_name="two",le="+Inf"} 9',
    'h_sum{a="1",exported_le="x",otel_scope_name="two"} 0',
    'h_count{a="1",exported_le="x",otel_scope_name="two"} 9',
  ]);
});

test("merged series keep their exemplars and the earliest start", async () => {
  const metric = counter({ name: "c" }, [{ a: 1 }, 1], [{ a: "1" }, 2]);
  for (const [i, point] of metric.dataPoints.entries()) {
    Reflect.set(point, "startTime", [100 + i, 0]);
    Reflect.set(point, "exemplars", [{ value: i, timestamp: [200 + i, 0], filteredAttributes: { i } }]);
  }
  const text = await rendered(resourceMetrics([scope("s", [metric])]), {
    format: "openmetrics-1.0.0",
    scopeLabels: false,
  });
  expect(samplesOf(text)).toEqual(['c_total{a="1"} 3 # {i="1"} 1 201', 'c_created{a="1"} 100']);
});

test("whatever is recorded, no series is duplicated or lost", async () => {
  const value = fc.oneof(
    fc.constantFrom("", "1", "true", "x;y", "\uD800", 1, true),
    fc.constantFrom<string[][]>(["1"], []),
  );
  const attributes = fc.dictionary(fc.constantFrom("a", "a.b", "a_b", "otel.scope.name", "le"), value, {
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(attributes, { maxLength: 12 }), fc.boolean(), async (sets, scopeLabels) => {
      const { provider, collect } = walkedProvider();
      for (const [i, set] of sets.entries()) {
        provider
          .getMeter(i % 3 === 0 ? "s" : "t")
          .createCounter("c")
          .add(1, set);
        provider.getMeter("s").createGauge("g").record(i, set);
      }
      const { samples } = parseText(await rendered(await collect(), { scopeLabels, targetInfo: false }));
      const keys = samples.map(({ name, labels }) =>
        JSON.stringify([name, Object.entries(labels).filter(([, text]) => text !== "")]),
      );
      expect(new Set(keys).size).toBe(keys.length);
      const total = samples.filter(({ name }) => name === "c_total").reduce((sum, one) => sum + one.value, 0);
      expect(total).toBe(sets.length);
    }),
  );
});

test("series that need merging are merged in each scrape, and others are unaffected", async () => {
  const { provider, collect } = walkedProvider();
  const status = provider.getMeter("s").createCounter("requests");
  const other = provider.getMeter("s").createGauge("other");
  status.add(1, { status: 200 });
  other.record(1, { status: "200" });
  expect(samplesOf(await rendered(await collect(), { targetInfo: false, scopeLabels: false }))).toEqual([
    'requests_total{status="200"} 1',
    'other{status="200"} 1',
  ]);
  status.add(1, { status: "200" });
  const expected = ['requests_total{status="200"} 2', 'other{status="200"} 1'];
  expect(samplesOf(await rendered(await collect(), { targetInfo: false, scopeLabels: false }))).toEqual(
    expected,
  );
});

test("merged gauges show the later value", async () => {
  const metrics = resourceMetrics([scope("s", [gauge({ name: "g" }, [{ a: 1 }, 5], [{ a: "1" }, 4])])]);
  expect(samplesOf(await rendered(metrics, { scopeLabels: false }))).toEqual(['g{a="1"} 4']);
});

function samplesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
