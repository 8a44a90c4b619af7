// Series with very many attributes, or with one very long array as a value.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Attributes } from "@opentelemetry/api";
import { JsonSnapshotExporter } from "tachymeter/json";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { History } from "tachymeter/history";
import { expect, onTestFinished, test } from "vitest";
import { storeOf } from "../../src/history/store-of.ts";
import { CollectionEncoder } from "../../src/history/collection-encoder.ts";
import { HistoryExporter } from "../../src/history/exporter.ts";
import { metricsFromRequest } from "../../src/readers/otlp/decode/index.ts";
import { OtlpEncoder } from "../../src/readers/otlp/encode/index.ts";
import { documentText, documentSteps } from "../../src/readers/json/document.ts";
import { longLabel, protobufLabels } from "../../src/readers/prometheus/protobuf/bytes.ts";
import { allSteps } from "../../src/io/yield.ts";
import { snapshotEntries } from "../../src/translation/snapshot.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { linesOf, WalkingReader } from "../readers/json/lines.ts";
import { newFolder } from "../kit/new-folder.ts";
import { processorMicros } from "../kit/processor-time.ts";

const FEW = 1_000;
const MANY = 16_000;
// Linear work takes 16 times as long, quadratic work 256 times.
const MOST_TIMES_LONGER = 120;

test.each<[name: string, work: (attributes: Attributes) => Promise<() => unknown>]>([
  ["a measurement in another order of keys", recording],
  ["Prometheus text", async (attributes) => scraping(attributes, "text/plain; version=0.0.4")],
  ["OpenMetrics", async (attributes) => scraping(attributes, OPEN_METRICS)],
  ["Prometheus protobuf", async (attributes) => scraping(attributes, PROTOBUF)],
  ["OTLP", encoding],
  ["a snapshot", snapshots],
  ["JSON lines", lines],
  ["a JSON document", documents],
  ["a history's first encoding", describing],
])("the time of %s is proportional to the number of attributes", { timeout: 60_000 }, async (_, prepare) => {
  const time = async (count: number): Promise<number> => {
    const work = await prepare(attributesOf(count));
    const start = process.cpuUsage();
    await work();
    return processorMicros(start);
  };
  const few = Math.max(100, Math.min(await time(FEW), await time(FEW), await time(FEW)));
  const many = Math.min(await time(MANY), await time(MANY));
  expect(many / few).toBeLessThan(MOST_TIMES_LONGER);
});

test.each<[name: string, attributes: () => Attributes]>([
  ["50,000 attributes", () => attributesOf(50_000)],
  ["a list of a million elements", () => ({ list: Array.from({ length: 1_000_000 }, (_, i) => i) })],
])("the event loop is not blocked while a scrape writes %s", { timeout: 60_000 }, async (_, attributes) => {
  for (const accept of ["text/plain", OPEN_METRICS, PROTOBUF]) {
    const scrape = await scraping(attributes(), accept);
    expect(await turnsDuring(scrape)).toBeGreaterThan(10);
  }
});

test.each<[name: string, attributes: () => Attributes]>([
  ["50,000 attributes", () => attributesOf(50_000)],
  ["a list of 500,000 elements", () => ({ list: Array.from({ length: 500_000 }, (_, i) => i) })],
])(
  "the event loop is not blocked while a JSON document is made of %s",
  { timeout: 60_000 },
  async (_, attributes) => {
    const collection = await walked(attributes());
    const file = join(newFolder("document"), "metrics.json");
    const exporter = new JsonSnapshotExporter({ file });
    // Turns of the event loop, except those that wait for the disk.
    const steps = documentSteps(collection, FRAME, [2]);
    let count = 0;
    while (steps.next().done !== true) count++;
    expect(count).toBeGreaterThan(300);
    await exporter.exportCollection(collection);
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8")).metrics)).toHaveLength(1);
  },
);

test("JSON documents have both large and small series", async () => {
  const { reader } = mixed();
  const collection = await reader.collectSeries();
  const metrics = Object.fromEntries(snapshotEntries(collection));
  expect(Object.keys(metrics)).toHaveLength(12);
  const made = allSteps(documentSteps(collection, FRAME, [2, 0]));
  const expected = [2, 0].map((indent) => documentText({ ...FRAME, metrics }, indent));
  expect(made.map((pieces) => Buffer.concat(pieces).toString())).toEqual(expected);
});

test("JSON lines have both large and small series", async () => {
  const { reader, large } = mixed();
  const file = join(newFolder("lines"), "series.ndjson");
  const exporter = new JsonSnapshotExporter({ file, format: "ndjson" });
  await exporter.exportCollection(await reader.collectSeries());
  await exporter.shutdown();
  const found = linesOf(file)
    .filter(({ name }) => name === "orders_total")
    .map(({ labels }) => labels);
  expect(found).toHaveLength(large.length + 3);
  const { list, ...others } = large[1]!;
  expect(found).toContainEqual({ ...others, list: JSON.stringify(list) });
  for (const attributes of [large[0]!, large[2]!]) {
    const entries = Object.entries(attributes).map(([key, value]) => [key.replace(".", "_"), value]);
    expect(found).toContainEqual(Object.fromEntries(entries));
  }
});

test("the event loop is not blocked while OTLP is made of 100,000 attributes, or an array of a million elements", async () => {
  const list = Array.from({ length: 1_000_000 }, (_, i) => i);
  for (const attributes of [attributesOf(100_000), { list }]) {
    const collection = await walked(attributes);
    const encoder = new OtlpEncoder();
    expect(await turnsDuring(() => encoder.encode(collection))).toBeGreaterThan(10);
  }
});

test.each([200, 2_000, 4 * 1024 * 1024])(
  "OTLP requests of %i bytes have both large and small series unchanged",
  async (maxRequestBytes) => {
    const { reader, large } = mixed();
    const requests = await new OtlpEncoder(maxRequestBytes).encode(await reader.collectSeries());
    const points = requests
      .map(({ body }) => metricsFromRequest(body))
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes }) => [descriptor.name, attributes] as const),
      );
    expect(requests.reduce((sum, request) => sum + request.points, 0)).toBe(points.length);
    for (const name of ["orders", "wait"]) {
      const found = points.filter((point) => point[0] === name).map((point) => point[1]);
      expect(found).toHaveLength(large.length + 3);
      for (const attributes of large) expect(found).toContainEqual(attributes);
    }
  },
);

test("scrapes have both large and small series", async () => {
  const { exporter, large } = mixed();
  const fetch = exporter.fetchHandler();
  const request = new Request("http://localhost/metrics", { headers: { accept: "text/plain" } });
  const text = await (await fetch(request)).text();
  expect(text.match(/^orders_total\{/gm)).toHaveLength(large.length + 3);
  for (const attributes of large) {
    const labels = labelsOf(attributes);
    expect(text).toContain(`\norders_total{${labels}} 1\n`);
    const buckets = ["1", "2", "+Inf"].map((bound) => `wait_bucket{${labels},le="${bound}"} 1\n`).join("");
    expect(text).toContain(`\n${buckets}wait_sum{${labels}} 1\nwait_count{${labels}} 1\n`);
  }
});

test.each<[name: string, attributes: () => Attributes]>([
  ["50,000 attributes", () => attributesOf(50_000)],
  ["a list of 500,000 elements", () => ({ list: Array.from({ length: 500_000 }, (_, i) => i) })],
  ["a text of 10 MB", () => ({ text: "0123456789".repeat(1_000_000) })],
])("the event loop is not blocked while a history encodes %s", async (_, attributes) => {
  const encoder = new CollectionEncoder();
  const steps = encoder.encodeSteps(await walked(attributes()));
  let count = 0;
  while (steps.next().done !== true) count++;
  expect(count).toBeGreaterThan(20);
});

test("a history has both large and small series, once each", async () => {
  const { reader, large } = mixed();
  const history = await History.open({ path: ":memory:" });
  onTestFinished(() => history.close());
  const exporter = new HistoryExporter(storeOf(history));
  for (let i = 0; i < 2; i++) await exporter.exportCollection(await reader.collectSeries());
  for (const name of ["orders", "wait"]) {
    const found: Attributes[] = [];
    for await (const attributes of history.series(name)) found.push(attributes);
    expect(found).toHaveLength(large.length + 3);
    for (const attributes of [...large, { a: 1 }, { a: 2 }, { a: 3 }])
      expect(found).toContainEqual(attributes);
  }
});

test("a history keeps data that was being encoded when the process ended, or continues if it did not end", async () => {
  const { reader, large } = mixed();
  const history = await History.open({ path: ":memory:" });
  onTestFinished(() => history.close());
  const exporter = new HistoryExporter(storeOf(history));
  const collection = await reader.collectSeries();
  const exporting = exporter.exportCollection(collection);
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  exporter.exportCollectionSync(collection);
  await exporting;
  await exporter.exportCollection({ ...collection, timeUnixMillis: collection.timeUnixMillis + 1_000 });
  const { series } = await history.query({ metric: "orders", to: Date.now() / 1_000 + 60 });
  expect(series).toHaveLength(large.length + 3);
  for (const { points } of series) expect(points).toHaveLength(2);
});

test("a history distinguishes series with many attributes that are equal in JSON", async () => {
  const encoder = new CollectionEncoder();
  const reader = new WalkingReader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter("shop").createCounter("orders");
  const others = attributesOf(1_000);
  for (const value of [Number.NaN, Infinity, -Infinity]) counter.add(1, { ...others, value });
  expect(encoder.encode(await reader.collectSeries())?.newSeries).toHaveLength(3);
});

test("a long label in Prometheus' protobuf is the same when written in pieces", () => {
  for (const length of [100, 16_000, 33_000, 100_000]) {
    const label = { name: "list", value: "ü😀a".repeat(length / 4) };
    expect(Buffer.concat([...longLabel(label)])).toEqual(Buffer.from(protobufLabels([label])));
  }
});

test("the fetch handler returns a large response completely", async () => {
  const { exporter } = mixed();
  const fetch = exporter.fetchHandler();
  const answers = ["identity", "gzip"].map(async (coding) => {
    const headers = { accept: OPEN_METRICS, "accept-encoding": coding };
    return Buffer.from(await (await fetch(new Request("http://localhost/", { headers }))).arrayBuffer());
  });
  const [plain, compressed] = await Promise.all(answers);
  expect(plain?.length).toBeGreaterThan(1024 * 1024);
  // `toEqual` takes seconds for a megabyte.
  expect(plain?.equals(gunzipSync(compressed!))).toBe(true);
  expect(plain?.subarray(-6).toString()).toBe("# EOF\n");
});

test("values of keys with the same label name are joined in the order of the keys", async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true, scopeLabels: false });
  const provider = new MeterProvider({ readers: [exporter] });
  const keys = Array.from({ length: 1_000 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  const attributes = Object.fromEntries(keys.toReversed().map((key, i) => [key, i]));
  provider.getMeter("shop").createGauge("orders").record(1, attributes);
  const response = await exporter.fetchHandler()(new Request("http://localhost/metrics"));
  const joined = keys.map((key) => attributes[key]).join(";");
  expect(await response.text()).toContain(`orders{_="${joined}"} 1\n`);
});

test("a series with many attributes does not reserve memory for all other series of a history", async () => {
  const collection = await walked(attributesOf(MANY));
  const encoder = new CollectionEncoder();
  const before = process.memoryUsage().arrayBuffers;
  encoder.encode(collection);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MANY);
  expect(encoder.encode(collection)?.newSeries).toEqual([]);
});

test("an array of a million elements is a valid value", async () => {
  const { provider, points } = collectingProvider();
  const counter = provider.getMeter("shop").createCounter("orders");
  const list = Array.from({ length: 1_000_000 }, (_, i) => i);
  counter.add(1, { list });
  counter.add(1, { list: [...list] });
  const [point] = await points("orders");
  expect(point?.value).toBe(2);
  expect(point?.attributes["list"]).toHaveLength(list.length);
});

const FRAME = { timestamp: 1, events_count: 2, running: true };
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0";
const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

// Two metrics with three small series each, and large ones between them.
function mixed() {
  const exporter = new PrometheusExporter({ preventServerStart: true, scopeLabels: false });
  const reader = new WalkingReader();
  const meter = new MeterProvider({ readers: [exporter, reader] }).getMeter("shop");
  const large: readonly Attributes[] = [
    attributesOf(1_000),
    // Objects in arrays are attribute values in OTLP, though not in the API's types.
    Object({
      a: 1,
      list: Array.from({ length: 5_000 }, (_, i) => (i % 2 === 0 ? `"${i}"` : { i: [i, null] })),
    }),
    { ...attributesOf(200), text: "ü😀".repeat(20_000) },
  ];
  const counter = meter.createCounter("orders");
  const wait = meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1, 2] } });
  for (const attributes of [{ a: 1 }, large[0], { a: 2 }, large[1], large[2], { a: 3 }]) {
    counter.add(1, attributes);
    wait.record(1, attributes);
  }
  return { exporter, reader, large };
}

function labelsOf(attributes: Attributes): string {
  const texts = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    return [key.replace(".", "_"), escaped] as const;
  });
  const sorted = texts.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, text]) => `${name}="${text}"`).join(",");
}

async function turnsDuring(work: () => unknown): Promise<number> {
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  return turns;
}

function attributesOf(count: number): Attributes {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key.${i}`, `value ${i}`]));
}

function reversed(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).toReversed());
}

async function recording(attributes: Attributes): Promise<() => unknown> {
  const counter = collectingProvider().provider.getMeter("shop").createCounter("orders");
  counter.add(1, attributes);
  const others = reversed(attributes);
  return () => counter.add(1, others);
}

async function scraping(attributes: Attributes, accept: string): Promise<() => unknown> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  provider.getMeter("shop").createCounter("orders").add(1, attributes);
  const fetch = exporter.fetchHandler();
  return async () => {
    const response = await fetch(new Request("http://localhost/metrics", { headers: { accept } }));
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(20 * Object.keys(attributes).length);
  };
}

async function walked(attributes: Attributes) {
  const reader = new WalkingReader();
  const provider = new MeterProvider({ readers: [reader] });
  provider.getMeter("shop").createCounter("orders").add(1, attributes);
  return reader.collectSeries();
}

async function encoding(attributes: Attributes): Promise<() => unknown> {
  const collection = await walked(attributes);
  return () => new OtlpEncoder().encode(collection);
}

async function snapshots(attributes: Attributes): Promise<() => unknown> {
  const collection = await walked(attributes);
  return () => [...snapshotEntries(collection)];
}

async function lines(attributes: Attributes): Promise<() => unknown> {
  const collection = await walked(reversed(attributes));
  const file = join(newFolder("lines"), "series.ndjson");
  const exporter = new JsonSnapshotExporter({ file, format: "ndjson" });
  return async () => {
    await exporter.exportCollection(collection);
    await exporter.shutdown();
    expect(readFileSync(file, "utf8")).toContain("key_999");
  };
}

async function describing(attributes: Attributes): Promise<() => unknown> {
  const collection = await walked(reversed(attributes));
  return () => new CollectionEncoder().encode(collection);
}

async function documents(attributes: Attributes): Promise<() => unknown> {
  const collection = await walked(reversed(attributes));
  return () => allSteps(documentSteps(collection, FRAME, [2, 0]));
}
