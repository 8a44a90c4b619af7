// Points that are copied from an earlier collection are those that a new encoder writes.
import { ValueType } from "@opentelemetry/api";
import fc from "fast-check";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, AggregationType, MeterProvider } from "tachymeter/metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Collection } from "../../../src/engine/collection/collection.ts";
import type { SeriesVisitor } from "../../../src/engine/collection/series-source.ts";
import { Interner } from "../../../src/engine/series/interner.ts";
import { metricsFromRequest } from "../../../src/readers/otlp/decode/index.ts";
import { OtlpEncoder } from "../../../src/readers/otlp/encode/index.ts";
import { collectSeries } from "../../kit/collect-series.ts";
import { PullReader } from "../../kit/pull-reader.ts";
import { runs } from "../../kit/test-length.ts";

const SERIES = 13;
const key = fc.integer({ min: 0, max: SERIES });
const gauges = fc.uniqueArray(fc.record({ a: key, value: fc.double({ noNaN: true }) }), {
  selector: ({ a }) => a,
  maxLength: SERIES,
});
const rounds = fc.array(fc.record({ gauges, counts: fc.array(key, { maxLength: 8 }), bound: key }), {
  minLength: 2,
  maxLength: 8,
});
const maxRequestBytes = fc.constantFrom(300, 1_000, 1_000_000);

test("collections with series that come, go and come back are as those of a new encoder", async () => {
  await fc.assert(
    fc.asyncProperty(rounds, maxRequestBytes, async (collections, maxBytes) => {
      const reader = new PullReader();
      const views = [
        { instrumentName: "size", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const },
        { instrumentName: "*", aggregationCardinalityLimit: SERIES - 4 },
      ];
      const provider = new MeterProvider({ readers: [reader], views });
      const meter = provider.getMeter("shop");
      const counter = meter.createCounter("orders", { description: "Orders.", valueType: ValueType.INT });
      const wait = meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1, 2] } });
      const size = meter.createHistogram("size");
      let shown: (typeof collections)[number]["gauges"] = [];
      meter
        .createObservableGauge("heat", { unit: "Cel" })
        .addCallback((result) =>
          shown.forEach(({ a, value }) => result.observe(value, { a, long: "x".repeat(50 * a) })),
        );
      const kept = new OtlpEncoder(maxBytes);
      for (const round of collections) {
        shown = round.gauges;
        for (const count of round.counts) {
          counter.add(count, { b: `${count}`.repeat(count) });
          wait.record(count / 2, { c: count % 4 });
          size.record(count, { c: count % 4 });
        }
        const collection = await collectSeries(reader.producer!);
        // Twice, so that each collection is copied, too.
        expect(pointsOf(kept, collection)).toEqual(pointsOf(new OtlpEncoder(maxBytes), collection));
        expect(pointsOf(kept, collection)).toEqual(pointsOf(new OtlpEncoder(maxBytes), collection));
      }
      await provider.shutdown();
    }),
    { numRuns: runs(60) },
  );
});

test("slices of points between others that changed are copied", async () => {
  const reader = new PullReader();
  const provider = new MeterProvider({ readers: [reader] });
  const counter = provider.getMeter("shop").createCounter("orders");
  const kept = new OtlpEncoder(100_000);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1_900; i++) counter.add(round + 1, { i });
    counter.add(1, { round });
    const collection = await collectSeries(reader.producer!);
    expect(pointsOf(kept, collection)).toEqual(pointsOf(new OtlpEncoder(100_000), collection));
  }
  await provider.shutdown();
});

test("copied points of exponential histograms keep their attributes while the buffer grows", async () => {
  const views = [
    { instrumentName: "*", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const },
  ];
  for (let count = 8; count <= 60; count += 4) {
    const reader = new PullReader();
    const provider = new MeterProvider({ readers: [reader], views });
    const meter = provider.getMeter("shop");
    const orders = meter.createCounter("orders");
    for (let i = 0; i < count; i++) {
      const histogram = meter.createHistogram(`wait${i}`);
      for (const value of [1, 2, 4, 1e6, 3e6]) histogram.record(value, { route: `/customers/orders/${i}` });
    }
    const kept = new OtlpEncoder();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 40; i++) orders.add(1, { round, i });
      const collection = await collectSeries(reader.producer!);
      expect(pointsOf(kept, collection)).toEqual(pointsOf(new OtlpEncoder(), collection));
    }
    await provider.shutdown();
  }
});

test.each<[string, readonly (readonly number[])[]]>([
  [
    "rows that other series have now",
    [
      [1, 2],
      [3, 4],
      [1, 2],
    ],
  ],
  ["rows that are gone", [[1, 2], [1], [2], [1, 2]]],
  ["rows between others", [[1, 2], [2], [1, 2]]],
])("%s are not copied", async (_, observed) => {
  const reader = new PullReader();
  const provider = new MeterProvider({
    readers: [reader],
    views: [{ instrumentName: "*", aggregationCardinalityLimit: 2 }],
  });
  let shown: readonly number[] = [];
  provider
    .getMeter("shop")
    .createObservableGauge("heat")
    .addCallback((result) => shown.forEach((a) => result.observe(a, { a })));
  const kept = new OtlpEncoder();
  for (shown of observed) {
    const collection = await collectSeries(reader.producer!);
    for (const how of ["written", "copied"]) {
      const keys = pointsOf(kept, collection).map((point) =>
        JSON.stringify(Reflect.get(point, "attributes")),
      );
      expect([how, ...keys.toSorted()]).toEqual([how, ...shown.map((a) => JSON.stringify({ a }))]);
    }
  }
  await provider.shutdown();
});

test("a minimum that is known later is written", () => {
  const kept = new OtlpEncoder();
  const cells = Float64Array.of(0, 0, Infinity, -Infinity, 0, 0);
  const collection = histogramOf(cells);
  for (const count of [0, 0, 1, 2]) {
    if (count > 0) cells.set([count, count, 1, 1, count, 0]);
    const points = pointsOf(kept, collection);
    expect(points).toEqual(pointsOf(new OtlpEncoder(), collection));
    expect(JSON.stringify(points).includes('"min":1')).toBe(count > 0);
  }
});

test("a series that begins during an encoding has one start time from its second point on", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
  onTestFinished(() => void vi.useRealTimers());
  const reader = new PullReader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter("shop").createCounter("orders");
  for (let i = 0; i < 1_500; i++) counter.add(1, { i });
  const kept = new OtlpEncoder();
  const starts: unknown[] = [];
  const encode = async (onFirstSlice: () => void = () => {}): Promise<void> => {
    vi.advanceTimersByTime(1_000);
    const collection = await collectSeries(reader.producer!);
    const { series } = collection.metrics[0]!;
    const visit = series.visit.bind(series);
    const visits = vi.spyOn(series, "visit").mockImplementation((from, to, visitor) => {
      visit(from, to, visitor);
      if (from === 0) onFirstSlice();
    });
    for (const point of pointsOf(kept, collection))
      if (JSON.stringify(Reflect.get(point, "attributes")) === '{"i":"late"}')
        starts.push(Reflect.get(point, "startTime"));
    visits.mockRestore();
  };
  await encode(() => {
    vi.advanceTimersByTime(300);
    counter.add(1, { i: "late" });
  });
  await encode();
  await encode();
  counter.add(1, { i: "later" });
  await encode();
  const begun = [1_001, 300_000_000];
  expect(starts).toEqual([[1_001, 0], begun, begun, begun]);
});

// One histogram, shown before its first measurement. Cells: count, sum, min, max, the counts of two buckets.
function histogramOf(cells: Float64Array): Collection {
  const interner = new Interner();
  const series = {
    length: 1,
    version: 1,
    hasExemplars: false,
    visit: (from: number, _to: number, visitor: SeriesVisitor) => from === 0 && visitor.series(cells, 0, 0),
    pairsOf: () => 0,
    attributesOf: () => ({}),
    startTimeOf: () => 0,
    exemplarsOf: () => [],
  };
  return {
    resource: resourceFromAttributes({}),
    timeUnixMillis: 1_000,
    interner,
    errors: [],
    metrics: [
      {
        kind: "histogram",
        scope: { name: "shop", version: "" },
        descriptor: { name: "wait", description: "", unit: "", valueType: ValueType.DOUBLE },
        temporality: AggregationTemporality.CUMULATIVE,
        series,
        boundaries: [1],
        hasMinMax: true,
        hasSum: true,
      },
    ],
  };
}

function pointsOf(encoder: OtlpEncoder, collection: Collection): readonly object[] {
  return encoder
    .encodeSync(collection)
    .flatMap(({ body }) => metricsFromRequest(body))
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ scope, metrics }) =>
      metrics.flatMap(({ descriptor: { name }, dataPoints }) =>
        dataPoints.map((point) => ({ scope: scope.name, name, ...point })),
      ),
    );
}
