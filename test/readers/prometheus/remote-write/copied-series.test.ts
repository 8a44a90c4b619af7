// Series that are copied from the previous request are those that a new encoder writes.
import fc from "fast-check";
import { MeterProvider } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { snappy } from "../../../../src/io/bytes/snappy.ts";
import { RemoteWriteEncoder } from "../../../../src/readers/prometheus/remote-write/encode.ts";
import { PullReader } from "../../../kit/pull-reader.ts";
import { decodeSecond } from "../../../kit/remote-write/request.ts";
import { collectSeries } from "../../../kit/collect-series.ts";
import { runs } from "../../../kit/test-length.ts";
import { collectionFromMetrics } from "../../../../src/engine/collection/collection-from-metrics.ts";
import { gauge, histogram, resourceMetrics, scope } from "../../resource-metrics.ts";

const gauges = fc.uniqueArray(
  fc.record({ a: fc.integer({ min: 0, max: 12 }), value: fc.double({ noNaN: true }) }),
  { selector: ({ a }) => a, maxLength: 13 },
);
const collections = fc.array(
  fc.record({ gauges, counts: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 }) }),
  { minLength: 2, maxLength: 8 },
);

test("collections with series that come, go and come back are as those of a new encoder", async () => {
  await fc.assert(
    fc.asyncProperty(collections, async (rounds) => {
      const reader = new PullReader();
      const provider = new MeterProvider({ readers: [reader] });
      const meter = provider.getMeter("shop");
      const counter = meter.createCounter("orders", { description: "Orders." });
      const wait = meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1, 2] } });
      let shown: (typeof rounds)[number]["gauges"] = [];
      meter
        .createObservableGauge("heat", { unit: "Cel" })
        .addCallback((result) =>
          shown.forEach(({ a, value }) => result.observe(value, { a, long: "x".repeat(a) })),
        );
      const kept = new RemoteWriteEncoder();
      for (const round of rounds) {
        shown = round.gauges;
        for (const count of round.counts) {
          counter.add(count, { b: `${count}`.repeat(count) });
          wait.record(count / 2, { c: count % 2 === 0 });
        }
        const collection = await collectSeries(reader.producer!);
        const seriesOf = (encoder: RemoteWriteEncoder): readonly object[] =>
          encoder
            .encodeSync(collection)
            .flatMap(({ body }) => decodeSecond(snappy(body)))
            .filter(({ value }) => value !== "stale")
            .map(({ timeUnixMillis, ...series }) => ({ ...series, isLate: timeUnixMillis < 1e12 }));
        expect(seriesOf(kept)).toEqual(seriesOf(new RemoteWriteEncoder()));
      }
      await provider.shutdown();
    }),
    { numRuns: runs(40) },
  );
});

function written(encoder: RemoteWriteEncoder, ...given: Parameters<typeof resourceMetrics>) {
  // Only series of usual times are copied.
  const collection = { ...collectionFromMetrics(resourceMetrics(...given)), timeUnixMillis: Date.now() };
  return encoder
    .encodeSync(collection)
    .flatMap(({ body }) => decodeSecond(snappy(body)))
    .filter(({ name }) => name !== "target_info")
    .map(({ name, labels, value }) => [name, labels, value]);
}

test("a series that ends with the encoding's renewal has a stale marker, of its own target", async () => {
  const encoder = new RemoteWriteEncoder();
  const resource = { "service.name": "shop" };
  const rooms = (...names: readonly string[]) => [
    scope("", [
      gauge(
        { name: "heat" },
        ...[...names, "attic"].map((room): [{ room: string }, number] => [{ room }, 20]),
      ),
    ]),
  ];
  const many = Array.from({ length: 1_500 }, (_, i) => `room ${i}`);
  written(encoder, rooms("cellar", ...many), resource);
  written(encoder, rooms("cellar"), resource);
  const requests = await encoder.encode(collectionFromMetrics(resourceMetrics(rooms(), resource)));
  const series = requests.flatMap(({ body }) => decodeSecond(snappy(Buffer.from(body))));
  const heat = series.filter(({ name }) => name === "heat");
  expect(heat.map(({ labels, value }) => [labels, value])).toEqual([
    [{ job: "shop", room: "attic" }, 20],
    [{ job: "shop", room: "cellar" }, "stale"],
  ]);
});

test("equal boundaries of another provider are one bucket, and infinite ones none", () => {
  const metrics = [scope("", [histogram({ name: "wait" }, [1, 1, 2, Infinity], [3, 0, 2, 1, 0])])];
  const buckets = written(new RemoteWriteEncoder(), metrics).filter(([name]) => name === "wait_bucket");
  expect(buckets.map(([, labels, value]) => [Reflect.get(Object(labels), "le"), value])).toEqual([
    ["1.0", 3],
    ["2.0", 5],
    ["+Inf", 6],
  ]);
});
