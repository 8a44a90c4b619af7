// Times of points if the system's clock is set back.
import type { Attributes, MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import fc from "fast-check";
import { running, start } from "tachymeter";
import {
  AggregationTemporality,
  AggregationType,
  type IMetricReader,
  MeterProvider,
  type ViewOptions,
} from "tachymeter/metrics";
import { Counter, Gauge, Histogram, Registry, Summary } from "tachymeter/prom-client";
import { afterEach, expect, test, vi } from "vitest";
import { TestGroup } from "../group/members.ts";
import { PullReader } from "../kit/pull-reader.ts";
import { runs } from "../kit/test-length.ts";

afterEach(async () => {
  vi.useRealTimers();
  await running()?.shutdown();
});

const { CUMULATIVE, DELTA } = AggregationTemporality;
const views: ViewOptions[] = [
  { instrumentName: "exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
];

/** Providers whose measurements are in the collections of `reader`. */
interface World {
  readonly reader: Pick<IMetricReader, "collect">;
  readonly providers: readonly ApiMeterProvider[];
  readonly report?: () => void;
}

function alone(temporality: AggregationTemporality): World {
  const reader = pullReader(temporality);
  return { reader, providers: [new MeterProvider({ readers: [reader], views })] };
}

function grouped(temporality: AggregationTemporality): World {
  const group = new TestGroup({ temporality, options: { views } });
  const member = group.join();
  return {
    reader: group.reader,
    providers: [group.provider, member.provider],
    report: () => member.report(),
  };
}

function pullReader(temporality: AggregationTemporality): PullReader {
  return new PullReader({ aggregationTemporalitySelector: () => temporality });
}

/** Returns a function that records in each kind of instrument. */
function recorderOf(provider: ApiMeterProvider): (attributes: Attributes) => void {
  const meter = provider.getMeter("test");
  const observed = new Set<Attributes>();
  for (const observable of [
    meter.createObservableCounter("observed"),
    meter.createObservableUpDownCounter("observed.upDown"),
    meter.createObservableGauge("observed.gauge"),
  ])
    observable.addCallback((result) => {
      for (const attributes of observed) result.observe(1, attributes);
    });
  const counters = [meter.createCounter("counter"), meter.createUpDownCounter("upDown")];
  const others = [
    meter.createGauge("gauge"),
    meter.createHistogram("explicit"),
    meter.createHistogram("exponential"),
  ];
  return (attributes) => {
    observed.add(attributes);
    for (const counter of counters) counter.add(1, attributes);
    for (const other of others) other.record(1, attributes);
  };
}

interface Times {
  readonly start: number;
  readonly end: number;
}

/** Start and end of each series, in milliseconds. */
async function timesOf(reader: World["reader"]): Promise<Map<string, Times>> {
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  const points = resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => !descriptor.name.startsWith("otel."))
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, startTime, endTime }) => ({
        series: `${descriptor.name}${JSON.stringify(attributes)}`,
        times: { start: millisOf(startTime), end: millisOf(endTime) },
      })),
    );
  return new Map(points.map(({ series, times }) => [series, times]));
}

function millisOf([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1e3 + Math.round(nanos / 1e3) / 1e3;
}

const sets: readonly Attributes[] = [{}, { user: 1 }, { user: 2 }];
const steps = fc.array(
  fc.oneof(
    fc.record({ who: fc.nat({ max: 1 }), set: fc.constantFrom(...sets) }),
    fc.record({ millis: fc.oneof(fc.constant(0), fc.integer({ min: -5_000, max: 3_000 })) }),
  ),
  { maxLength: 30, size: "max" },
);

test.each([
  { name: "a provider, cumulative", make: () => alone(CUMULATIVE), temporality: CUMULATIVE },
  { name: "a provider, delta", make: () => alone(DELTA), temporality: DELTA },
  { name: "a group, cumulative", make: () => grouped(CUMULATIVE), temporality: CUMULATIVE },
  { name: "a group, delta", make: () => grouped(DELTA), temporality: DELTA },
])(
  "no point starts after its end, whatever the clock does, and its start changes only if it must: $name",
  async ({ make, temporality }) => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
        const { reader, providers, report } = make();
        const recorders = providers.map(recorderOf);
        const starts = new Map<string, number>();
        for (const step of given) {
          if ("set" in step) {
            recorders[step.who % recorders.length]!(step.set);
            continue;
          }
          vi.setSystemTime(Date.now() + step.millis);
          report?.();
          for (const [series, { start: from, end }] of await timesOf(reader)) {
            expect(end).toBe(Date.now());
            expect(from).toBeLessThanOrEqual(end);
            if (temporality === DELTA) continue;
            // The first point after the clock was set back has no duration: the start of its value is unknown.
            expect(from).toBe(Math.min(starts.get(series) ?? from, end));
            starts.set(series, from);
          }
        }
      }),
      { numRuns: runs(30) },
    );
  },
);

test("metrics of prom-client's API begin again if the clock is set back, in the order of their creation", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
  const reader = pullReader(CUMULATIVE);
  start({ readers: [reader], host: false, runtime: false });
  const registers = [new Registry()];
  const options = { help: "h", labelNames: ["l"], registers };
  const counter = new Counter({ ...options, name: "c" });
  const gauge = new Gauge({ ...options, name: "g" });
  const histogram = new Histogram({ ...options, name: "h" });
  const summary = new Summary({ ...options, name: "s" });
  const record = (l: string): void => {
    counter.inc({ l });
    gauge.inc({ l });
    histogram.observe({ l }, 1);
    summary.observe({ l }, 1);
  };
  record("b");
  const startsAt = async (now: number): Promise<readonly number[]> => {
    vi.setSystemTime(now);
    const times = [...(await timesOf(reader))].filter(([series]) => series.includes('"l"'));
    expect(times.length).toBeGreaterThanOrEqual(4);
    // Rows differ by parts of a millisecond.
    return [...new Set(times.map(([, { start: from }]) => Math.floor(from)))];
  };
  expect(await startsAt(1_000_500)).toEqual([1_000_000]);
  expect(await startsAt(400_000)).toEqual([400_000]);
  expect(await startsAt(400_500)).toEqual([400_000]);
  vi.setSystemTime(401_000);
  record("a");
  expect(await startsAt(402_000)).toEqual([400_000, 402_000]);
  expect(await startsAt(2_000_000)).toEqual([400_000, 402_000]);
  expect((await counter.get()).values.map(({ labels }) => labels["l"])).toEqual(["b", "a"]);
});
