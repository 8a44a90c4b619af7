// Laws of the engine as a whole, for any measurements.
import { type Attributes, diag } from "@opentelemetry/api";
import fc from "fast-check";
import {
  AggregationTemporality,
  AggregationType,
  type ExponentialHistogram,
  MeterProvider,
  type ResourceMetrics,
  type ViewOptions,
} from "tachymeter/metrics";
import { beforeEach, expect, test, vi } from "vitest";
import { exponentialQuantileOf, relativeErrorOf } from "./aggregation/quantile.ts";
import { mergeCollections } from "./merge-collections.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { identityOf } from "./differential/limited-series.ts";
import { deltaReader, metricsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
if (isLong) vi.setConfig({ testTimeout: 600_000 });

const runs = { numRuns: isLong ? 5_000 : 80, seed };

const attributes: fc.Arbitrary<Attributes> = fc.dictionary(
  fc.constantFrom("a", "b", "c", "__proto__"),
  fc.oneof(fc.constantFrom<string | number | boolean>("1", 1, true, "true", ""), fc.string()),
);
// Whole numbers, and fractions of powers of two: their sums are exact in any order.
const values = fc.oneof(
  fc.integer({ min: 0, max: 1_000 }),
  fc.integer({ min: 1, max: 2 ** 20 }).map((n) => n / 2 ** 10),
);
const measurements = fc.array(fc.tuple(values, attributes), { maxLength: 40 });
type Measurements = readonly (readonly [number, Attributes])[];

const views: ViewOptions[] = [
  { instrumentName: "exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
];

test("delta collections add up to the cumulative one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(measurements, { maxLength: 4 }), async (cycles) => {
      const readers = [deltaReader(), new PulledReader()];
      const recorded = recorder(new MeterProvider({ readers, views }));
      let sum = await collectionOf(readers[0]!);
      for (const cycle of cycles) {
        recorded(cycle);
        sum = mergeCollections(sum, await collectionOf(readers[0]!));
      }
      expect(pointsIn(sum)).toEqual(await pointsFrom(readers[1]!));
    }),
    runs,
  );
});

test("deltas of observations add up to the last observation", async () => {
  const totals = fc.dictionary(fc.constantFrom("x", "y", "z"), fc.nat());
  await fc.assert(
    fc.asyncProperty(fc.array(totals, { maxLength: 6 }), async (growth) => {
      const reader = deltaReader();
      const counter = new MeterProvider({ readers: [reader] }).getMeter("laws").createObservableCounter("c");
      const told = new Map<string, number>();
      let grown: Readonly<Record<string, number>> = {};
      counter.addCallback((result) => {
        for (const [key, by] of Object.entries(grown)) {
          told.set(key, (told.get(key) ?? 0) + by);
          result.observe(told.get(key)!, { key });
        }
      });
      let sum = await collectionOf(reader);
      for (grown of growth) sum = mergeCollections(sum, await collectionOf(reader));
      const expected = [...told].map(([key, total]) => [`c ${identityOf({ key })}`, total] as const);
      expect(pointsIn(sum)).toEqual(new Map(expected));
    }),
    runs,
  );
});

test("the order of attributes never matters", async () => {
  await fc.assert(
    fc.asyncProperty(measurements, fc.infiniteStream(fc.nat()), async (given, order) => {
      const readers = [new PulledReader(), new PulledReader()];
      const [straight, shuffled] = readers.map((reader) =>
        recorder(new MeterProvider({ readers: [reader], views })),
      );
      straight!(given);
      shuffled!(given.map(([value, set]) => [value, reordered(set, order)]));
      expect(await pointsFrom(readers[0]!)).toEqual(await pointsFrom(readers[1]!));
    }),
    runs,
  );
});

test("the total is exact under any limit", async () => {
  await fc.assert(
    fc.asyncProperty(
      measurements,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE),
      async (given, cardinalityLimit, temporality) => {
        const reader = new PulledReader({
          aggregationTemporalitySelector: () => temporality,
          cardinalitySelector: () => cardinalityLimit,
        });
        const provider = new MeterProvider({ readers: [reader] });
        const counter = provider.getMeter("laws").createCounter("c");
        for (const [value, set] of given) counter.add(value, set);
        const points = [...(await pointsFrom(reader)).values()];
        expect(points.length).toBeLessThanOrEqual(cardinalityLimit + 1);
        const total = points.reduce<number>((sum, value) => sum + Number(value), 0);
        expect(total).toBe(given.reduce((sum, [value]) => sum + value, 0));
      },
    ),
    runs,
  );
});

test("a quantile of an exponential histogram is within the error of its scale", async () => {
  const positive = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(positive, { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (recorded, q) => {
        const reader = new PulledReader();
        const histogram = new MeterProvider({ readers: [reader], views })
          .getMeter("laws")
          .createHistogram("exponential");
        for (const value of recorded) histogram.record(value);
        const [point] = (await pointsFrom(reader)).values();
        if (!isExponential(point)) throw new Error("there is no exponential histogram");
        const exact = recorded.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * recorded.length)) - 1]!;
        const estimate = exponentialQuantileOf(point, q)!;
        const allowed = relativeErrorOf(point.scale) * (1 + 1e-9);
        expect(Math.abs(estimate.value - exact)).toBeLessThanOrEqual(allowed * exact);
      },
    ),
    runs,
  );
});

// Values of points by metric and attributes.
type Points = ReadonlyMap<string, unknown>;

// Records each measurement on one instrument of each kind that adds up.
function recorder(provider: MeterProvider): (given: Measurements) => void {
  const meter = provider.getMeter("laws");
  const [counter, upDown] = [meter.createCounter("counter"), meter.createUpDownCounter("upDown")];
  const [explicit, exponential] = [meter.createHistogram("explicit"), meter.createHistogram("exponential")];
  return (given) => {
    for (const [value, set] of given) {
      counter.add(value, set);
      upDown.add(500 - value, set);
      explicit.record(value, set);
      exponential.record(value, set);
    }
  };
}

async function collectionOf(reader: PulledReader): Promise<ResourceMetrics> {
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  return resourceMetrics;
}

async function pointsFrom(reader: PulledReader): Promise<Points> {
  return pointsIn(await collectionOf(reader));
}

function pointsIn(resourceMetrics: ResourceMetrics): Points {
  const points = metricsOf(resourceMetrics).flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes: set, value }) => [`${descriptor.name} ${identityOf(set)}`, value] as const),
  );
  const all = new Map<string, unknown>(points);
  expect(all.size).toBe(points.length);
  return all;
}

function isExponential(value: unknown): value is ExponentialHistogram {
  return typeof value === "object" && value !== null && "zeroCount" in value;
}

function reordered(set: Attributes, order: Iterator<number>): Attributes {
  const ranked = Object.entries(set).map((entry) => ({ entry, rank: Number(order.next().value) }));
  return Object.fromEntries(ranked.toSorted((a, b) => a.rank - b.rank).map(({ entry }) => entry));
}
