// Option `maxExportBatchSize` of readers.
import { ExportResultCode } from "@opentelemetry/core";
import { MeterProvider, type PushMetricExporter, type ResourceMetrics } from "tachymeter/metrics";
import { expect, onTestFinished, test } from "vitest";
import { resourceMetricsFrom } from "../../src/engine/collection/resource-metrics.ts";
import type { CollectionExporter } from "../../src/readers/collection-exporter.ts";
import { PushReader } from "../../src/readers/push-reader.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";

test("a collection is exported in full batches of data points, in order, and the rest after a failure", async () => {
  const warnings = collectWarnings();
  const taken: ResourceMetrics[] = [];
  const upstreams: PushMetricExporter = {
    export: (metrics, done) => {
      taken.push(metrics);
      done({ code: taken.length === 2 ? ExportResultCode.FAILED : ExportResultCode.SUCCESS });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const ours: CollectionExporter = {
    ...upstreams,
    collectionSink: {
      ready: Promise.resolve(),
      isDurable: false,
      exportCollection: async (collection) => void taken.push(resourceMetricsFrom(collection)),
      exportCollectionSync: (collection) => void taken.push(resourceMetricsFrom(collection)),
      deliverLast: () => undefined,
    },
  };
  const valuesIn = ({ scopeMetrics }: ResourceMetrics): readonly unknown[] =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) => [
        `${scope.name} ${descriptor.name}`,
        ...dataPoints.map(({ value }) => (typeof value === "number" ? value : value.count)),
      ]),
    );
  const expected = [
    ["shop a", 0, 1, 2],
    ["shop a", 3, "shop b", 0, 1],
    ["shop b", 2, 3, "stock c", 2],
  ];
  for (const exporter of [upstreams, ours]) {
    const reader = new PushReader({
      exporter,
      intervalMillis: 60_000,
      timeoutMillis: 30_000,
      maxExportBatchSize: 3,
      onCollection: () => {},
    });
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const shop = provider.getMeter("shop");
    for (const name of ["a", "b"]) for (let i = 0; i < 4; i++) shop.createCounter(name).add(i, { i });
    const histogram = provider.getMeter("stock").createHistogram("c");
    for (const value of [1, 9]) histogram.record(value);
    await provider.forceFlush();
    expect(taken.splice(0).map(valuesIn)).toEqual(expected);
    expect(reader.flushSync()).toBe(exporter === ours);
    expect(taken.splice(0).map(valuesIn)).toEqual(exporter === ours ? expected : []);
  }
  expect(warnings).toEqual([expect.stringContaining("export failed: no reason given")]);
});
