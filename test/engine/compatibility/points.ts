// The kit's tests of the keys of a collection's metrics, since exporters read all of them.
import { type HrTime, ValueType } from "@opentelemetry/api";
import {
  type AggregationOption,
  AggregationTemporality,
  AggregationType,
  DataPointType,
  InstrumentType,
  type ViewOptions,
} from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deltaReader, type MakeProvider, metricsOf, pulled, PulledReader } from "../pulled.ts";

const startMillis = Date.UTC(2026, 0, 1);

export function describePoints(makeProvider: MakeProvider): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: startMillis }));
  afterEach(() => void vi.useRealTimers());

  test("a sum has these keys and no others", async () => {
    const { meter, metrics } = pulled(makeProvider);
    meter
      .createCounter("c", { unit: "By", description: "Bytes.", valueType: ValueType.INT })
      .add(3, { a: 1 });
    vi.advanceTimersByTime(1_500);
    expect(await metrics()).toStrictEqual([
      {
        descriptor: {
          name: "c",
          type: InstrumentType.COUNTER,
          description: "Bytes.",
          unit: "By",
          valueType: ValueType.INT,
          advice: {},
        },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: [
          { attributes: { a: 1 }, startTime: hrTimeAfter(0), endTime: hrTimeAfter(1_500), value: 3 },
        ],
      },
    ]);
  });

  test("a gauge has these keys and no others", async () => {
    const { meter, metrics } = pulled(makeProvider);
    meter.createGauge("g").record(-1.5);
    expect(await metrics()).toStrictEqual([
      {
        descriptor: {
          name: "g",
          type: InstrumentType.GAUGE,
          description: "",
          unit: "",
          valueType: ValueType.DOUBLE,
          advice: {},
        },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.GAUGE,
        dataPoints: [{ attributes: {}, startTime: hrTimeAfter(0), endTime: hrTimeAfter(0), value: -1.5 }],
      },
    ]);
  });

  test("a histogram has these keys and no others", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const advice = { explicitBucketBoundaries: [1, 2] };
    meter.createHistogram("h", { advice }).record(1.5);
    expect(await metrics()).toStrictEqual([
      {
        descriptor: {
          name: "h",
          type: InstrumentType.HISTOGRAM,
          description: "",
          unit: "",
          valueType: ValueType.DOUBLE,
          advice,
        },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [
          {
            attributes: {},
            startTime: hrTimeAfter(0),
            endTime: hrTimeAfter(0),
            value: {
              min: 1.5,
              max: 1.5,
              sum: 1.5,
              count: 1,
              buckets: { boundaries: [1, 2], counts: [0, 1, 0] },
            },
          },
        ],
      },
    ]);
  });

  test("an exponential histogram has these keys and no others", async () => {
    const views = [
      { instrumentName: "h", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const },
    ];
    const { meter, metrics } = pulled(makeProvider, views);
    const histogram = meter.createHistogram("h");
    for (const value of [1, 4, 0]) histogram.record(value);
    const [metric, ...others] = await metrics();
    expect(others).toEqual([]);
    expect(metric?.dataPointType).toBe(DataPointType.EXPONENTIAL_HISTOGRAM);
    const counts = Array<number>(129).fill(0);
    counts[0] = 1;
    counts[128] = 1;
    expect(metric?.dataPoints).toStrictEqual([
      {
        attributes: {},
        startTime: hrTimeAfter(0),
        endTime: hrTimeAfter(0),
        value: {
          min: 0,
          max: 4,
          sum: 5,
          count: 3,
          scale: 6,
          zeroCount: 1,
          positive: { offset: -1, bucketCounts: counts },
          negative: { offset: 0, bucketCounts: [] },
        },
      },
    ]);
  });

  test("min and max are undefined if they are off", async () => {
    const views: ViewOptions[] = [
      {
        instrumentName: "explicit",
        aggregation: {
          type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: [1], recordMinMax: false },
        },
      },
      {
        instrumentName: "exponential",
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { recordMinMax: false } },
      },
    ];
    const { meter, metrics } = pulled(makeProvider, views);
    meter.createHistogram("explicit").record(1);
    meter.createHistogram("exponential").record(1);
    for (const { dataPoints } of await metrics()) {
      expect(dataPoints[0]?.value).toMatchObject({ min: undefined, max: undefined, sum: 1 });
      expect(Object.keys(Object(dataPoints[0]?.value))).toContain("min");
    }
  });

  test("histograms of instruments with negative values have no sum", async () => {
    const aggregation: AggregationOption = {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [0] },
    };
    const { meter, points } = pulled(makeProvider, [{ instrumentName: "*", aggregation }]);
    meter.createUpDownCounter("u").add(-3);
    meter.createGauge("g").record(3);
    expect(await points("u")).toMatchObject([[{}, { sum: undefined, min: -3, buckets: { counts: [1, 0] } }]]);
    expect(await points("g")).toMatchObject([[{}, { sum: undefined, max: 3, buckets: { counts: [0, 1] } }]]);
  });

  test("a cumulative series starts with its first measurement, at every collection", async () => {
    const { meter, metrics } = pulled(makeProvider);
    const counter = meter.createCounter("c");
    vi.advanceTimersByTime(1_000);
    counter.add(1, { a: 1 });
    vi.advanceTimersByTime(1_000);
    await metrics();
    counter.add(1, { a: 2 });
    vi.advanceTimersByTime(1_000);
    counter.add(1, { a: 1 });
    expect((await metrics())[0]?.dataPoints).toEqual([
      { attributes: { a: 1 }, startTime: hrTimeAfter(1_000), endTime: hrTimeAfter(3_000), value: 2 },
      { attributes: { a: 2 }, startTime: hrTimeAfter(2_000), endTime: hrTimeAfter(3_000), value: 1 },
    ]);
  });

  test("a delta series starts at the end of its last point", async () => {
    const { meter, metrics } = pulled(makeProvider, [], deltaReader());
    const counter = meter.createCounter("c");
    counter.add(1);
    vi.advanceTimersByTime(1_000);
    await metrics();
    vi.advanceTimersByTime(500);
    counter.add(2);
    vi.advanceTimersByTime(500);
    expect((await metrics())[0]?.dataPoints).toEqual([
      { attributes: {}, startTime: hrTimeAfter(1_000), endTime: hrTimeAfter(2_000), value: 2 },
    ]);
  });

  test("a collection does not change afterwards", async () => {
    const { meter, collect } = pulled(makeProvider);
    const [counter, histogram] = [meter.createCounter("c"), meter.createHistogram("h")];
    counter.add(1, { a: 1 });
    histogram.record(3);
    const { resourceMetrics } = await collect();
    const copy = structuredClone(metricsOf(resourceMetrics));
    counter.add(1, { a: 1 });
    histogram.record(4);
    await collect();
    expect(metricsOf(resourceMetrics)).toEqual(copy);
  });

  test("every point of a collection ends at the start of the collection", async () => {
    const readers = [new PulledReader(), deltaReader()];
    const meter = makeProvider({ readers }).getMeter("test");
    meter.createCounter("c").add(1);
    meter.createObservableGauge("g").addCallback((result) => result.observe(1));
    for (const reader of readers) {
      vi.advanceTimersByTime(1_000);
      const now = hrTimeAfter(Date.now() - startMillis);
      const { resourceMetrics } = await reader.collect();
      const ends = metricsOf(resourceMetrics).flatMap(({ dataPoints }) =>
        dataPoints.map(({ endTime }) => endTime),
      );
      expect(ends).toEqual([now, now]);
    }
  });
}

function hrTimeAfter(millis: number): HrTime {
  const time = startMillis + millis;
  return [Math.trunc(time / 1_000), (time % 1_000) * 1_000_000];
}
