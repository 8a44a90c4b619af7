import { MeterProvider as UpstreamProvider } from "@opentelemetry/sdk-metrics";
import { expect, test, vi } from "vitest";
import {
  createAllowListAttributesProcessor,
  MeterProvider,
  MetricReader,
  type MetricProducer,
} from "tachymeter/metrics";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { CollectionEncoder } from "../../src/history/collection-encoder.ts";
import { cellsFrom, type EncodedCollection } from "../../src/history/encoded-collection.ts";
import { collectSeries } from "../kit/collect-series.ts";

class Reader extends MetricReader {
  #producer: MetricProducer | undefined;

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer);
    this.#producer = producer;
  }

  collected(): Promise<Collection> {
    if (this.#producer === undefined) throw new Error("the reader has no provider");
    return collectSeries(this.#producer);
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** The series by their numbers, with their cells. */
function cellsOf(encoded: EncodedCollection | undefined): [id: number, cells: number[]][] {
  if (encoded === undefined) return [];
  const { ids, widths, cells } = cellsFrom(encoded.buffer);
  let at = 0;
  return Array.from(ids, (id, i) => [id, Array.from(cells.subarray(at, (at += widths[i]!)))]);
}

test.each([
  ["ours", MeterProvider],
  ["upstream's", UpstreamProvider],
])("a series is described once and keeps its number: %s provider", async (_, Provider) => {
  const reader = new Reader();
  const meter = new Provider({ readers: [reader] }).getMeter("shop", "1.0");
  const orders = meter.createCounter("orders", { unit: "{order}", description: "Sold." });
  const encoder = new CollectionEncoder();
  orders.add(2, { kind: "a" });
  const first = encoder.encode(await reader.collected());
  expect(first?.newSeries).toMatchObject([
    {
      id: 0,
      metric: "orders",
      prometheusName: "orders_total",
      type: "counter",
      unit: "{order}",
      description: "Sold.",
      layout: { kind: "number" },
      attributes: { kind: "a" },
      scope: { name: "shop", version: "1.0" },
    },
  ]);
  expect(cellsOf(first)).toEqual([[0, [2]]]);
  orders.add(3, { kind: "a" });
  orders.add(1, { kind: "b" });
  const second = encoder.encode(await reader.collected());
  expect(second?.newSeries.map(({ id, attributes }) => [id, attributes])).toEqual([[1, { kind: "b" }]]);
  expect(cellsOf(second)).toEqual([
    [0, [5]],
    [1, [1]],
  ]);
});

test("the layout of cells and the type depend on the kind of the metric", async () => {
  const reader = new Reader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("shop");
  meter.createUpDownCounter("carts").add(-1);
  meter.createGauge("size").record(Number.NaN);
  const times = meter.createHistogram("time", { advice: { explicitBucketBoundaries: [1, 2] } });
  times.record(0.5);
  times.record(5);
  const encoded = new CollectionEncoder().encode(await reader.collected());
  expect(encoded?.newSeries.map(({ metric, type, layout }) => [metric, type, layout])).toEqual([
    ["carts", "gauge", { kind: "number" }],
    ["size", "gauge", { kind: "number" }],
    ["time", "histogram", { kind: "buckets", bounds: [1, 2], hasMinMax: true, isFromZero: true }],
  ]);
  expect(cellsOf(encoded)).toEqual([
    [0, [-1]],
    [1, [Number.NaN]],
    [2, [5.5, 1, 0, 1, 0.5, 5]],
  ]);
});

test("a row reused for another series gets a new number, and so does a restarted counter", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  try {
    const reader = new Reader();
    const provider = new MeterProvider({ readers: [reader], seriesTimeToLive: 60 });
    const orders = provider.getMeter("shop").createCounter("orders");
    const encoder = new CollectionEncoder();
    const seen: [id: number, attributes: unknown][] = [];
    const collect = async (): Promise<[number, number[]][]> => {
      const encoded = encoder.encode(await reader.collected());
      for (const { id, attributes } of encoded?.newSeries ?? []) seen.push([id, attributes]);
      return cellsOf(encoded);
    };
    orders.add(1, { kind: "a" });
    expect(await collect()).toEqual([[0, [1]]]);
    // The series is idle for longer than its time to live, and is removed.
    vi.advanceTimersByTime(61_000);
    await collect();
    vi.advanceTimersByTime(61_000);
    expect(await collect()).toEqual([]);
    orders.add(2, { kind: "b" });
    expect(await collect()).toEqual([[1, [2]]]);
    orders.add(3, { kind: "a" });
    expect(await collect()).toEqual([
      [1, [2]],
      [2, [3]],
    ]);
    expect(seen).toEqual([
      [0, { kind: "a" }],
      [1, { kind: "b" }],
      [2, { kind: "a" }],
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test("after a restart every series is described again, under another number", async () => {
  const reader = new Reader();
  const orders = new MeterProvider({ readers: [reader] }).getMeter("shop").createCounter("orders");
  const encoder = new CollectionEncoder();
  orders.add(1);
  encoder.encode(await reader.collected());
  encoder.restart();
  const encoded = encoder.encode(await reader.collected());
  expect(encoded?.newSeries).toMatchObject([{ id: 1, metric: "orders" }]);
  expect(cellsOf(encoded)).toEqual([[1, [1]]]);
});

test("the number of remembered absent series is limited, and forgotten ones are described again", async () => {
  const encoder = new CollectionEncoder();
  const readers = Array.from({ length: 20 }, (_, round) => {
    const reader = new Reader();
    const size = new UpstreamProvider({ readers: [reader] }).getMeter("shop").createGauge("size");
    for (let i = 0; i < 600; i++) size.record(1, { round, i });
    return reader;
  });
  const described = async (reader: Reader): Promise<number | undefined> =>
    encoder.encode(await reader.collected())?.newSeries.length;
  for (const reader of readers) expect(await described(reader)).toBe(600);
  expect(await described(readers[0]!)).toBe(600);
  expect(await described(readers[0]!)).toBe(0);
});

test("attributes that only differ in type, or in values that JSON lacks, are different series", async () => {
  const reader = new Reader();
  const size = new MeterProvider({ readers: [reader] }).getMeter("shop").createGauge("size");
  const values = ["1", 1, true, Number.NaN, Infinity, "NaN"];
  for (const [i, value] of values.entries()) size.record(i, { value });
  const encoded = new CollectionEncoder().encode(await reader.collected());
  expect(encoded?.newSeries.map(({ attributes }) => attributes["value"])).toEqual(values);
  expect(cellsOf(encoded).map(([id, [value]]) => [id, value])).toEqual(values.map((_, i) => [i, i]));
});

test("of two views of one instrument, the first one to write a series of a collection keeps it", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  try {
    const reader = new Reader();
    const views = [
      { instrumentName: "*", attributesProcessors: [createAllowListAttributesProcessor(["kind"])] },
      { instrumentName: "*" },
    ];
    const meter = new MeterProvider({ readers: [reader], views }).getMeter("shop");
    const [orders, time] = [meter.createCounter("orders"), meter.createHistogram("time")];
    const encoder = new CollectionEncoder();
    const collect = async (): Promise<unknown> => {
      const encoded = encoder.encode(await reader.collected());
      for (const { id, attributes } of encoded?.newSeries ?? []) seen.set(id, attributes);
      return cellsOf(encoded).map(([id, [first]]) => [seen.get(id), first]);
    };
    const seen = new Map<number, unknown>();
    const long = "x".repeat(100_000);
    orders.add(1, { kind: "a", user: "u" });
    // The second view's series `{ kind: "a" }` has another start.
    vi.setSystemTime(Date.now() + 5_000);
    for (const value of [2, 3]) {
      orders.add(value, { kind: "a" });
      orders.add(1, { kind: long });
    }
    time.record(4, { user: "u" });
    time.record(5);
    const expected = [
      [{ kind: "a" }, 6],
      // Long attributes are described as text.
      [{}, 2],
      [{ kind: "a", user: "u" }, 1],
      [{}, 9],
      [{ user: "u" }, 4],
    ];
    expect(await collect()).toEqual(expected);
    expect(await collect()).toEqual(expected);
  } finally {
    vi.useRealTimers();
  }
});

test("a collection without series is empty, and excluded scopes are left out", async () => {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const encoder = new CollectionEncoder((scope) => scope === "bridge");
  expect(encoder.encode(await reader.collected())).toBeUndefined();
  provider.getMeter("bridge").createGauge("size").record(1);
  expect(encoder.encode(await reader.collected())).toBeUndefined();
});
