// The kit's tests of readers.
import { AggregationTemporality, AggregationType, DataPointType, InstrumentType } from "tachymeter/metrics";
import { expect, test } from "vitest";
import {
  counter as madeUp,
  resourceMetrics as madeUpMetrics,
  scope,
} from "../../readers/resource-metrics.ts";
import { deltaReader, type MakeProvider, metricsOf, pointsOf, pulled, PulledReader } from "../pulled.ts";

export function describeReaders(makeProvider: MakeProvider): void {
  test("a reader belongs to one provider", () => {
    const reader = new PulledReader();
    makeProvider({ readers: [reader] });
    expect(() => makeProvider({ readers: [reader] })).toThrow("bound");
  });

  test("a reader is notified once that it is bound", () => {
    let told = 0;
    class ToldReader extends PulledReader {
      protected override onInitialized(): void {
        told++;
      }
    }
    makeProvider({ readers: [new ToldReader()] });
    expect(told).toBe(1);
  });

  test("a reader collects no more after the shutdown", async () => {
    const { provider, reader } = pulled(makeProvider);
    await provider.shutdown();
    await expect(reader.collect()).rejects.toThrow("shutdown");
  });

  test("a cumulative reader gets every series again, a delta reader only new measurements", async () => {
    const readers = [new PulledReader(), deltaReader()];
    const meter = makeProvider({ readers }).getMeter("test");
    const [counter, histogram, gauge] = [
      meter.createCounter("c"),
      meter.createHistogram("h"),
      meter.createGauge("g"),
    ];
    const collected = async (): Promise<unknown[]> =>
      Promise.all(
        readers.map(async (reader) => {
          const { resourceMetrics } = await reader.collect();
          const sums = pointsOf(resourceMetrics, "h").map(([, value]) => Object(value).sum);
          return [
            pointsOf(resourceMetrics, "c"),
            sums,
            pointsOf(resourceMetrics, "g").map(([, value]) => value),
          ];
        }),
      );
    counter.add(1, { a: 1 });
    counter.add(2, { a: 2 });
    histogram.record(5);
    gauge.record(7);
    const first = [
      [
        [{ a: 1 }, 1],
        [{ a: 2 }, 2],
      ],
      [5],
      [7],
    ];
    expect(await collected()).toEqual([first, first]);
    counter.add(4, { a: 2 });
    histogram.record(6);
    expect(await collected()).toEqual([
      [
        [
          [{ a: 1 }, 1],
          [{ a: 2 }, 6],
        ],
        [11],
        [7],
      ],
      [[[{ a: 2 }, 4]], [6], []],
    ]);
    expect(await collected()).toMatchObject([
      [
        [
          [{ a: 1 }, 1],
          [{ a: 2 }, 6],
        ],
        [11],
        [7],
      ],
      [[], [], []],
    ]);
  });

  test("minimum and maximum of a delta histogram are those of its cycle", async () => {
    const { meter, points } = pulled(makeProvider, [], deltaReader());
    const histogram = meter.createHistogram("h");
    histogram.record(100);
    histogram.record(1);
    expect(await points("h")).toMatchObject([[{}, { min: 1, max: 100 }]]);
    histogram.record(5);
    expect(await points("h")).toMatchObject([[{}, { min: 5, max: 5, count: 1 }]]);
  });

  test("readers do not take data from each other, in any order of collections", async () => {
    const [often, seldom] = [deltaReader(), deltaReader()];
    const counter = makeProvider({ readers: [often, seldom] })
      .getMeter("test")
      .createCounter("c");
    for (let i = 0; i < 3; i++) {
      counter.add(1);
      expect(pointsOf((await often.collect()).resourceMetrics, "c")).toEqual([[{}, 1]]);
    }
    expect(pointsOf((await seldom.collect()).resourceMetrics, "c")).toEqual([[{}, 3]]);
  });

  test("a reader chooses temporality and aggregation by the instrument's type", async () => {
    const reader = new PulledReader({
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.COUNTER ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
      aggregationSelector: (type) => ({
        type:
          type === InstrumentType.HISTOGRAM ? AggregationType.EXPONENTIAL_HISTOGRAM : AggregationType.DEFAULT,
      }),
    });
    const { meter, metrics } = pulled(makeProvider, [], reader);
    meter.createCounter("c").add(1);
    meter.createUpDownCounter("u").add(1);
    meter.createHistogram("h").record(1);
    expect(await metrics()).toMatchObject([
      { aggregationTemporality: AggregationTemporality.DELTA, dataPointType: DataPointType.SUM },
      { aggregationTemporality: AggregationTemporality.CUMULATIVE, isMonotonic: false },
      {
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      },
    ]);
  });

  test("a reader may drop all instruments of a type", async () => {
    const reader = new PulledReader({
      aggregationSelector: (type) => ({
        type: type === InstrumentType.COUNTER ? AggregationType.DROP : AggregationType.DEFAULT,
      }),
    });
    const { meter, metrics } = pulled(makeProvider, [], reader);
    meter.createCounter("c").add(1);
    meter.createGauge("g").record(1);
    expect((await metrics()).map(({ descriptor }) => descriptor.name)).toEqual(["g"]);
  });

  test("the limits of a reader and of a view apply, and no measurement is lost", async () => {
    const reader = new PulledReader({ cardinalitySelector: () => 3 });
    const views = [{ instrumentName: "viewed", aggregationCardinalityLimit: 5 }];
    const { meter, points } = pulled(makeProvider, views, reader);
    const [limited, viewed] = [meter.createCounter("limited"), meter.createCounter("viewed")];
    for (let i = 0; i < 20; i++) {
      limited.add(1, { i });
      viewed.add(1, { i });
    }
    for (const [name, limit] of [
      ["limited", 3],
      ["viewed", 5],
    ] as const) {
      const all = await points(name);
      expect(all.length).toBeGreaterThanOrEqual(limit);
      expect(all.length).toBeLessThanOrEqual(limit + 1);
      expect(all.reduce((sum, [, value]) => sum + Number(value), 0)).toBe(20);
      expect(all.filter(([attributes]) => attributes["otel.metric.overflow"] === true)).toHaveLength(1);
    }
  });

  test("a reader adds the metrics of its other producers", async () => {
    const metric = madeUp({ name: "foreign" }, [{}, 1]);
    const produced = {
      resourceMetrics: madeUpMetrics([scope("other", [metric])]),
      errors: [new Error("half of it")],
    };
    const reader = new PulledReader({ metricProducers: [{ collect: async () => produced }] });
    const { meter, collect } = pulled(makeProvider, [], reader);
    meter.createCounter("own").add(1);
    const { resourceMetrics, errors } = await collect();
    expect(metricsOf(resourceMetrics).map(({ descriptor }) => descriptor.name)).toEqual(["own", "foreign"]);
    expect(errors).toEqual(produced.errors);
  });

  test("a provider measures its readers if that is enabled", async () => {
    const reader = new PulledReader();
    makeProvider({ readers: [reader], sdkMetricsEnabled: true });
    await reader.collect();
    const { resourceMetrics } = await reader.collect();
    expect(metricsOf(resourceMetrics).map(({ descriptor }) => descriptor.name)).toContain(
      "otel.sdk.metric_reader.collection.duration",
    );
  });

  test("collections that overlap lose nothing", async () => {
    const { meter, reader } = pulled(makeProvider, [], deltaReader());
    const counter = meter.createCounter("c");
    meter.createObservableGauge("slow").addCallback(() => new Promise((resolve) => setImmediate(resolve)));
    counter.add(1);
    const results = await Promise.all([reader.collect(), reader.collect(), reader.collect()]);
    const sums = results.flatMap(({ resourceMetrics }) =>
      pointsOf(resourceMetrics, "c").map(([, value]) => value),
    );
    expect(sums).toEqual([1]);
  });
}
