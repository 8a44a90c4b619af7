import { setImmediate } from "node:timers/promises";
import { AggregationType } from "tachymeter/metrics";
import { renderPrometheus } from "tachymeter/prometheus";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { resourceMetricsFrom } from "../../../src/engine/collection/resource-metrics.ts";
import { type Exposition, textOf } from "../../../src/readers/prometheus/exposition.ts";
import { Renderer } from "../../../src/readers/prometheus/rendering.ts";
import { randomAttributes } from "../../kit/random-metrics.ts";
import { counter, gauge, resourceMetrics, scope } from "../resource-metrics.ts";
import { parseText } from "./text/parse-text.ts";
import { rendered, renderedBytes, walkedProvider } from "./rendered.ts";
import { runs } from "../../kit/test-length.ts";

const text: Exposition = { format: "text-0.0.4", escaping: "underscores" };

test("a collection and its ResourceMetrics have the same bytes, in each format", async () => {
  const recording = fc.record({
    attributes: randomAttributes,
    value: fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    kind: fc.constantFrom("counter", "gauge", "histogram", "exponential.histogram"),
    name: fc.constantFrom("a", "a.b", "a_b"),
  });
  const format = fc.constantFrom(
    "text-0.0.4",
    "text-1.0.0",
    "openmetrics-1.0.0",
    "openmetrics-2.0.0",
    "protobuf",
  );
  const escaping = fc.constantFrom("underscores", "dots", "values", "allow-utf-8");
  const strategy = fc.constantFrom("UnderscoreEscapingWithSuffixes", "NoTranslation");
  await fc.assert(
    fc.asyncProperty(fc.array(recording), format, escaping, strategy, async (recordings, ...wishes) => {
      const { provider, collect } = walkedProvider({
        views: [
          {
            instrumentName: "*exponential*",
            aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
          },
        ],
        exemplarFilter: "always_on",
      });
      const meter = provider.getMeter("m", "1");
      for (const { attributes, value, kind, name } of recordings) {
        const full = `${kind}.${name}`;
        if (kind === "counter") meter.createCounter(full).add(Math.abs(value), attributes);
        else if (kind === "gauge") meter.createGauge(full).record(value, attributes);
        else meter.createHistogram(full).record(Math.abs(value), attributes);
      }
      const collection = await collect();
      const [chosenFormat, chosenEscaping, chosenStrategy] = wishes;
      const settings = { format: chosenFormat, escaping: chosenEscaping, strategy: chosenStrategy };
      const direct = await renderedBytes(collection, settings);
      const converted = await renderedBytes(resourceMetricsFrom(collection), settings);
      expect(converted.equals(direct)).toBe(true);
    }),
    { numRuns: runs(60) },
  );
});

test("every number is written as in JavaScript, except infinities", () => {
  const decimals = fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 17 }))
    .map(([digits, places]) => Number(`${digits}e-${places}`));
  const binary = fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 75 }))
    .map(([digits, shift]) => digits / 2 ** shift);
  const numbers = fc.array(fc.oneof(fc.double(), decimals, binary, fc.maxSafeInteger()), { minLength: 50 });
  fc.assert(
    fc.property(numbers, (values) => {
      const metric = gauge(
        { name: "g" },
        ...values.map((value, i): [{ i: number }, number] => [{ i }, value]),
      );
      const lines = renderPrometheus(resourceMetrics([scope("s", [metric])])).match(/(?<=\} )\S+$/gm);
      expect(lines).toEqual(values.map((value) => String(value).replace(/^(-?)Infinity/, signed)));
    }),
  );
});

test("rendering yields to the event loop repeatedly", async () => {
  const { provider, collect } = walkedProvider({ cardinalityLimit: 50_000 });
  const requests = provider.getMeter("m").createCounter("requests");
  for (let i = 0; i < 30_000; i++) requests.add(0.1 * i, { i, route: `/${i % 100}` });
  const rendering = rendered(await collect());
  let turns = 0;
  while (await isPending(rendering)) turns++;
  expect(turns).toBeGreaterThan(3);
  expect(parseText(await rendering).samples).toHaveLength(30_001);
});

test("measurements between two slices neither lose nor duplicate a series", async () => {
  const { provider, collect } = walkedProvider({ cardinalityLimit: 50_000 });
  const requests = provider.getMeter("m").createCounter("requests");
  for (let i = 0; i < 20_000; i++) requests.add(1, { i });
  const rendering = rendered(await collect(), { targetInfo: false });
  let recorded = 0;
  while (await isPending(rendering)) {
    for (let i = 0; i < 50; i++) {
      requests.add(1, { i: (recorded * 7919) % 20_000 });
      requests.add(1, { i: -1 - recorded });
      recorded++;
    }
  }
  const ids = parseText(await rendering).samples.map(({ labels }) => labels["i"]);
  expect(recorded).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.slice(0, 20_000)).toEqual(Array.from({ length: 20_000 }, (_, i) => String(i)));
});

test("a series that has ended is removed, and one that reuses its label id has its own label", async () => {
  const { provider, collect } = walkedProvider({ seriesTimeToLive: 0.001 });
  const renderer = new Renderer({ targetInfo: false, scopeLabels: false });
  const render = async () => textOf(await renderer.render(await collect(), text));
  const requests = provider.getMeter("m").createCounter("requests");
  requests.add(1, { route: "/old" });
  expect(await render()).toContain('requests_total{route="/old"} 1\n');
  await expect.poll(render).not.toContain("/old");
  requests.add(2, { route: "/new" });
  expect(await render()).toContain('requests_total{route="/new"} 2\n');
});

test("the memory of a body is reused after its release, and not before", async () => {
  const renderer = new Renderer();
  const collection = collectionFromMetrics(resourceMetrics([scope("s", [counter({ name: "c" }, [{}, 1])])]));
  const first = await renderer.render(collection, text);
  const second = await renderer.render(collection, text);
  expect(second.chunks[0]!.buffer).not.toBe(first.chunks[0]!.buffer);
  expect(second.byteLength).toBe(second.chunks.reduce((sum, { length }) => sum + length, 0));
  first.release();
  first.release();
  const third = await renderer.render(collection, text);
  expect(third.chunks[0]!.buffer).toBe(first.chunks[0]!.buffer);
  const fourth = await renderer.render(collection, text);
  expect(fourth.chunks[0]!.buffer).not.toBe(third.chunks[0]!.buffer);
});

test("labels and help longer than a chunk of memory are written unchanged", async () => {
  const long = 'ä"\n'.repeat(50_000);
  const metrics = resourceMetrics([
    scope("s", [gauge({ name: "g", description: long }, [{ a: long, b: "x" }, 1], [{ a: "y", b: long }, 2])]),
  ]);
  const parsed = parseText(await rendered(metrics, { scopeLabels: false }));
  expect(parsed.help.get("g")).toBe(long);
  expect(parsed.samples.map(({ labels, value }) => [labels["a"], labels["b"], value])).toEqual([
    [long, "x", 1],
    ["y", long, 2],
  ]);
});

test("a rendering without waiting requests ends with the signal's reason", async () => {
  const { provider, collect } = walkedProvider({ cardinalityLimit: 50_000 });
  const requests = provider.getMeter("m").createCounter("requests");
  for (let i = 0; i < 30_000; i++) requests.add(1, { i });
  const controller = new AbortController();
  const rendering = rendered(await collect(), { signal: controller.signal });
  await setImmediate();
  controller.abort(new Error("the scraper has gone"));
  await expect(rendering).rejects.toThrow("the scraper has gone");
});

test.each([
  [["a_total"], ["a_total"]],
  [["a"], []],
  [["h_bucket"], ["h"]],
  [
    ["h_sum", "g"],
    ["g", "h"],
  ],
  [["target_info"], ["target_info"]],
  [["nothing"], []],
])("with names %j the families %j are written", async (names, families) => {
  const { provider, collect } = walkedProvider();
  const meter = provider.getMeter("m");
  meter.createCounter("a").add(1);
  meter.createGauge("g").record(1);
  meter.createHistogram("h").record(1);
  const parsed = parseText(await rendered(await collect(), { names: new Set(names) }));
  expect([...parsed.types.keys()]).toEqual(families);
});

test("concurrent renderings, of one renderer and of several providers, do not affect each other", async () => {
  const renderer = new Renderer({ targetInfo: false, scopeLabels: false });
  const collections = await Promise.all(
    ["one", "two", "three"].map(async (name) => {
      const { provider, collect } = walkedProvider({ cardinalityLimit: 10_000 });
      const requests = provider.getMeter("m").createCounter(name);
      for (let i = 0; i < 5_000; i++) requests.add(i, { [name]: i });
      return { name, collection: await collect() };
    }),
  );
  const bodies = await Promise.all(collections.map(({ collection }) => renderer.render(collection, text)));
  for (const [i, { name }] of collections.entries()) {
    const { samples } = parseText(textOf(bodies[i]!));
    expect(samples.map(({ labels }) => labels)).toEqual(
      Array.from({ length: 5_000 }, (_, value) => ({ [name]: String(value) })),
    );
  }
});

// Checked after a turn of the event loop.
function isPending(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => false), setImmediate(true)]);
}

function signed(_: string, sign: string): string {
  return `${sign || "+"}Inf`;
}
