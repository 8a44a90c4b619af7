import { EventEmitter, once } from "node:events";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { DurableExporter, OtlpExporter } from "tachymeter/otlp";
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from "tachymeter/metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { freePort } from "../../kit/process.ts";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
  upDownCounter,
} from "../resource-metrics.ts";
import { saidBy } from "./expected-metrics.ts";
import { valuesOf } from "./queued-exporters.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { exported } from "../../kit/exported.ts";

const everyKind = resourceMetrics(
  [
    scope(
      "one",
      [
        counter(
          { name: "orders", unit: "{order}", description: "Orders." },
          [{ way: "web" }, 2.5],
          [{}, 3.25],
        ),
        upDownCounter({ name: "queue" }, [{ ok: true, size: 4, ids: ["a", "b"] }, -1.5]),
        gauge({ name: "heat", unit: "Cel" }, [{ room: "cellar" }, 21.5]),
      ],
      { version: "1.2.3", schemaUrl: "https://example.com/1", attributes: { tenant: "shop" } },
    ),
    scope("two", [
      histogram({ name: "duration", unit: "s" }, [0.1, 1], [1, 0, 2], { route: "/" }),
      exponentialHistogram(
        { name: "size" },
        {
          count: 6,
          sum: 12,
          min: 0,
          max: 4,
          scale: 1,
          zeroCount: 1,
          positive: { offset: -1, bucketCounts: [1, 0, 3] },
          negative: { offset: 0, bucketCounts: [1] },
        },
      ),
    ]),
  ],
  { "service.name": "shop" },
);

test("the inner exporter receives all kinds of metrics unchanged", async () => {
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const exporter = durable(memory);
  expect(await exported(exporter, everyKind)).toEqual({ code: ExportResultCode.SUCCESS });
  await exporter.forceFlush();
  expect(memory.getMetrics().map(saidBy)).toEqual([saidBy(everyKind)]);
});

test("collections that an exporter refuses reach the next process's exporter, in order", async () => {
  const errors = collectWarnings();
  const directory = newFolder("outbox");
  const failing: PushMetricExporter = {
    export: (_metrics, done) => done({ code: ExportResultCode.FAILED, error: new Error("no such table") }),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const first = durable(failing, directory);
  for (const value of [1, 2, 3]) await exported(first, counted(value));
  const ended = first.shutdown();
  await vi.advanceTimersByTimeAsync(30_000);
  await ended;
  expect(errors).toEqual([
    expect.stringMatching(
      /^durable exporter ".*": attempts failed since the last success: \d, .* no such table/,
    ),
  ]);
  vi.useRealTimers();
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const second = durable(memory, directory);
  await exported(second, counted(4));
  await expect.poll(() => memory.getMetrics().length).toBe(4);
  expect(memory.getMetrics().map(valueOf)).toEqual([1, 2, 3, 4]);
});

test.each([
  ["reports a failure", (done: (result: ExportResult) => void) => done({ code: ExportResultCode.FAILED })],
  [
    "throws",
    () => {
      throw new RangeError("odd");
    },
  ],
])("an exporter that %s gets the same again until it succeeds", async (_, fail) => {
  collectWarnings();
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  let failures = 0;
  const exporter = durable({
    export: (metrics, done) => {
      if (failures++ < 3) fail(done);
      else memory.export(metrics, done);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  });
  await exported(exporter, counted(1));
  await exported(exporter, counted(2));
  await exporter.forceFlush();
  expect(memory.getMetrics().map(valueOf)).toEqual([1, 2]);
});

test("an exporter that hangs delays the end by at most five seconds", async () => {
  collectWarnings();
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const attempts = new EventEmitter();
  const hanging: PushMetricExporter = {
    export: () => void attempts.emit("begin"),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const exporter = new DurableExporter(hanging, { directory: newFolder("outbox") });
  const first = once(attempts, "begin");
  await exported(exporter, counted(1));
  await first;
  await vi.advanceTimersByTimeAsync(20_000);
  const end = vi.fn<() => void>();
  const ended = exporter.shutdown().then(end);
  await vi.advanceTimersByTimeAsync(4_990);
  expect(end).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20);
  await ended;
  expect(end).toHaveBeenCalledOnce();
});

test("the inner exporter selects temporality and aggregation, and is shut down too", async () => {
  const beneath = {
    export: () => {},
    forceFlush: async () => {},
    shutdown: vi.fn<() => Promise<void>>(async () => {}),
    selectAggregationTemporality: () => AggregationTemporality.DELTA,
    selectAggregation: () => ({ type: AggregationType.DROP }) as const,
  };
  const exporter = new DurableExporter(beneath, { directory: newFolder("outbox") });
  expect(exporter.selectAggregationTemporality(InstrumentType.COUNTER)).toBe(AggregationTemporality.DELTA);
  expect(exporter.selectAggregation(InstrumentType.COUNTER)).toEqual({ type: AggregationType.DROP });
  await exporter.shutdown();
  expect(beneath.shutdown).toHaveBeenCalledOnce();
});

test("by default sums are cumulative and aggregations are the default ones", () => {
  const exporter = durable({ export: () => {}, forceFlush: async () => {}, shutdown: async () => {} });
  expect(exporter.selectAggregationTemporality(InstrumentType.COUNTER)).toBe(
    AggregationTemporality.CUMULATIVE,
  );
  expect(exporter.selectAggregation(InstrumentType.HISTOGRAM)).toEqual({ type: AggregationType.DEFAULT });
});

test("protocol http/json has an outbox too", async () => {
  const port = await freePort();
  collectWarnings();
  const outbox = { directory: newFolder("outbox") };
  const settings = { protocol: "http/json", url: `http://127.0.0.1:${port}/v1/metrics`, outbox } as const;
  const first = new OtlpExporter({ ...settings, timeoutMillis: 200 });
  await exported(first, counted(1));
  await first.shutdown();
  const receiver = await otlpReceiver(port);
  const second = new OtlpExporter(settings);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: second })] });
  provider.getMeter("shop").createCounter("orders").add(2);
  await provider.forceFlush();
  await receiver.waitForRequest(() => receiver.metric("orders") !== undefined);
  expect(receiver.requests[0]?.headers["content-type"]).toBe("application/json");
  expect(receiver.metric("count")?.points).toMatchObject([{ value: 1 }]);
  expect(receiver.metric("orders")?.points).toMatchObject([{ value: 2 }]);
  await provider.shutdown();
});

test("with protocol http/json and an outbox, a record is dropped by a 400 and retried after a 500", async () => {
  const errors = collectWarnings();
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const receiver = await otlpReceiver();
  receiver.next.push(400, 500);
  const url = `${receiver.url}/v1/metrics`;
  const exporter = new OtlpExporter({
    protocol: "http/json",
    url,
    outbox: { directory: newFolder("outbox") },
  });
  onTestFinished(() => exporter.shutdown());
  for (const value of [1, 2, 3]) await exported(exporter, counted(value));
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 2, 3]);
  expect(errors[0]).toContain(
    "1 data points dropped, because the backend rejected them: the backend responded with 400",
  );
});

test("with protocol http/json and an outbox, Retry-After is obeyed and a partial success counted", async () => {
  const errors = collectWarnings();
  const receiver = await otlpReceiver();
  receiver.next.push({ status: 429, retryAfter: "1" }, { rejectedPoints: 1, message: "too old" });
  const exporter = new OtlpExporter({
    protocol: "http/json",
    compression: "gzip",
    url: `${receiver.url}/v1/metrics`,
    outbox: { directory: newFolder("outbox") },
  });
  onTestFinished(() => exporter.shutdown());
  const begin = performance.now();
  await exported(exporter, counted(1));
  await exporter.forceFlush();
  expect(performance.now() - begin).toBeGreaterThan(990);
  expect(valuesOf(receiver.requests)).toEqual([1, 1]);
  expect(receiver.requests[0]?.headers["content-encoding"]).toBe("gzip");
  expect(errors.at(-1)).toContain("1 data points dropped, because the backend rejected them: too old");
});

function durable(exporter: PushMetricExporter, directory: string = newFolder("outbox")): DurableExporter {
  const made = new DurableExporter(exporter, { directory });
  onTestFinished(() => made.shutdown());
  return made;
}

function counted(value: number): ResourceMetrics {
  return resourceMetrics([scope("test", [counter({ name: "count" }, [{}, value])])]);
}

function valueOf(metrics: ResourceMetrics): unknown {
  return metrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value;
}
