import {
  type Attributes,
  context,
  type Context,
  diag,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationType,
  createAllowListAttributesProcessor,
  type Exemplar,
  type ExemplarReservoir,
  MeterProvider,
  type MeterProviderOptions,
} from "tachymeter/metrics";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { deltaReader, metricsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
afterEach(() => void vi.useRealTimers());

const spanContext = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const sampled = inSpan(TraceFlags.SAMPLED);
const unsampled = inSpan(TraceFlags.NONE);

test("only measurements in sampled spans become exemplars", async () => {
  withContextManager();
  const { meter, exemplars } = measured();
  const counter = meter.createCounter("c");
  counter.add(1);
  context.with(unsampled, () => counter.add(2));
  expect(await exemplars("c")).toEqual([]);
  context.with(sampled, () => counter.add(3));
  counter.add(4);
  expect(await exemplars("c")).toMatchObject([{ value: 3, ...spanContext, filteredAttributes: {} }]);
});

test("an explicit context replaces the active one, also without a context manager", async () => {
  const { meter, exemplars } = measured();
  const histogram = meter.createHistogram("h");
  histogram.record(3, { a: 1 }, sampled);
  histogram.record(7, { a: 1 }, unsampled);
  expect(await exemplars("h")).toMatchObject([{ value: 3, ...spanContext }]);
});

test("without a context manager there are no exemplars, and a later one is noticed at the next collection", async () => {
  const { meter, exemplars } = measured();
  const counter = meter.createCounter("c");
  withContextManager();
  context.with(sampled, () => counter.add(1));
  await exemplars("c");
  context.with(sampled, () => counter.add(2));
  expect(await exemplars("c")).toMatchObject([{ value: 2 }]);
});

test("every instrument has exemplars, also bound ones", async () => {
  withContextManager();
  const { meter, exemplars } = measured({ views: [exponentialView] });
  context.with(sampled, () => {
    meter.createUpDownCounter("up-down").add(-1);
    meter.createGauge("gauge").record(2);
    meter.createHistogram("explicit").record(3);
    meter.createHistogram("exponential").record(4);
    meter.createCounter("bound").bind({ a: 1 }).add(5);
    meter.createGauge("bound gauge").bind({ a: 1 }).record(6);
    meter.createHistogram("bound nanos").bindWeakly({ a: 1 }, 1e9).record(7e9);
  });
  const names = ["up-down", "gauge", "explicit", "exponential", "bound", "bound gauge", "bound nanos"];
  for (const [i, name] of names.entries()) {
    expect(await exemplars(name)).toMatchObject([{ value: i === 0 ? -1 : i + 1, ...spanContext }]);
  }
});

test("exemplars keep the attributes that a view leaves out, and no others", async () => {
  const views = [
    { instrumentName: "*", attributesProcessors: [createAllowListAttributesProcessor(["x", "y"])] },
  ];
  const { meter, exemplars } = measured({ views, exemplarFilter: "always_on" });
  const attributes = { x: 1, y: 2, z: "secret" };
  meter.createCounter("c").add(1, attributes);
  meter.createHistogram("bound").bind(attributes).record(1);
  expect(await exemplars("c")).toMatchObject([{ filteredAttributes: { z: "secret" } }]);
  expect(await exemplars("bound")).toMatchObject([{ filteredAttributes: { z: "secret" } }]);
});

test("exemplars keep attributes that a processor removes, even if it adds as many", async () => {
  const process = (given: Attributes) => ({ x: given["x"] ?? 0, region: "eu" });
  const views = [{ instrumentName: "*", attributesProcessors: [{ process }] }];
  const { meter, exemplars } = measured({ views, exemplarFilter: "always_on" });
  meter.createCounter("c").add(1, { x: 1, z: "secret" });
  expect(await exemplars("c")).toMatchObject([{ filteredAttributes: { z: "secret" } }]);
});

test("an exemplar of the overflow series has all attributes of its measurement", async () => {
  const { meter, exemplars } = measured({ cardinalityLimit: 1, exemplarFilter: "always_on" });
  const counter = meter.createCounter("c");
  counter.add(1, { user: 1 });
  counter.add(2, { user: 2 });
  expect(await exemplars("c")).toMatchObject([
    { value: 2, filteredAttributes: { user: 2 } },
    { value: 1, filteredAttributes: {} },
  ]);
});

test("an exemplar has the time of its measurement", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
  const { meter, exemplars } = measured({ exemplarFilter: "always_on" });
  const counter = meter.createCounter("c");
  vi.advanceTimersByTime(250);
  counter.add(1);
  vi.advanceTimersByTime(250);
  expect(await exemplars("c")).toMatchObject([{ timestamp: [1_700_000_000, 250_000_000] }]);
});

test("with always_on every measurement can become an exemplar, with always_off none", async () => {
  withContextManager();
  const on = measured({ exemplarFilter: "always_on" });
  on.meter.createCounter("c").add(1);
  const [exemplar] = await on.exemplars("c");
  expect(exemplar).toMatchObject({ value: 1 });
  expect(exemplar).not.toHaveProperty("traceId");
  const off = measured({ exemplarFilter: "always_off" });
  const counter = off.meter.createCounter("c");
  context.with(sampled, () => counter.add(1));
  counter.add(1, {}, sampled);
  counter.bind({}).add(1, sampled);
  expect(await off.exemplars("c")).toEqual([]);
});

test("a histogram with boundaries keeps one measurement of each bucket", async () => {
  const { meter, exemplars } = measured({ exemplarFilter: "always_on" });
  const histogram = meter.createHistogram("h", { advice: { explicitBucketBoundaries: [10, 20] } });
  for (const value of [1, 2, 10, 11, 12, 13, 99]) histogram.record(value);
  const values = (await exemplars("h")).map(({ value }) => value);
  expect(values.map((value) => (value <= 10 ? 0 : value <= 20 ? 1 : 2))).toEqual([0, 1, 2]);
});

test("an exponential histogram keeps up to twenty exemplars, others keep one", async () => {
  const { meter, exemplars } = measured({ exemplarFilter: "always_on", views: [exponentialView] });
  const instruments = [meter.createHistogram("exponential"), meter.createGauge("gauge")];
  for (let i = 1; i <= 500; i++) for (const instrument of instruments) instrument.record(i);
  expect(await exemplars("exponential")).toHaveLength(20);
  expect(await exemplars("gauge")).toHaveLength(1);
});

test("each of many measurements is as likely to be kept", async () => {
  const drawn = new Map<number, number>();
  for (let i = 0; i < 2_000; i++) {
    const { meter, exemplars } = measured({ exemplarFilter: "always_on" });
    const gauge = meter.createGauge("g");
    for (let value = 0; value < 4; value++) gauge.record(value);
    const [exemplar] = await exemplars("g");
    drawn.set(exemplar!.value, (drawn.get(exemplar!.value) ?? 0) + 1);
  }
  // 500 each; eight standard deviations of 19.4 on both sides.
  for (let value = 0; value < 4; value++) {
    expect(drawn.get(value)).toBeGreaterThan(345);
    expect(drawn.get(value)).toBeLessThan(655);
  }
});

test("a delta reader gets the exemplars of its own cycle", async () => {
  const reader = deltaReader();
  const { meter, exemplars } = measured({ exemplarFilter: "always_on" }, reader);
  const counter = meter.createCounter("c");
  counter.add(1);
  expect(await exemplars("c")).toMatchObject([{ value: 1 }]);
  counter.add(2);
  expect(await exemplars("c")).toMatchObject([{ value: 2 }]);
  expect(await exemplars("c")).toEqual([]);
});

test("each reader of a provider gets exemplars", async () => {
  const readers = [new PulledReader(), deltaReader(), new PulledReader()];
  const meter = new MeterProvider({ readers, exemplarFilter: "always_on" }).getMeter("test");
  meter.createCounter("c").add(1, { a: 1 });
  for (const reader of readers) expect(await exemplarsFrom(reader, "c")).toMatchObject([{ value: 1 }]);
});

test("a view's reservoir is created for each series, and is offered every eligible measurement", async () => {
  const offers: unknown[][] = [];
  let made = 0;
  class LastOffer implements ExemplarReservoir {
    readonly #number = ++made;
    #last: number | undefined;
    offer(value: number, attributes: Attributes, offered: Context, timeUnixNano: bigint): void {
      offers.push([value, { ...attributes }, trace.getSpanContext(offered)?.traceId, typeof timeUnixNano]);
      this.#last = value;
    }
    collect(pointAttributes: Attributes): readonly Exemplar[] {
      const value = this.#last;
      if (value === undefined) return [];
      return [
        {
          value,
          filteredAttributes: { point: String(pointAttributes["a"]), made: this.#number },
          timestamp: [0, 0],
        },
      ];
    }
  }
  const views = [{ instrumentName: "*", exemplarReservoir: () => new LastOffer() }];
  const { meter, exemplars } = measured({ views, exemplarFilter: "always_on" });
  const counter = meter.createCounter("c");
  counter.add(1, { a: 1 }, sampled);
  counter.add(2, { a: 1 });
  counter.bind({ a: 2 }).add(3);
  const { traceId } = spanContext;
  expect(offers).toEqual([
    [1, { a: 1 }, traceId, "bigint"],
    [2, { a: 1 }, undefined, "bigint"],
    [3, { a: 2 }, undefined, "bigint"],
  ]);
  expect(await exemplars("c")).toMatchObject([
    { value: 2, filteredAttributes: { point: "1", made: 1 } },
    { value: 3, filteredAttributes: { point: "2", made: 2 } },
  ]);
});

test("a reservoir that throws loses only its own exemplars", async () => {
  const fail = (): never => {
    throw new Error("no room");
  };
  const views = ["made", "offered", "collected"].map((instrumentName) => ({
    instrumentName,
    exemplarReservoir: () =>
      instrumentName === "made"
        ? fail()
        : { offer: instrumentName === "offered" ? fail : () => {}, collect: fail },
  }));
  const { meter, reader } = measured({ views, exemplarFilter: "always_on" });
  for (const { instrumentName } of views) meter.createCounter(instrumentName).add(1);
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  expect(metricsOf(resourceMetrics).map(({ dataPoints }) => dataPoints.map(({ value }) => value))).toEqual([
    [1],
    [1],
    [1],
  ]);
});

const exponentialView = {
  instrumentName: "exponential",
  aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const,
};

function inSpan(traceFlags: TraceFlags): Context {
  return trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext({ ...spanContext, traceFlags }));
}

function withContextManager(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => context.disable());
}

function measured(options: MeterProviderOptions = {}, reader = new PulledReader()) {
  const meter = new MeterProvider({ ...options, readers: [reader] }).getMeter("test");
  return { meter, reader, exemplars: (name: string) => exemplarsFrom(reader, name) };
}

// The exemplars of all points of the metric, in order.
async function exemplarsFrom(reader: PulledReader, name: string): Promise<readonly Exemplar[]> {
  const { resourceMetrics } = await reader.collect();
  return metricsOf(resourceMetrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => [...dataPoints])
    .flatMap((point) => exemplarsOf(point));
}

// Upstream's type does not have them yet.
function exemplarsOf(point: {
  readonly exemplars?: readonly Exemplar[];
  readonly value: unknown;
}): readonly Exemplar[] {
  return point.exemplars ?? [];
}
