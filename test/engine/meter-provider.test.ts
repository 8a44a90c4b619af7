import { diag } from "@opentelemetry/api";
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  type MetricProducer,
  type MetricReader,
  PeriodicExportingMetricReader,
} from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OptionsError } from "../../src/options/options-error.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { callWith } from "../facades/call-with.ts";
import { deltaReader, metricsOf, OpenReader, ourProvider, pointsOf } from "./our-provider.ts";

beforeEach(() => diag.disable());
afterEach(() => diag.disable());

test("all problems of the options are reported together", () => {
  const make = (): MeterProvider =>
    new MeterProvider({
      cardinalityLimit: 0,
      seriesTimeToLive: -1,
      views: [
        {},
        Object({ instrumentName: "a", agregation: 3 }),
        { instrumentName: "a?", name: "b" },
        { instrumentName: "c", aggregationCardinalityLimit: 1.5 },
        {
          instrumentName: "d",
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [NaN] } },
        },
      ],
    });
  expect(make).toThrow(OptionsError);
  expect(make).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_CONFIGURATION",
      subject: "meter provider",
      problems: [
        {
          name: 'view "unnamed"',
          value: {},
          must: "select by at least one of instrumentName, instrumentType, instrumentUnit, meterName, meterVersion, meterSchemaUrl",
        },
        { name: 'view "a".agregation', value: 3, must: "be an existing option, such as aggregation" },
        {
          name: 'view "b".instrumentName',
          value: "a?",
          must: "be the exact name of one instrument, because the view sets a name",
        },
        { name: 'view "c".aggregationCardinalityLimit', value: 1.5, must: "be a whole number above 0" },
        {
          name: 'view "d".aggregation',
          value: expect.anything(),
          must: "be usable (boundaries must be a list of numbers, empty for a single bucket, got [ NaN ])",
        },
        { name: "cardinalityLimit", value: 0, must: "be a whole number above 0" },
        { name: "seriesTimeToLive", value: -1, must: "be a number of seconds above 0" },
      ],
    }),
  );
});

test("options and readers of wrong types are refused", () => {
  const made =
    (options: unknown): (() => unknown) =>
    () =>
      Reflect.construct(MeterProvider, [options]);
  expect(made("prometheus")).toThrow('options must be an object such as { readers: [] }, got "prometheus"');
  expect(made({ readers: "prometheus" })).toThrow(
    'readers must be an array of metric readers, got "prometheus"',
  );
  expect(made({ readers: ["prometheus"] })).toThrow(
    'meter provider: reader must be a metric reader, such as a PrometheusExporter, got "prometheus"',
  );
});

test("views of wrong types are refused, all at once", () => {
  const provider = { MeterProvider: (options: object) => new MeterProvider(options) };
  const boundaries = { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1n] } };
  const views = [
    null,
    "a",
    { instrumentName: 5, name: Symbol("b") },
    { instrumentName: "c", attributesProcessors: [null] },
    { instrumentName: "d", attributesProcessors: {}, exemplarReservoir: 5 },
    { instrumentName: "e", aggregation: boundaries },
    { instrumentName: "f", attributesProcessors: null, exemplarReservoir: null },
  ];
  expect(() => callWith(provider, "MeterProvider", { views })).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_CONFIGURATION",
      problems: [
        expect.objectContaining({ name: "views[0]", must: "be an object" }),
        expect.objectContaining({ name: "views[1]", must: "be an object" }),
        expect.objectContaining({ name: 'view "unnamed".instrumentName', must: "be a string" }),
        expect.objectContaining({ name: 'view "unnamed".name', must: "be a string" }),
        expect.objectContaining({ name: 'view "c".attributesProcessors' }),
        expect.objectContaining({ name: 'view "d".attributesProcessors' }),
        expect.objectContaining({ name: 'view "d".exemplarReservoir' }),
        expect.objectContaining({ must: expect.stringContaining("got [ 1n ]") }),
      ],
    }),
  );
  expect(() => callWith(provider, "MeterProvider", { views: "all" })).toThrow(
    'views must be an array of view options, got "all"',
  );
});

test("advice that JSON cannot represent is ignored, also for an instrument that is created again", () => {
  const { meter } = ourProvider();
  const warnings = collectWarnings();
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  for (let i = 0; i < 2; i++) {
    callWith(meter, "createHistogram", "wait", { advice: { explicitBucketBoundaries: [1n] } });
    callWith(meter, "createHistogram", "size", { advice: cyclic });
  }
  expect(warnings).toEqual([expect.stringContaining("boundaries must be a list of numbers, got [ 1n ]")]);
});

test("an unknown filter or matching mode is refused", () => {
  const provider = { MeterProvider: (options: object) => new MeterProvider(options) };
  expect(() => callWith(provider, "MeterProvider", { exemplarFilter: "some" })).toThrow(
    "exemplarFilter must be one of 'trace_based', 'always_on', 'always_off', got \"some\"",
  );
  expect(() => callWith(provider, "MeterProvider", { viewMatchingMode: "merged" })).toThrow(
    "viewMatchingMode must be one of 'independent', 'composable', got \"merged\"",
  );
});

test("scope attributes distinguish meters, in any order", async () => {
  const { provider, collect } = ourProvider();
  const meter = provider.getMeter("m", "1", { attributes: { a: 1, b: ["x"] } });
  expect(provider.getMeter("m", "1", { attributes: { b: ["x"], a: 1 } })).toBe(meter);
  expect(provider.getMeter("m", "1", { attributes: { a: "1", b: ["x"] } })).not.toBe(meter);
  expect(provider.getMeter("m", "1")).not.toBe(meter);
  meter.createCounter("c").add(1);
  const { resourceMetrics } = await collect();
  expect(resourceMetrics.scopeMetrics[0]?.scope).toEqual({
    name: "m",
    version: "1",
    attributes: { a: 1, b: ["x"] },
  });
});

test("a reader added later collects existing instruments, and their cumulative data", async () => {
  const { provider, meter } = ourProvider();
  const counter = meter.createCounter("c");
  const bound = counter.bind({ bound: true });
  meter.createObservableGauge("g").addCallback((result) => result.observe(7));
  counter.add(1);
  bound.add(1);
  const [cumulative, delta] = [new OpenReader(), deltaReader()];
  provider.addReader(cumulative);
  provider.addReader(delta);
  counter.add(2);
  bound.add(3);
  expect(await pointsOf(cumulative, "c")).toEqual([
    [{ bound: true }, 4],
    [{}, 3],
  ]);
  expect(await pointsOf(delta, "c")).toEqual([
    [{ bound: true }, 3],
    [{}, 2],
  ]);
  expect(await pointsOf(delta, "g")).toEqual([[{}, 7]]);
});

test("instruments created before any reader record from the first reader on", async () => {
  const provider = new MeterProvider();
  const counter = provider.getMeter("test").createCounter("c");
  counter.add(1);
  const reader = new OpenReader();
  provider.addReader(reader);
  counter.add(2);
  expect(await pointsOf(reader, "c")).toEqual([[{}, 2]]);
});

test("a reader is bound to one provider only, even if it would accept two", () => {
  let bound = 0;
  const reader = { setMetricProducer: (): void => void bound++ };
  const provider = new MeterProvider();
  callWith(provider, "addReader", reader);
  expect(() => callWith(provider, "addReader", reader)).toThrow(
    "it can not be bound to a MeterProvider again",
  );
  expect(() => callWith(new MeterProvider(), "addReader", reader)).toThrow(OptionsError);
  expect(bound).toBe(1);
});

test("a reader without selectors gets the defaults", async () => {
  const producers: MetricProducer[] = [];
  const provider = new MeterProvider();
  const setMetricProducer = (producer: MetricProducer): void => void producers.push(producer);
  callWith(provider, "addReader", { setMetricProducer });
  provider.getMeter("test").createHistogram("h").record(3);
  const { resourceMetrics } = await producers[0]!.collect();
  expect(resourceMetrics.scopeMetrics[0]?.metrics).toMatchObject([
    { aggregationTemporality: 1, dataPoints: [{ value: { count: 1 } }] },
  ]);
});

test("after the shutdown nothing is recorded, and instruments are not enabled", async () => {
  const { provider, meter, reader } = ourProvider();
  const counter = meter.createCounter("c");
  const bound = counter.bind();
  counter.add(1);
  expect(counter.enabled()).toBe(true);
  await provider.shutdown();
  counter.add(1);
  bound.add(1);
  meter.createCounter("late").add(1);
  provider.getMeter("late").createCounter("c").bind().add(1);
  expect(counter.enabled()).toBe(false);
  const { metrics } = reader.producer.collectSync();
  expect(metrics.map(({ descriptor }) => descriptor.name)).toEqual(["c"]);
  expect(() => provider.addReader(new OpenReader())).toThrow(
    "reader must be added before the provider is shut down",
  );
});

test("a reader's limit of 2,000 is a choice like any other", async () => {
  const seriesOf = async (reader: MetricReader, cardinalityLimit = 2): Promise<number> => {
    const provider = new MeterProvider({ cardinalityLimit, readers: [reader] });
    const counter = provider.getMeter("test").createCounter("c");
    for (let i = 0; i < 2_003; i++) counter.add(1, { i });
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints.length ?? 0;
  };
  const chosen = new OpenReader(undefined, { cardinalitySelector: () => 2_000 });
  expect(await seriesOf(chosen)).toBe(2_001);
  expect(await seriesOf(new OpenReader())).toBe(3);
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const periodic = (cardinalityLimits?: { readonly default: number }): MetricReader =>
    new PeriodicExportingMetricReader({ exporter, ...(cardinalityLimits && { cardinalityLimits }) });
  expect(await seriesOf(periodic())).toBe(3);
  expect(await seriesOf(periodic({ default: 4 }))).toBe(5);
});

test("a Prometheus reader's limit of 2,000 is a choice like any other", async () => {
  for (const [cardinalityLimits, lines] of [
    [{ default: 2_000 }, 2_001],
    [{ counter: 2_000 }, 2_001],
    [{ gauge: 2_000 }, 3],
  ] as const) {
    const reader = new PrometheusExporter({ preventServerStart: true, cardinalityLimits });
    const provider = new MeterProvider({ cardinalityLimit: 2, readers: [reader] });
    const counter = provider.getMeter("test").createCounter("c");
    for (let i = 0; i < 2_003; i++) counter.add(1, { i });
    const { resourceMetrics } = await reader.collect();
    const metric = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    expect(metric.find(({ descriptor }) => descriptor.name === "c")?.dataPoints).toHaveLength(lines);
    await provider.shutdown();
  }
});

test("a class of the application may replace the method of our readers that returns the limit", async () => {
  class LimitedExporter extends PrometheusExporter {
    override selectCardinalityLimit(): number {
      return 4;
    }
  }
  const reader = new LimitedExporter({ preventServerStart: true });
  const provider = new MeterProvider({ cardinalityLimit: 2, readers: [reader] });
  const counter = provider.getMeter("test").createCounter("c");
  for (let i = 0; i < 10; i++) counter.add(1, { i });
  const { resourceMetrics } = await reader.collect();
  const metric = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  expect(metric.find(({ descriptor }) => descriptor.name === "c")?.dataPoints).toHaveLength(5);
  await provider.shutdown();
});

test("a reader with another limit does not continue the series of a former one", async () => {
  const former = new OpenReader();
  const provider = new MeterProvider({ cardinalityLimit: 2, readers: [former] });
  const next = new OpenReader(undefined, { cardinalitySelector: () => 2_000 });
  expect(provider.replaceReader(former, next)).toBe(false);
  expect(provider.replaceReader(former, new OpenReader())).toBe(true);
});

test("the provider's limit overrides a reader's limit if that is the default", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 2 });
  const counter = meter.createCounter("c");
  for (let i = 0; i < 5; i++) counter.add(1, { i });
  expect(await points("c")).toEqual([
    [{ "otel.metric.overflow": true }, 3],
    [{ i: 0 }, 1],
    [{ i: 1 }, 1],
  ]);
});

test("a view's limit overrides the reader's, which overrides the provider's", async () => {
  const views = [{ instrumentName: "viewed", aggregationCardinalityLimit: 1 }];
  const reader = new OpenReader(undefined, { cardinalitySelector: () => 3 });
  const { meter } = ourProvider({ cardinalityLimit: 2, views }, reader);
  for (const name of ["viewed", "plain"]) for (let i = 0; i < 5; i++) meter.createCounter(name).add(1, { i });
  const counts = (await metricsOf(reader)).map(({ descriptor, dataPoints }) => [
    descriptor.name,
    dataPoints.length,
  ]);
  expect(counts).toEqual([
    ["viewed", 2],
    ["plain", 4],
  ]);
});

test("an invalid name returns a working meter, and logs a warning", async () => {
  const warnings = collectWarnings();
  const { provider, points } = ourProvider();
  callWith(provider, "getMeter", undefined);
  provider.getMeter("").createCounter("c").add(1);
  expect(warnings).toHaveLength(2);
  expect(await points("c")).toEqual([[{}, 1]]);
});

test("a provider reports the number of series of its instruments, and the widest attribute", () => {
  const { meter, provider } = ourProvider({ cardinalityLimit: 3 });
  const counter = meter.createCounter("c");
  for (let i = 0; i < 4; i++) counter.add(1, { user: i, method: i % 2 });
  meter.createHistogram("h").record(1);
  meter.createCounter("unused");
  expect(provider.cardinality()).toEqual([
    {
      scope: "test",
      instrument: "c",
      series: 3,
      limit: 3,
      overflowed: true,
      widestAttribute: { key: "user", values: 3 },
    },
    { scope: "test", instrument: "h", series: 1, limit: 3, overflowed: false },
    { scope: "test", instrument: "unused", series: 0, limit: 3, overflowed: false },
  ]);
});

test("a reached limit of series is logged once per instrument, by the next collection, with the widest attribute", async () => {
  const warnings = collectWarnings();
  const delta = deltaReader();
  const { meter, provider, collect } = ourProvider({ cardinalityLimit: 3 });
  provider.addReader(delta);
  const counter = meter.createCounter("visits");
  const pool = meter.createObservableGauge("pool");
  pool.addCallback((result) => [1, 2, 3, 4, 5].forEach((id) => result.observe(1, { id })));
  for (let user = 0; user < 3; user++) counter.add(1, { user, method: user % 2 });
  await collect();
  const ofPool = expect.stringMatching(/^instrument "pool": has the maximum of 3 series, .*"id"/);
  expect(warnings).toEqual([ofPool]);
  counter.add(1, { user: 4, method: 1 });
  expect(warnings).toHaveLength(1);
  for (const reader of [collect, () => delta.collect(), collect]) await reader();
  expect(warnings).toEqual([
    ofPool,
    'instrument "visits": has the maximum of 3 series, so further attribute sets are added up in the series ' +
      'otel.metric.overflow=true; remove the attribute "user", which has the most values, with a view, or raise ' +
      "cardinalityLimit; this is logged once",
  ]);
});

test("all figures of a reported stream are of one reader, one that overflowed if there is any", () => {
  const readers = [50, 3].map((limit) => new OpenReader(undefined, { cardinalitySelector: () => limit }));
  const provider = new MeterProvider({ readers });
  const counter = provider.getMeter("test").createCounter("c");
  const add = (users: number): void => {
    for (let user = 0; user < users; user++) counter.add(1, { user });
  };
  add(3);
  expect(provider.cardinality()).toMatchObject([{ series: 3, overflowed: false }]);
  add(20);
  expect(provider.cardinality()).toMatchObject([
    { series: 3, limit: 3, overflowed: true, widestAttribute: { key: "user", values: 3 } },
  ]);
});

test("a reader's histograms without boundaries have the advised ones", async () => {
  const aggregationSelector = () => ({ type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM }) as const;
  const { meter, points } = ourProvider({}, new OpenReader(undefined, { aggregationSelector }));
  meter.createHistogram("advised", { advice: { explicitBucketBoundaries: [1] } }).record(1);
  meter.createUpDownCounter("plain").add(-1);
  expect(await points("advised")).toMatchObject([[{}, { buckets: { boundaries: [1] } }]]);
  const [point] = await points("plain");
  expect(point).toMatchObject([{}, { sum: undefined, count: 1, min: -1 }]);
});
