import { type Attributes, ValueType } from "@opentelemetry/api";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { AggregationType } from "tachymeter/metrics";
import { expect, test, vi } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { resourceMetricsFrom } from "../../../src/engine/collection/resource-metrics.ts";
import { metricsFromRequest } from "../../../src/readers/otlp/decode/index.ts";
import type { EncodedRequest } from "../../../src/readers/delivery/encoder.ts";
import { OtlpEncoder } from "../../../src/readers/otlp/encode/index.ts";
import { deltaReader, OpenReader, ourProvider } from "../../engine/our-provider.ts";
import { requestFromProtobuf } from "../../kit/otlp-receiver/decode.ts";
import { metricsOf, type OtlpRequest } from "../../kit/otlp-receiver/index.ts";
import { randomMetrics } from "../../kit/random-metrics.ts";
import { seed } from "../../kit/test-length.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { saidBy } from "./expected-metrics.ts";

// Limits shrinking, which could take minutes.
const limits = { seed, interruptAfterTimeLimit: 20_000 };
const exponential = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;

test("encoded requests are equivalent to those of upstream's serializer", () => {
  const encoder = new OtlpEncoder();
  fc.assert(
    fc.property(randomMetrics, (metrics) => {
      fc.pre(metrics.scopeMetrics.length > 0 && hasAllAttributes(metrics));
      const [request, ...more] = encoder.encodeSync(collectionFromMetrics(metrics));
      expect(more).toEqual([]);
      expect(withoutExemplars(requestFromProtobuf(request!.body))).toEqual(
        requestFromProtobuf(ProtobufMetricsSerializer.serializeRequest(metrics)!),
      );
    }),
    limits,
  );
});

// Upstream's resource loses keys such as `valueOf`, and the empty one.
function hasAllAttributes({ resource }: ResourceMetrics): boolean {
  return Object.keys(resource.attributes).length === resource.getRawAttributes().length;
}

// Upstream's serializer leaves them out.
function withoutExemplars(request: OtlpRequest): OtlpRequest {
  for (const metric of metricsOf(request))
    for (const point of metric.points) Reflect.deleteProperty(point, "exemplars");
  return request;
}

test.each([
  ["cumulative", () => new OpenReader()],
  ["delta", () => deltaReader()],
])(
  "a walked %s collection of all kinds is equivalent to that of upstream's serializer",
  async (_name, makeReader) => {
    const views = [{ instrumentName: "e*", aggregation: exponential }];
    const resource = resourceFromAttributes(
      { "service.name": "s", list: [1, 2] },
      { schemaUrl: "https://r" },
    );
    const { provider, meter, reader } = ourProvider({ views, resource }, makeReader());
    const encoder = new OtlpEncoder();
    for (let cycle = 1; cycle < 4; cycle++) {
      for (let i = 0; i < 300; i++) {
        const attributes = { i: i * cycle, route: `/ü/${i % 7}`, "is.even": i % 2 === 0, half: i / 2 };
        meter.createCounter("c", { valueType: ValueType.INT, unit: "By" }).add(i * 2 ** 40, attributes);
        meter.createUpDownCounter("u", { description: "Up, down." }).add(-i / 3, attributes);
        meter.createGauge("g").record(i === 0 ? NaN : -i, attributes);
        meter.createHistogram("h", { valueType: ValueType.INT }).record(i ** 2, attributes);
        for (const value of [0, i, i ** 3]) meter.createHistogram("e").record(value, attributes);
        meter.createUpDownCounter("e negative").add(-i, attributes);
      }
      const other = provider.getMeter("other", "2", { schemaUrl: "https://s", attributes: { x: 1 } });
      other.createCounter("c").add(1);
      const collection = await reader.producer.collectSeries();
      const [request] = await encoder.encode(collection);
      const upstream = ProtobufMetricsSerializer.serializeRequest(resourceMetricsFrom(collection))!;
      expect(requestFromProtobuf(request!.body)).toEqual(requestFromProtobuf(upstream));
      expect(request!.points).toBe(pointsOf([request!]).length);
    }
  },
);

test("decoding restores the collection, exemplars and exact times included", () => {
  const encoder = new OtlpEncoder();
  fc.assert(
    fc.property(randomMetrics, (metrics) => {
      fc.pre(metrics.scopeMetrics.length > 0 && hasAllAttributes(metrics));
      const [request] = encoder.encodeSync(collectionFromMetrics(metrics));
      expect(saidBy(metricsFromRequest(request!.body))).toEqual(saidBy(metrics));
    }),
    limits,
  );
});

test("requests stay within their size, and are together equivalent to one", () => {
  fc.assert(
    fc.property(randomMetrics, fc.integer({ min: 1, max: 2_000 }), (metrics, maxRequestBytes) => {
      const whole = new OtlpEncoder().encodeSync(collectionFromMetrics(metrics));
      const parts = new OtlpEncoder(maxRequestBytes).encodeSync(collectionFromMetrics(metrics));
      expect(parts.filter(({ body, points }) => body.length > maxRequestBytes && points > 1)).toEqual([]);
      expect(parts.map(({ points }) => points)).toEqual(parts.map((part) => pointsOf([part]).length));
      expect(pointsOf(parts)).toEqual(pointsOf(whole));
      expect(parts.flatMap(emptyPartsOf)).toEqual([]);
    }),
    limits,
  );
});

test("a request is split only if the next point does not fit", () => {
  const points = Array.from({ length: 100 }, (_, i): [{ i: number }, number] => [{ i }, i]);
  const metrics = resourceMetrics([scope("s", [counter({ name: "c" }, ...points)])], { r: 1 });
  const requests = new OtlpEncoder(1_000).encodeSync(collectionFromMetrics(metrics));
  const pointSize = 42;
  expect(requests.length).toBeGreaterThan(3);
  for (const { body } of requests.slice(0, -1)) expect(body.length).toBeGreaterThan(1_000 - pointSize);
});

test("the bytes are the same with and without slices, and slices let the event loop run", async () => {
  const { meter, reader } = ourProvider({ cardinalityLimit: 100_000 });
  const gauge = meter.createGauge("g");
  for (let i = 0; i < 60_000; i++) gauge.record(i, { i, half: i / 2 });
  const collection = await reader.producer.collectSeries();
  const encoder = new OtlpEncoder(1_000_000);
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const slowly = await encoder.encode(collection);
  isOver = true;
  expect(turns).toBeGreaterThan(2);
  const atOnce = encoder.encodeSync(collection);
  expect(slowly.length).toBeGreaterThan(3);
  expect(slowly.map(({ points }) => points)).toEqual(atOnce.map(({ points }) => points));
  expect(slowly.every(({ body }, i) => Buffer.compare(body, atOnce[i]!.body) === 0)).toBe(true);
});

test("a synchronous encoding during another one affects neither", async () => {
  const big = ourProvider({ cardinalityLimit: 100_000 });
  for (let i = 0; i < 20_000; i++) big.meter.createCounter("big").add(i, { i, text: `number ${i}` });
  const small = ourProvider();
  for (let i = 0; i < 50; i++) small.meter.createCounter("small").add(i, { j: -i });
  const [ofBig, ofSmall] = [big.reader.producer.collectSync(), small.reader.producer.collectSync()];
  const encoder = new OtlpEncoder();
  const begun = encoder.encode(ofBig);
  const now = encoder.encodeSync(ofSmall);
  expect(sums(now)).toEqual(sums(new OtlpEncoder().encodeSync(ofSmall)));
  expect(sums(await begun)).toEqual(sums(new OtlpEncoder().encodeSync(ofBig)));
});

test("the bytes of a pair are removed with it: another pair with its id is encoded again", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  const { meter, reader } = ourProvider({ seriesTimeToLive: 10 });
  const encoder = new OtlpEncoder();
  const known = new Set<number>();
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 50; i++)
      meter.createCounter("c").add(1, { [`key${round}`]: `${i}`.repeat(round), i });
    const collection = await reader.producer.collectSeries();
    known.add(collection.interner.idLimit);
    expect(encoder.encodeSync(collection)).toEqual(new OtlpEncoder().encodeSync(collection));
    vi.advanceTimersByTime(30_000);
  }
  vi.useRealTimers();
  // Otherwise no id would have been reused, and the test would prove nothing.
  expect(known.size).toBeLessThan(20);
});

test("more attributes than the cache holds are encoded correctly", async () => {
  const { meter, reader } = ourProvider();
  const text = "x".repeat(1_000_000);
  for (let i = 0; i < 40; i++) meter.createCounter("c").add(i, { text: `${i}${text}`, i });
  const collection = await reader.producer.collectSeries();
  const encoder = new OtlpEncoder();
  const [first, second] = [encoder.encodeSync(collection), encoder.encodeSync(collection)];
  expect(sums(second)).toEqual(sums(first));
  expect(sums(first).map(([{ i }]) => i)).toEqual(Array.from({ length: 40 }, (_, i) => i));
});

test("values allowed only by API 1.10 are encoded as by upstream", async () => {
  const { meter, reader } = ourProvider();
  const attributes: Attributes = {};
  const given = {
    bytes: Uint8Array.of(0, 255),
    nested: { list: [1, "two", null, { deep: true }] },
    empty: {},
  };
  for (const [key, value] of Object.entries(given)) Reflect.set(attributes, key, value);
  meter.createCounter("c").add(1, attributes);
  const collection = await reader.producer.collectSeries();
  const [request] = new OtlpEncoder().encodeSync(collection);
  const upstream = ProtobufMetricsSerializer.serializeRequest(resourceMetricsFrom(collection))!;
  expect(requestFromProtobuf(request!.body)).toEqual(requestFromProtobuf(upstream));
  expect(sums([request!])).toEqual([[given, 1]]);
});

test("an empty collection makes no request", async () => {
  const { reader } = ourProvider();
  expect(await new OtlpEncoder().encode(await reader.producer.collectSeries())).toEqual([]);
});

test("a failed encoding does not affect the next one", () => {
  const encoder = new OtlpEncoder();
  const good = resourceMetrics([scope("s", [counter({ name: "c" }, [{ a: 1 }, 1])])]);
  const expected = encoder.encodeSync(collectionFromMetrics(good));
  const broken = collectionFromMetrics(good);
  const series = {
    ...broken.metrics[0]!.series,
    length: 1,
    visit: () => {
      throw new Error("broken");
    },
  };
  const metrics = [...collectionFromMetrics(good).metrics, { ...broken.metrics[0]!, series }];
  expect(() => encoder.encodeSync({ ...broken, metrics })).toThrow("broken");
  expect(encoder.encodeSync(collectionFromMetrics(good))).toEqual(expected);
});

test("an integer that is not one is written as a double, and an invalid id is left out", () => {
  const metrics = resourceMetrics([
    scope("s", [counter({ name: "c" }, [{}, NaN], [{}, 2 ** 63], [{}, 0.5], [{}, 7])]),
  ]);
  const [metric] = metrics.scopeMetrics[0]!.metrics;
  Reflect.set(metric!.descriptor, "valueType", ValueType.INT);
  const ids = { traceId: "not hexadecimal, but 32 letters.", spanId: "00" };
  Reflect.set(metric!.dataPoints[0]!, "exemplars", [
    { filteredAttributes: {}, value: 0.5, timestamp: [1, 2], ...ids },
  ]);
  const [request] = new OtlpEncoder().encodeSync(collectionFromMetrics(metrics));
  const [decoded] = metricsFromRequest(request!.body).scopeMetrics[0]!.metrics;
  expect(decoded!.dataPoints.map(({ value }) => value)).toEqual([NaN, 2 ** 63, 0.5, 7]);
  expect(Reflect.get(decoded!.dataPoints[0]!, "exemplars")).toEqual([
    { filteredAttributes: {}, value: 0.5, timestamp: [1, 2] },
  ]);
});

function pointsOf(requests: readonly EncodedRequest[]): unknown[] {
  return requests
    .flatMap(({ body }) => saidBy(metricsFromRequest(body)).scopes)
    .flatMap(({ scope: of, metrics }) =>
      metrics.flatMap(({ dataPoints, descriptor: { name, unit, description }, ...metric }) =>
        // A partial histogram may not show the type of its values.
        [...dataPoints].map((point) => ({ of, ...metric, name, unit, description, point })),
      ),
    );
}

// Scopes and metrics without content.
function emptyPartsOf({ body }: EncodedRequest): unknown[] {
  const { scopeMetrics } = metricsFromRequest(body);
  return [
    ...scopeMetrics.filter(({ metrics }) => metrics.length === 0),
    ...scopeMetrics.flatMap(({ metrics }) => metrics).filter(({ dataPoints }) => dataPoints.length === 0),
  ];
}

function sums(requests: readonly EncodedRequest[]): [Attributes, unknown][] {
  return requests
    .flatMap(({ body }) => metricsFromRequest(body).scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ dataPoints }) =>
      dataPoints.map(({ attributes, value }): [Attributes, unknown] => [attributes, value]),
    );
}
