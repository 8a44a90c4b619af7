import { type Attributes, ValueType } from "@opentelemetry/api";
import fc from "fast-check";
import {
  AggregationType,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from "tachymeter/metrics";
import { expect, test } from "vitest";
import { EXPLICIT, EXPONENTIAL } from "../../src/engine/collection/cell-layout.ts";
import type { CollectedMetric } from "../../src/engine/collection/collected-metric.ts";
import { collectionFromMetrics } from "../../src/engine/collection/collection-from-metrics.ts";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { resourceMetricsFrom } from "../../src/engine/collection/resource-metrics.ts";
import { randomMetrics } from "../kit/random-metrics.ts";
import { histogram, resourceMetrics, scope } from "../readers/resource-metrics.ts";
import { seed } from "../kit/test-length.ts";
import { deltaReader, OpenReader, ourProvider } from "./our-provider.ts";

test.each([
  ["cumulative", () => new OpenReader()],
  ["delta", () => deltaReader()],
])("a %s collection converted to ResourceMetrics and back is walked as before", async (_name, makeReader) => {
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const views = [{ instrumentName: "e*", aggregation }];
  const { provider, meter, reader } = ourProvider({ views }, makeReader());
  for (const attributes of [{ a: 1, b: [1, null, 2] }, { a: "x", c: true }, {}]) {
    meter.createCounter("c", { valueType: ValueType.INT, unit: "By" }).add(3, attributes);
    meter.createUpDownCounter("u", { description: "U." }).add(-3.5, attributes);
    meter.createGauge("g").record(NaN, attributes);
    for (const value of [0, 1, 400]) {
      meter.createHistogram("h").record(value, attributes);
      meter.createHistogram("e").record(-value, attributes);
      meter.createUpDownCounter("e without a sum").add(value, attributes);
    }
  }
  const other = provider.getMeter("other", "2", { schemaUrl: "https://schema", attributes: { x: 1 } });
  other.createCounter("c").add(1);
  const collection = await reader.producer.collectSeries();
  const again = collectionFromMetrics(resourceMetricsFrom(collection));
  const metrics = collection.metrics.map((metric) => ({ ...metric, origin: undefined }));
  expect(walked(again)).toEqual(walked({ ...collection, metrics }));
  expect(again.timeUnixMillis).toBe(collection.timeUnixMillis);
  expect(again.resource).toBe(collection.resource);
});

test("ResourceMetrics converted to a collection and back are equal, including exemplars and exact times", () => {
  fc.assert(
    fc.property(randomMetrics, (metrics) => {
      expect(resourceMetricsFrom(collectionFromMetrics(metrics))).toEqual(withOurScopes(metrics));
    }),
    { seed },
  );
});

test("invalid attribute values are left out, and the rest of the series is kept", () => {
  const attributes: Attributes = { kept: "yes", also: [1, 2] };
  for (const [key, value] of Object.entries({ none: null, call: () => 1, deep: [() => 1] }))
    Reflect.set(attributes, key, value);
  const metrics = resourceMetrics([scope("s", [histogram({ name: "h" }, [], [1], attributes)])]);
  const [metric] = collectionFromMetrics(metrics).metrics;
  expect(seriesOf(metric!).map((series) => series.attributes)).toEqual([
    { kept: "yes", also: [1, 2], none: null },
  ]);
});

test("a histogram whose points have several shapes becomes several metrics, each of one shape", () => {
  const value = (boundaries: number[], parts: Partial<Histogram> = {}): Histogram => {
    const counts = [1, ...boundaries.map(() => 1)];
    return { count: counts.length, buckets: { boundaries, counts }, sum: 1, min: 0, max: 1, ...parts };
  };
  const shapes = [value([1]), value([2]), value([1]), { ...value([1]), sum: undefined }];
  const made = histogram({ name: "h" }, [], []);
  const dataPoints = shapes.map((each, i) => {
    const { sum, ...rest } = each;
    return {
      attributes: { i },
      startTime: [0, 0] satisfies [number, number],
      endTime: [1, 0] satisfies [number, number],
      value: sum === undefined ? rest : { ...rest, sum },
    };
  });
  const metric: MetricData = {
    descriptor: made.descriptor,
    aggregationTemporality: made.aggregationTemporality,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints,
  };
  const { metrics } = collectionFromMetrics(resourceMetrics([scope("s", [metric])]));
  expect(
    metrics.map((each) => [
      each.kind === "histogram" && [each.boundaries, each.hasSum],
      seriesOf(each).map(({ attributes }) => attributes["i"]),
    ]),
  ).toEqual([
    [
      [[1], true],
      [0, 2],
    ],
    [[[2], true], [1]],
    [[[1], false], [3]],
  ]);
});

test("a histogram without buckets has all its values in its only bucket", () => {
  const made = histogram({ name: "h" }, [], []);
  if (made.dataPointType !== DataPointType.HISTOGRAM) throw new Error("no histogram");
  Reflect.set(made.dataPoints[0]!, "value", { count: 7, sum: 1, buckets: { boundaries: [], counts: [] } });
  const [metric] = collectionFromMetrics(resourceMetrics([scope("s", [made])])).metrics;
  expect(seriesOf(metric!)[0]?.cells.slice(EXPLICIT.buckets)).toEqual([7]);
});

// Like scopes of our engine: with a version, which may be empty, and with attributes only if there are any.
function withOurScopes({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope: { name, version = "", ...rest }, metrics }) => {
      const attributes: object = Reflect.get(rest, "attributes") ?? {};
      if (Object.keys(attributes).length === 0) Reflect.deleteProperty(rest, "attributes");
      return { scope: { name, version, ...rest }, metrics };
    }),
  };
}

function walked({ metrics }: Collection) {
  return metrics.map(({ series, ...metric }) => ({ ...metric, series: seriesOf({ ...metric, series }) }));
}

interface WalkedSeries {
  readonly attributes: Attributes;
  readonly startTime: number;
  readonly cells: readonly number[];
}

function seriesOf(metric: CollectedMetric): WalkedSeries[] {
  const found: WalkedSeries[] = [];
  const { series } = metric;
  series.visit(0, series.length, {
    series(cells, offset, row) {
      const shown = [...cells.subarray(offset, offset + widthOf(metric, cells, offset))];
      // The sum that the engine added up but does not export.
      if ("hasSum" in metric && !metric.hasSum) shown[EXPLICIT.sum] = 0;
      found.push({ attributes: series.attributesOf(row), startTime: series.startTimeOf(row), cells: shown });
    },
  });
  return found;
}

function widthOf(metric: CollectedMetric, cells: Float64Array, offset: number): number {
  switch (metric.kind) {
    case "sum":
    case "gauge":
      return 1;
    case "histogram":
      return EXPLICIT.buckets + metric.boundaries.length + 1;
    case "exponentialHistogram": {
      const { counts, positiveLength, negativeLength } = EXPONENTIAL;
      return counts + cells[offset + positiveLength]! + cells[offset + negativeLength]!;
    }
    default:
      return metric satisfies never;
  }
}
