import fc from "fast-check";
import { AggregationType, type ExponentialHistogram } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { randomMetrics } from "../../../kit/random-metrics.ts";
import { exponentialHistogram, resourceMetrics, scope } from "../../resource-metrics.ts";
import { parseProtobuf, type ReadFamily, type ReadHistogram, type ReadMetric } from "./parse-protobuf.ts";
import { parseText, type Sample } from "../text/parse-text.ts";
import { rendered, renderedBytes, walkedProvider } from "../rendered.ts";
import { runs } from "../../../kit/test-length.ts";

const protobuf = { format: "protobuf", targetInfo: false } as const;

test("for any collection protobuf contains the same as the text, except native histograms", async () => {
  await fc.assert(
    fc.asyncProperty(randomMetrics, async (metrics) => {
      const families = parseProtobuf(await renderedBytes(metrics, protobuf));
      const { samples, help, types } = parseText(await rendered(metrics, { targetInfo: false }));
      expect(families.map((family) => [family.name, family.type, family.help])).toEqual(
        [...types].map(([name, type]) => [name, type, help.get(name)]),
      );
      const isNative = ({ metrics: all }: ReadFamily) =>
        all.some(({ histogram }) => histogram?.native !== undefined);
      const native = new Set(families.filter(isNative).flatMap(({ name }) => sampleNames(name)));
      const said = families.filter((family) => !isNative(family)).flatMap(samplesOf);
      expect(said.map(comparable)).toEqual(samples.filter(({ name }) => !native.has(name)).map(comparable));
    }),
    { numRuns: runs(100) },
  );
});

test("a native histogram contains every count, in the buckets of its schema", async () => {
  const counts = fc.array(fc.oneof(fc.nat(3), fc.nat(), fc.constant(0)), { maxLength: 200 });
  const run = fc.record({ offset: fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), bucketCounts: counts });
  const histogram = fc.record({
    scale: fc.integer({ min: -4, max: 20 }),
    zeroCount: fc.nat(5),
    positive: run,
    negative: run,
    sum: fc.double({ noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(histogram, async (given) => {
      const { scale, zeroCount, positive, negative, sum } = given;
      const total = [zeroCount, ...positive.bucketCounts, ...negative.bucketCounts].reduce((a, b) => a + b);
      const read = await readHistogram({ ...given, count: total });
      // Without buckets any schema is right. After the highest, none is a reset.
      const schema = total === zeroCount ? 8 : Math.min(scale, 8);
      expect(read).toEqual({
        count: total,
        sum,
        classic: [],
        native: {
          schema,
          zeroThreshold: 1e-128,
          zeroCount,
          spans: expect.any(Array),
          positive: lowered(positive, Math.max(0, scale - schema)),
          negative: lowered(negative, Math.max(0, scale - schema)),
        },
      });
    }),
  );
});

test("recorded values are in the native buckets whose bounds enclose them", async () => {
  const value = fc.oneof(
    fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
    fc.integer({ min: 0, max: 1_000 }),
    fc.integer({ min: -40, max: 40 }).map((exponent) => 2 ** exponent),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(value, { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 2, max: 200 }),
      async (values, maxSize) => {
        const { provider, collect } = walkedProvider({
          views: [
            {
              instrumentName: "*",
              aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } },
            },
          ],
        });
        const histogram = provider.getMeter("m").createHistogram("h");
        for (const one of values) histogram.record(one);
        const { count, native, sum } = onlyHistogram(
          parseProtobuf(await renderedBytes(await collect(), protobuf)),
        );
        expect([count, sum]).toEqual([values.length, values.reduce((a, b) => a + b, 0)]);
        // With few buckets the scale may be too coarse for Prometheus.
        if (native === undefined) return;
        const { schema, zeroCount, positive } = native;
        const expected: Record<number, number> = {};
        for (const one of values.filter((each) => each > 0)) {
          const index = upperIndexOf(one, schema);
          expected[index] = (expected[index] ?? 0) + 1;
        }
        expect(positive).toEqual(expected);
        expect(zeroCount).toBe(values.filter((each) => each === 0).length);
      },
    ),
  );
});

// The number of the bucket, by its upper boundary: 2^((i - 1) / 2^schema) < value <= 2^(i / 2^schema).
function upperIndexOf(value: number, schema: number): number {
  const bound = (index: number): number => 2 ** (index / 2 ** schema);
  let index = Math.round(Math.log2(value) * 2 ** schema);
  while (bound(index) < value) index++;
  while (bound(index - 1) >= value) index--;
  return index;
}

function lowered(
  { offset, bucketCounts }: ExponentialHistogram["positive"],
  shift: number,
): Record<number, number> {
  const buckets: Record<number, number> = {};
  for (const [i, count] of bucketCounts.entries()) {
    const index = Math.floor((offset + i) / 2 ** shift) + 1;
    if (count > 0) buckets[index] = (buckets[index] ?? 0) + count;
  }
  return buckets;
}

async function readHistogram(value: ExponentialHistogram): Promise<ReadHistogram> {
  const metrics = resourceMetrics([scope("s", [exponentialHistogram({ name: "e" }, value)])]);
  return onlyHistogram(parseProtobuf(await renderedBytes(metrics, protobuf)));
}

function onlyHistogram([family, ...others]: readonly ReadFamily[]): ReadHistogram {
  expect([others.length, family!.metrics.length]).toEqual([0, 1]);
  return family!.metrics[0]!.histogram!;
}

function sampleNames(name: string): readonly string[] {
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
}

// As lines of text, in their order.
function samplesOf({ name, metrics }: ReadFamily): readonly Sample[] {
  return metrics.flatMap(({ labels, value, histogram }: ReadMetric) => {
    if (histogram === undefined) return [{ name, labels, value: value! }];
    const { classic, sum, count } = histogram;
    return [
      ...classic.map(([bound, below]) => ({
        name: `${name}_bucket`,
        labels: { ...labels, le: boundText(bound!) },
        value: below,
      })),
      ...(Number.isNaN(sum) ? [] : [{ name: `${name}_sum`, labels, value: sum! }]),
      { name: `${name}_count`, labels, value: count },
    ];
  });
}

function boundText(bound: number): string {
  return bound === Infinity ? "+Inf" : String(bound);
}

// The text format does not distinguish -0 from 0.
function comparable({ name, labels, value }: Sample) {
  return { name, labels, value: value + 0 };
}
