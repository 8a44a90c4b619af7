import type { MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import * as upstream from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { MeterProvider, type MetricReader } from "tachymeter/metrics";
import { expect, test, vi } from "vitest";
import { seriesKey } from "../../kit/series-key.ts";
import { snapshotEntries } from "../../../src/translation/snapshot.ts";
import { type Line, linesOf, openLog, temporaryFile, WalkingReader } from "./lines.ts";
import { runs } from "../../kit/test-length.ts";

const providers: readonly [string, (reader: MetricReader) => ApiMeterProvider][] = [
  ["our", (reader) => new MeterProvider({ readers: [reader] })],
  ["upstream's", (reader) => new upstream.MeterProvider({ readers: [reader] })],
];

test.each(providers)(
  "under %s provider each series is a line with the keys of the document",
  async (_, make) => {
    const reader = new WalkingReader();
    const meter = make(reader).getMeter("shop");
    meter
      .createCounter("orders", { unit: "{order}" })
      .add(3, { lane: 2, "shop.name": 'Zum "Eck"\n☃', open: true });
    meter.createGauge("temperature", { unit: "Cel" }).record(-0.5);
    const wait = meter.createHistogram("wait", {
      unit: "s",
      advice: { explicitBucketBoundaries: [0.5, 10, 1] },
    });
    wait.record(0.25);
    wait.record(12, { le: "x" });
    const file = temporaryFile();
    const log = openLog({ file });
    await log.write(await reader.collectSeries());
    const time = expect.any(Number);
    expect(linesOf(file)).toEqual([
      {
        name: "orders_total",
        type: "counter",
        unit: "",
        labels: { lane: 2, open: true, shop_name: 'Zum "Eck"\n☃' },
        value: 3,
        timestamp: time,
      },
      {
        name: "temperature_celsius",
        type: "gauge",
        unit: "celsius",
        labels: {},
        value: -0.5,
        timestamp: time,
      },
      {
        name: "wait_seconds",
        type: "histogram",
        unit: "seconds",
        labels: {},
        value: {
          count: 1,
          sum: 0.25,
          min: 0.25,
          max: 0.25,
          buckets: { "0.5": 1, "1": 1, "10": 1, "+Inf": 1 },
        },
        timestamp: time,
      },
      {
        name: "wait_seconds",
        type: "histogram",
        unit: "seconds",
        labels: { exported_le: "x" },
        value: { count: 1, sum: 12, min: 12, max: 12, buckets: { "0.5": 0, "1": 0, "10": 0, "+Inf": 1 } },
        timestamp: time,
      },
    ]);
  },
);

const attributes = fc.dictionary(
  fc.constantFrom("a", "b", "b.c", "b_c", "le", "été"),
  fc.oneof(
    fc.constantFrom("", "1", "x", "\ud800", '"\\\n'),
    fc.constantFrom(1, 1.5, NaN),
    fc.boolean(),
    fc.constantFrom<string[]>(["1"], []),
  ),
  { maxKeys: 3 },
);
const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, Infinity, -Infinity, NaN));

test("lines contain the same as the document: each key once, with its value", async () => {
  const recordings = fc.array(fc.tuple(fc.constantFrom("one", "two"), attributes, value), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      recordings,
      recordings,
      fc.constantFrom(...providers),
      async (gauges, histograms, [, make]) => {
        const reader = new WalkingReader();
        const provider = make(reader);
        for (const [name, given, number] of gauges)
          provider.getMeter(name).createGauge("g").record(number, given);
        for (const [name, given, number] of histograms) {
          provider.getMeter(name).createHistogram("h").record(number, given);
        }
        const file = temporaryFile();
        const log = openLog({ file });
        const collection = await reader.collectSeries();
        const document = JSON.parse(
          JSON.stringify(Object.fromEntries(snapshotEntries(collection)), nonFinite),
        );
        await log.write(collection);
        const lines = linesOf(file);
        const told = Object.fromEntries(
          lines.map(({ name, labels, ...line }) => [
            seriesKey(name, labels),
            entryOf({ name, labels, ...line }),
          ]),
        );
        expect(told).toEqual(document);
        expect(lines).toHaveLength(Object.keys(document).length);
        log.close();
      },
    ),
    { numRuns: runs(60) },
  );
});

test("collections are independent, and reused pairs are not confused", async () => {
  const reader = new WalkingReader();
  const provider = new MeterProvider({ readers: [reader], seriesTimeToLive: 0.001 });
  const counted = provider.getMeter("s").createCounter("jobs");
  const file = temporaryFile();
  const log = openLog({ file });
  for (const route of ["a", "b", "c"]) {
    counted.add(1, { route });
    await log.write(await reader.collectSeries());
    const collected = Date.now();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(collected + 2));
    await reader.collectSeries();
  }
  expect(new Set(linesOf(file).map(({ labels }) => labels["route"]))).toEqual(new Set(["a", "b", "c"]));
});

function entryOf({ labels, value: figure, timestamp }: Line): object {
  return { value: figure, labels, timestamp };
}

function nonFinite(_key: string, part: unknown): unknown {
  if (typeof part !== "number" || Number.isFinite(part)) return part;
  return Number.isNaN(part) ? "NaN" : part > 0 ? "+Inf" : "-Inf";
}
