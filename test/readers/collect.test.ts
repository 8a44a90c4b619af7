import * as upstream from "@opentelemetry/sdk-metrics";
import { MeterProvider } from "tachymeter/metrics";
import { expect, test, vi } from "vitest";
import { resourceMetricsFrom } from "../../src/engine/collection/resource-metrics.ts";
import { collectSeries } from "../kit/collect-series.ts";
import { PullReader } from "../kit/pull-reader.ts";

test.each([
  ["ours", (reader: PullReader) => new MeterProvider({ readers: [reader] })],
  ["upstream's", (reader: PullReader) => new upstream.MeterProvider({ readers: [reader] })],
])("a reader collects series under %s, and reports errors of callbacks", async (_name, makeProvider) => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_123 });
  const reader = new PullReader();
  const meter = makeProvider(reader).getMeter("m", "1");
  meter.createCounter("c", { unit: "By" }).add(2, { a: 1 });
  meter.createHistogram("h", { advice: { explicitBucketBoundaries: [1] } }).record(3, { b: ["x"] });
  meter.createObservableGauge("broken").addCallback(() => {
    throw new Error("broken");
  });
  vi.advanceTimersByTime(1_000);
  const collection = await collectSeries(reader.producer!);
  vi.useRealTimers();
  expect(collection.errors).toEqual([new Error("broken")]);
  expect(collection.timeUnixMillis).toBe(1_700_000_001_123);
  const times = { startTime: [1_700_000_000, 123_000_000], endTime: [1_700_000_001, 123_000_000] };
  const [first] = resourceMetricsFrom(collection).scopeMetrics;
  expect(first).toMatchObject({
    scope: { name: "m", version: "1" },
    metrics: [
      { descriptor: { name: "c", unit: "By" }, dataPoints: [{ ...times, attributes: { a: 1 }, value: 2 }] },
      {
        descriptor: { name: "h" },
        dataPoints: [
          {
            ...times,
            attributes: { b: ["x"] },
            value: { count: 1, sum: 3, min: 3, max: 3, buckets: { boundaries: [1], counts: [0, 1] } },
          },
        ],
      },
    ],
  });
});
