// From the series to the bytes of OTLP requests: collection and encoding, compared with upstream's collection and
// serializer.
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { fromBuild } from "./build.js";
import { otel, WalkingReader } from "./contenders.js";
import { attributeSets } from "./data.js";
import * as loops from "./loops.js";
import { median, mustBe, timeOnce } from "./measure.js";
import { watchTurns } from "./turns.js";

// Size of one series, with a negligible share of the header: detects contenders that leave something out.
const POINT_BYTES = 70;

/** Measurements of both, by name. */
export const encoded = Object.fromEntries(
  ["tachymeter", "upstream"].flatMap((contender) => [
    [`collection to OTLP, 10,000 series, ${contender}`, () => timed(contender, 10_000)],
    [
      `collection to OTLP, 10,000 series after a garbage collection, ${contender}`,
      () => timed(contender, 10_000, false, "counter", () => globalThis.gc()),
    ],
    [`collection to OTLP, 100,000 series, ${contender}`, () => timed(contender, 100_000)],
    [`collection to OTLP, 10,000 changed series, ${contender}`, () => timed(contender, 10_000, true)],
    [`collection to OTLP, 5,000 histograms, ${contender}`, () => timed(contender, 5_000, false, "histogram")],
    [`garbage, collection to OTLP, 10,000 series, ${contender}`, () => garbage(contender, 10_000)],
    [`longest hold, collection to OTLP, 100,000 series, ${contender}`, () => longestHold(contender, 100_000)],
  ]),
);

// Each returns a function that collects and encodes all series, and one that changes all of them.
const encoding = {
  tachymeter: async (count, kind) => {
    const sdk = await otel.tachymeter({ reader: new WalkingReader() });
    const change = recording(sdk.meter, count, kind);
    const { OtlpEncoder } = await fromBuild("readers/otlp/encode/index.js");
    const encoder = new OtlpEncoder();
    const encode = async () => encoder.encode(await sdk.reader.producer.collectSeries());
    return { change, encode, sizeOf: (requests) => requests.reduce((sum, { body }) => sum + body.length, 0) };
  },
  upstream: async (count, kind) => {
    const sdk = await otel.upstream();
    const change = recording(sdk.meter, count, kind);
    const encode = async () =>
      ProtobufMetricsSerializer.serializeRequest((await sdk.reader.collect()).resourceMetrics);
    return { change, encode, sizeOf: (body) => body.length };
  },
};

function recording(meter, count, kind) {
  const sets = attributeSets(count);
  const change =
    kind === "histogram"
      ? (
          (histogram) => () =>
            loops.recordToEach(histogram, sets, count)
        )(meter.createHistogram("h"))
      : (
          (counter) => () =>
            loops.addToEach(counter, sets, count)
        )(meter.createCounter("c"));
  change();
  return change;
}

async function timed(contender, count, isChanged = false, kind = "counter", before = () => {}) {
  const { change, encode, sizeOf } = await encoding[contender](count, kind);
  return timeOnce({
    between: () => {
      if (isChanged) change();
      before();
    },
    once: encode,
    check: (result) => mustBe(sizeOf(result) > count * POINT_BYTES, true),
    runs: 30,
    // V8 needs about 45 runs until its last optimization.
    warmUpRuns: 60,
  });
}

const RUNS = 10;

/**
 * Measures the bytes that one collection and encoding leaves on the heap. The encoded bytes themselves are not on the
 * heap.
 */
async function garbage(contender, count) {
  const { encode } = await encoding[contender](count);
  for (let i = 0; i < 100; i++) await encode();
  const samples = [];
  for (let i = 0; i < 7; i++) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let run = 0; run < RUNS; run++) await encode();
    samples.push((process.memoryUsage().heapUsed - before) / RUNS);
  }
  return { unit: "B", value: Math.min(...samples) };
}

/** Measures the longest time between two turns of the event loop during encoding: the median of some runs. */
async function longestHold(contender, count) {
  const { encode } = await encoding[contender](count);
  const holds = [];
  for (let i = 0; i < 30; i++) {
    const hold = watchTurns();
    await encode();
    const longest = await hold();
    if (i >= 15) holds.push(longest);
  }
  return { unit: "ms", value: median(holds), min: Math.min(...holds), max: Math.max(...holds) };
}
