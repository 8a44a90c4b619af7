import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider as UpstreamMeterProvider } from "@opentelemetry/sdk-metrics";
import {
  AggregationTemporality,
  MeterProvider,
  type MeterProviderOptions,
  type PushMetricExporter,
  type ResourceMetrics,
} from "tachymeter/metrics";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { resourceMetricsFrom } from "../../src/engine/collection/resource-metrics.ts";
import type { CollectionExporter, CollectionSink } from "../../src/readers/collection-exporter.ts";
import { PushReader, type PushReaderOptions } from "../../src/readers/push-reader.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1_000);

test("one collection is exported every interval", async () => {
  const taking = new TakingExporter();
  const { orders } = providerWith(readerOf(taking, { intervalMillis: 10_000 }));
  orders.add(1);
  await seconds(9.999);
  expect(taking.values).toEqual([]);
  await seconds(0.001);
  expect(taking.values).toEqual([1]);
  orders.add(1);
  await seconds(20);
  expect(taking.values).toEqual([1, 2, 2]);
});

test("the first collection follows after a share of the interval, the others keep its phase", async () => {
  const taking = new TakingExporter();
  const reader = readerOf(taking, { intervalMillis: 10_000, startShare: () => 0.25 });
  const { provider, orders } = providerWith(reader);
  orders.add(1);
  await seconds(2.499);
  expect(taking.values).toEqual([]);
  await seconds(0.001);
  expect(taking.values).toEqual([1]);
  await seconds(1);
  await provider.forceFlush();
  expect(taking.values).toEqual([1, 1]);
  await seconds(8.999);
  expect(taking.values).toEqual([1, 1]);
  await seconds(0.001);
  expect(taking.values).toEqual([1, 1, 1]);
  reader.intervalMillis = 20_000;
  await seconds(4.999);
  expect(taking.values).toHaveLength(3);
  await seconds(0.001);
  expect(taking.values).toHaveLength(4);
  await provider.shutdown();
  expect(taking.values).toHaveLength(5);
  await seconds(40);
  expect(taking.values).toHaveLength(5);
});

test("an interval that was short for a while leaves the time-out of exports as it was", async () => {
  const warnings = collectWarnings();
  const taking = new TakingExporter();
  const reader = readerOf(taking);
  const { provider, orders } = providerWith(reader);
  orders.add(1);
  taking.millis = 600;
  reader.intervalMillis = 500;
  const cut = provider.forceFlush();
  await seconds(0.5);
  await cut;
  expect(warnings).toHaveLength(1);
  reader.intervalMillis = 60_000;
  // Longer than the limit of one log message a minute.
  await seconds(62);
  taking.millis = 29_000;
  const flushed = provider.forceFlush();
  await seconds(29);
  await flushed;
  expect(warnings).toHaveLength(1);
});

test("an interval that was short at the start does not keep the time-out of exports short", async () => {
  const warnings = collectWarnings();
  const taking = new TakingExporter();
  const reader = readerOf(taking, { intervalMillis: 500 });
  const { provider, orders } = providerWith(reader);
  expect(reader.timeoutMillis).toBe(500);
  reader.intervalMillis = 60_000;
  orders.add(1);
  taking.millis = 29_000;
  const flushed = provider.forceFlush();
  await seconds(29);
  await flushed;
  expect(warnings).toEqual([]);
});

test("a collection that would overlap an export is skipped, and the phase is kept", async () => {
  let [exports, running, mostAtOnce, millis] = [0, 0, 0, 25_000];
  const exportCollection = async (): Promise<void> => {
    exports++;
    mostAtOnce = Math.max(mostAtOnce, ++running);
    await new Promise((resolve) => void setTimeout(resolve, millis));
    running--;
  };
  const { orders } = providerWith(readerOf(exporterWith({ exportCollection }), { intervalMillis: 10_000 }));
  orders.add(1);
  await seconds(34);
  expect([exports, mostAtOnce]).toEqual([1, 1]);
  millis = 0;
  await seconds(5.999);
  expect(exports).toBe(1);
  await seconds(0.001);
  expect(exports).toBe(2);
});

test("after a suspended machine wakes it collects once, then at the previous phase", async () => {
  const taking = new TakingExporter();
  const { orders } = providerWith(readerOf(taking, { intervalMillis: 10_000 }));
  orders.add(1);
  await seconds(5);
  const now = performance.now.bind(performance);
  const spy = vi.spyOn(performance, "now").mockImplementation(() => now() + 3_600_000);
  onTestFinished(() => spy.mockRestore());
  await seconds(5);
  expect(taking.values).toHaveLength(1);
  await seconds(9.999);
  expect(taking.values).toHaveLength(1);
  await seconds(0.001);
  expect(taking.values).toHaveLength(2);
});

test("a flush waits for the running export, and then exports newer measurements", async () => {
  const taking = new TakingExporter();
  const { orders, provider } = providerWith(readerOf(taking, { intervalMillis: 10_000 }));
  orders.add(1);
  taking.millis = 5_000;
  await seconds(10);
  orders.add(1);
  const flushed = provider.forceFlush();
  await seconds(10);
  await flushed;
  expect([taking.values, taking.mostAtOnce, taking.flushes]).toEqual([[1, 2], 1, 1]);
});

test("at shutdown it exports once more, and then never again", async () => {
  const taking = new TakingExporter();
  const { orders, provider } = providerWith(readerOf(taking, { intervalMillis: 10_000 }));
  orders.add(1);
  await provider.shutdown();
  await seconds(60);
  expect([taking.values, taking.isShutDown]).toEqual([[1], true]);
});

test("a reader without a provider shuts down silently", async () => {
  const warnings = collectWarnings();
  const taking = new TakingExporter();
  await readerOf(taking).shutdown();
  expect([taking.isShutDown, warnings]).toEqual([true, []]);
});

test("our exporters receive the series as they are, under our provider and upstream's", async () => {
  const taken: ResourceMetrics[] = [];
  const exporter = exporterWith({
    exportCollection: async (collection) => void taken.push(resourceMetricsFrom(collection)),
  });
  for (const make of [ourProvider, upstreamProvider]) {
    const reader = readerOf(exporter);
    const provider = make({ readers: [reader] });
    provider.getMeter("shop").createCounter("orders").add(4);
    await provider.forceFlush();
    expect(valueOf(taken.at(-1))).toBe(4);
  }
  expect(taken).toHaveLength(2);
});

test("at the end of a process our exporters receive the collection before the call returns", () => {
  const taken: ResourceMetrics[] = [];
  const exportCollectionSync = (collection: Collection): unknown =>
    taken.push(resourceMetricsFrom(collection));
  const reader = readerOf(exporterWith({ exportCollectionSync }));
  const { orders } = providerWith(reader);
  orders.add(7);
  expect(reader.flushSync()).toBe(true);
  expect(taken.map(valueOf)).toEqual([7]);
  expect(readerOf(new TakingExporter()).flushSync()).toBe(false);
});

test("at the end of a process unacknowledged data is exported first, under another provider too", async () => {
  const taken: ResourceMetrics[] = [];
  const exportCollectionSync = (collection: Collection): unknown =>
    taken.push(resourceMetricsFrom(collection));
  const exportCollection = (): Promise<void> => new Promise(() => {});
  for (const [make, values] of [
    [ourProvider, [1, 2]],
    [upstreamProvider, [1]],
  ] as const) {
    const exporter = {
      ...exporterWith({ exportCollection, exportCollectionSync }),
      selectAggregationTemporality: () => AggregationTemporality.DELTA,
    };
    const reader = readerOf(exporter, { intervalMillis: 10_000 });
    const orders = make({ readers: [reader] })
      .getMeter("shop")
      .createCounter("orders");
    orders.add(1);
    await seconds(10);
    orders.add(2);
    expect(reader.flushSync()).toBe(make === ourProvider);
    expect(taken.splice(0).map(valueOf)).toEqual(values);
  }
});

test("a detector that never finishes delays a collection by at most the time-out", async () => {
  const taken: Collection[] = [];
  const exportCollection = async (collection: Collection): Promise<void> => void taken.push(collection);
  const reader = readerOf(exporterWith({ exportCollection }), {
    intervalMillis: 10_000,
    timeoutMillis: 5_000,
  });
  const resource = resourceFromAttributes({ "host.name": "a", "cloud.region": new Promise(() => {}) });
  const provider = new MeterProvider({ readers: [reader], resource });
  provider.getMeter("shop").createCounter("orders").add(1);
  await seconds(14.999);
  expect(taken).toEqual([]);
  await seconds(0.001);
  expect(taken.map(({ metrics }) => metrics.length)).toEqual([1]);
});

test("each collection is reported, with the number of its metrics", async () => {
  const told: number[] = [];
  const reader = readerOf(new TakingExporter(), {
    intervalMillis: 10_000,
    onCollection: (_duration, metricCount) => void told.push(metricCount),
  });
  const { orders } = providerWith(reader);
  await seconds(10);
  orders.add(1);
  await seconds(10);
  expect(told).toEqual([0, 1]);
});

test("each collection is measured as OpenTelemetry specifies", async () => {
  const taking = new TakingExporter();
  const reader = readerOf(taking);
  const provider = new MeterProvider({ readers: [reader], sdkMetricsEnabled: true });
  provider.getMeter("shop").createCounter("orders").add(1);
  await provider.forceFlush();
  await provider.forceFlush();
  expect(taking.metric("otel.sdk.metric_reader.collection.duration")).toMatchObject({
    descriptor: { unit: "s" },
    dataPoints: [
      {
        attributes: {
          "otel.component.type": "periodic_metric_reader",
          "otel.component.name": expect.stringMatching(/^periodic_metric_reader\/\d+$/),
        },
        value: { count: 1 },
      },
    ],
  });
});

test("failing callbacks and exporters are logged at most once a minute", async () => {
  const warnings = collectWarnings();
  const reader = readerOf(
    {
      export: () => {
        throw new Error("no disk");
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    },
    { intervalMillis: 10_000 },
  );
  const { orders } = providerWith(reader);
  orders.add(1);
  await seconds(65);
  expect(warnings).toEqual([expect.stringContaining("periodic reader: export failed: no disk")]);
  await seconds(10);
  expect(warnings).toHaveLength(2);
});

class TakingExporter implements PushMetricExporter {
  readonly taken: ResourceMetrics[] = [];
  millis = 0;
  mostAtOnce = 0;
  flushes = 0;
  isShutDown = false;
  #running = 0;

  get values(): unknown[] {
    return this.taken.map(valueOf);
  }

  metric(name: string) {
    return this.taken
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .findLast(({ descriptor }) => descriptor.name === name);
  }

  asExporter(): PushMetricExporter {
    return {
      export: this.export.bind(this),
      forceFlush: this.forceFlush.bind(this),
      shutdown: this.shutdown.bind(this),
    };
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    this.taken.push(metrics);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#running);
    const end = (): void => {
      this.#running--;
      done({ code: ExportResultCode.SUCCESS });
    };
    if (this.millis === 0) end();
    else setTimeout(end, this.millis);
  }

  async forceFlush(): Promise<void> {
    this.flushes++;
  }

  async shutdown(): Promise<void> {
    this.isShutDown = true;
  }
}

function exporterWith(sink: Partial<CollectionSink>): CollectionExporter {
  return {
    ...new TakingExporter().asExporter(),
    collectionSink: {
      ready: Promise.resolve(),
      isDurable: false,
      exportCollection: async () => {},
      exportCollectionSync: () => {},
      deliverLast: () => undefined,
      ...sink,
    },
  };
}

function readerOf(exporter: PushMetricExporter, options: Partial<PushReaderOptions> = {}): PushReader {
  return new PushReader({
    exporter,
    intervalMillis: 60_000,
    timeoutMillis: 30_000,
    onCollection: () => {},
    ...options,
  });
}

function providerWith(reader: PushReader) {
  const provider = new MeterProvider({ readers: [reader] });
  return { provider, orders: provider.getMeter("shop").createCounter("orders") };
}

function ourProvider(options: MeterProviderOptions): MeterProvider {
  return new MeterProvider(options);
}

function upstreamProvider(options: MeterProviderOptions): UpstreamMeterProvider {
  return new UpstreamMeterProvider(options);
}

function valueOf(metrics: ResourceMetrics | undefined): unknown {
  return metrics?.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value;
}
