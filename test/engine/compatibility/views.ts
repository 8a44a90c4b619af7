// The kit's tests of views.
import type { Context } from "@opentelemetry/api";
import {
  type AggregationOption,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  DataPointType,
  InstrumentType,
  type ViewOptions,
} from "tachymeter/metrics";
import { expect, test } from "vitest";
import { type MakeProvider, metricsOf, pulled } from "../pulled.ts";

export function describeViews(makeProvider: MakeProvider): void {
  test.each<[string, ViewOptions, string[]]>([
    ["name", { instrumentName: "http.requests" }, ["a/http.requests"]],
    ["the beginning of its name", { instrumentName: "http.*" }, ["a/http.requests", "b/http.duration"]],
    ["the end of its name", { instrumentName: "*.duration" }, ["b/http.duration", "b/db.duration"]],
    ["any name", { instrumentName: "*" }, ["a/http.requests", "a/jobs", "b/http.duration", "b/db.duration"]],
    ["type", { instrumentType: InstrumentType.UP_DOWN_COUNTER }, ["a/jobs"]],
    ["unit", { instrumentUnit: "s" }, ["b/http.duration"]],
    ["the meter's name", { meterName: "b" }, ["b/http.duration", "b/db.duration"]],
    ["the meter's version", { meterVersion: "2" }, ["b/http.duration", "b/db.duration"]],
    ["the meter's schema URL", { meterName: "b", meterSchemaUrl: "u" }, ["b/http.duration", "b/db.duration"]],
    [
      "all of them at once",
      { instrumentName: "*.duration", instrumentUnit: "ms", meterName: "b" },
      ["b/db.duration"],
    ],
    ["a name that is none of theirs", { instrumentName: "http" }, []],
  ])("a view selects by %s", async (_, selector, selected) => {
    const { provider, collect } = pulled(makeProvider, [{ ...selector, description: "selected" }]);
    const [a, b] = [provider.getMeter("a", "1"), provider.getMeter("b", "2", { schemaUrl: "u" })];
    a.createCounter("http.requests").add(1);
    a.createUpDownCounter("jobs").add(1);
    b.createHistogram("http.duration", { unit: "s" }).record(1);
    b.createHistogram("db.duration", { unit: "ms" }).record(1);
    const { resourceMetrics } = await collect();
    const described = resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics
        .filter(({ descriptor }) => descriptor.description === "selected")
        .map(({ descriptor }) => `${scope.name}/${descriptor.name}`),
    );
    expect(described.toSorted()).toEqual(selected.toSorted());
    expect(metricsOf(resourceMetrics)).toHaveLength(4);
  });

  test("a view sets name and description, and keeps the rest", async () => {
    const views = [{ instrumentName: "c", name: "renamed", description: "By the view." }];
    const { meter, metrics } = pulled(makeProvider, views);
    meter.createCounter("c", { unit: "s", description: "By the instrument." }).add(1);
    expect((await metrics()).map(({ descriptor }) => descriptor)).toMatchObject([
      { name: "renamed", description: "By the view.", unit: "s", type: InstrumentType.COUNTER },
    ]);
  });

  test("an instrument has a stream for each view that selects it", async () => {
    const views: ViewOptions[] = [
      { instrumentName: "h", name: "count", aggregation: { type: AggregationType.SUM } },
      { instrumentName: "h", name: "last", aggregation: { type: AggregationType.LAST_VALUE } },
      { instrumentName: "h" },
    ];
    const { meter, metrics } = pulled(makeProvider, views);
    const histogram = meter.createHistogram("h");
    histogram.record(3);
    histogram.record(4);
    const kinds = (await metrics()).map(({ descriptor, dataPointType }) => [descriptor.name, dataPointType]);
    expect(Object.fromEntries(kinds)).toEqual({
      count: DataPointType.SUM,
      h: DataPointType.HISTOGRAM,
      last: DataPointType.GAUGE,
    });
    expect(kinds).toHaveLength(3);
  });

  test("a view keeps the attributes of its list, and adds up equal series", async () => {
    const attributesProcessors = [createAllowListAttributesProcessor(["route", "absent"])];
    const { meter, points } = pulled(makeProvider, [{ instrumentName: "c", attributesProcessors }]);
    const counter = meter.createCounter("c");
    counter.add(1, { user: 1, route: "/" });
    counter.add(2, { route: "/", user: 2 });
    counter.add(4, { user: 3 });
    counter.add(8);
    expect(await points("c")).toEqual([
      [{ route: "/" }, 3],
      [{}, 12],
    ]);
  });

  test("a view leaves out the attributes of its list", async () => {
    const attributesProcessors = [createDenyListAttributesProcessor(["user"])];
    const { meter, points } = pulled(makeProvider, [{ instrumentName: "h", attributesProcessors }]);
    const gauge = meter.createGauge("h");
    gauge.record(1, { user: 1, route: "/" });
    gauge.record(2, { user: 2, route: "/" });
    expect(await points("h")).toEqual([[{ route: "/" }, 2]]);
  });

  test("several processors run one after the other", async () => {
    const attributesProcessors = [
      createAllowListAttributesProcessor(["a", "b"]),
      createDenyListAttributesProcessor(["b", "c"]),
    ];
    const { meter, points } = pulled(makeProvider, [{ instrumentName: "c", attributesProcessors }]);
    meter.createCounter("c").add(1, { a: 1, b: 2, c: 3 });
    expect(await points("c")).toEqual([[{ a: 1 }, 1]]);
  });

  test("a custom processor receives every measurement's attributes and context", async () => {
    const seen: (Context | undefined)[] = [];
    const attributesProcessors = [
      {
        process: (incoming: object, context?: Context) => {
          seen.push(context);
          return { ...incoming, added: seen.length > 1 };
        },
      },
    ];
    const { meter, points } = pulled(makeProvider, [{ instrumentName: "c", attributesProcessors }]);
    const counter = meter.createCounter("c");
    for (let i = 0; i < 3; i++) counter.add(1, { a: 1 });
    expect(await points("c")).toEqual([
      [{ a: 1, added: false }, 1],
      [{ a: 1, added: true }, 2],
    ]);
    expect(seen.every((context) => context !== undefined)).toBe(true);
  });

  test("a dropped instrument is not exported, and works", async () => {
    const views = [{ instrumentName: "c", aggregation: { type: AggregationType.DROP } as const }];
    const { meter, collect } = pulled(makeProvider, views);
    meter.createCounter("c").add(1);
    expect((await collect()).resourceMetrics.scopeMetrics).toEqual([]);
  });

  test("a view's boundaries override the advice, in any order", async () => {
    const aggregation: AggregationOption = {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [100, 1, Infinity, 10] },
    };
    const { meter, points } = pulled(makeProvider, [{ instrumentName: "h", aggregation }]);
    meter.createHistogram("h", { advice: { explicitBucketBoundaries: [5] } }).record(7);
    const buckets = { boundaries: [1, 10, 100], counts: [0, 1, 0, 0] };
    expect(await points("h")).toMatchObject([[{}, { buckets }]]);
  });

  test("a view without an aggregation keeps the advice", async () => {
    const { meter, points } = pulled(makeProvider, [{ instrumentName: "h", name: "renamed" }]);
    meter.createHistogram("h", { advice: { explicitBucketBoundaries: [5] } }).record(7);
    expect(await points("renamed")).toMatchObject([[{}, { buckets: { boundaries: [5] } }]]);
  });

  test("a view's histogram without boundaries has the specification's", async () => {
    const views = [
      { instrumentName: "c", aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM } as const },
    ];
    const { meter, points } = pulled(makeProvider, views);
    meter.createCounter("c").add(7);
    const boundaries = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
    expect(await points("c")).toMatchObject([[{}, { buckets: { boundaries } }]]);
  });

  test("any synchronous instrument can be a sum or a last value", async () => {
    const views: ViewOptions[] = [{ instrumentName: "*", aggregation: { type: AggregationType.SUM } }];
    const { meter, metrics } = pulled(makeProvider, views);
    meter.createHistogram("h").record(2);
    meter.createGauge("g").record(-2);
    expect(await metrics()).toMatchObject([
      { dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: [{ value: 2 }] },
      { dataPointType: DataPointType.SUM, isMonotonic: false, dataPoints: [{ value: -2 }] },
    ]);
  });

  test("a view without selectors, or with a name for several instruments, is refused", () => {
    expect(() => makeProvider({ views: [{ name: "x" }] })).toThrow(/view/i);
    expect(() => makeProvider({ views: [{}] })).toThrow(/view/i);
    expect(() => makeProvider({ views: [{ instrumentName: "a*", name: "x" }] })).toThrow(/view/i);
    expect(() => makeProvider({ views: [{ instrumentType: InstrumentType.COUNTER, name: "x" }] })).toThrow(
      /view/i,
    );
  });
}
