// Requests of Prometheus' remote write 1.0. Plain JavaScript, since benchmarks send them too.
import protobuf from "protobufjs";

// The NaN that ends a series, as two halves.
const STALE = { high: 0x7ff0_0000, low: 2 };
// Length of a literal in the compressed form, whose length takes two bytes.
const LITERAL_BYTES = 65_536;
const RESET_HINTS = { unknown: 0, reset: 1, "not-reset": 2, gauge: 3 };

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

/** Sends series to a server that receives remote write; throws if it refuses them. */
export async function remoteWrite(url, series) {
  // Within a request a server stores numbers before histograms. So each request has one run of each series.
  const runs = series.map(runsOf);
  const requests = Math.max(...runs.map(({ length }) => length), 0);
  for (let i = 0; i < requests; i++)
    await send(
      url,
      runs.flatMap((each) => each.slice(i, i + 1)),
    );
}

async function send(url, runs) {
  const response = await fetch(`${url}/api/v1/write`, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    },
    body: snappy(writeRequest(runs)),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
}

/** The samples of a series, divided at each change between numbers, histograms and stale markers. */
function runsOf({ labels, times, values, histograms, stale }) {
  const runs = [];
  times.forEach((time, i) => {
    const histogram = histograms?.[i];
    const kind = stale?.[i] === 1 ? "stale" : histogram === undefined ? "number" : "histogram";
    if (runs.at(-1)?.kind !== kind) runs.push({ labels, kind, samples: [] });
    runs.at(-1).samples.push({ time, histogram, value: kind === "stale" ? undefined : values[i] });
  });
  return runs;
}

function writeRequest(runs) {
  const writer = protobuf.Writer.create();
  for (const { labels, kind, samples } of runs) {
    const series = writer.uint32(tag(1, LENGTH)).fork();
    writeLabels(series, labels);
    for (const { time, value, histogram } of samples) {
      if (kind === "histogram") writeHistogram(series, histogram, time);
      else writeSample(series, value, time);
    }
    series.ldelim();
  }
  return writer.finish();
}

function writeLabels(writer, labels) {
  for (const name of Object.keys(labels).toSorted()) {
    const label = writer.uint32(tag(1, LENGTH)).fork();
    label.uint32(tag(1, LENGTH)).string(name).uint32(tag(2, LENGTH)).string(labels[name]).ldelim();
  }
}

/** @param value `undefined` for a stale marker. */
function writeSample(series, value, time) {
  const sample = series.uint32(tag(2, LENGTH)).fork().uint32(tag(1, FIXED64));
  if (value === undefined) sample.fixed64(STALE);
  else sample.double(value);
  sample.uint32(tag(2, VARINT)).int64(time).ldelim();
}

function writeHistogram(series, histogram, time) {
  const writer = series.uint32(tag(4, LENGTH)).fork();
  writer.uint32(tag(2, FIXED64)).double(histogram.count);
  writer.uint32(tag(3, FIXED64)).double(histogram.sum);
  writer.uint32(tag(4, VARINT)).sint32(histogram.schema);
  writer.uint32(tag(5, FIXED64)).double(histogram.zeroThreshold);
  writer.uint32(tag(7, FIXED64)).double(histogram.zeroCount);
  writeBuckets(writer, 8, 10, histogram.negative);
  writeBuckets(writer, 11, 13, histogram.positive);
  writer.uint32(tag(14, VARINT)).uint32(RESET_HINTS[histogram.resetHint]);
  writer.uint32(tag(15, VARINT)).int64(time);
  if (histogram.customBounds !== undefined) writeDoubles(writer, 16, histogram.customBounds);
  writer.ldelim();
}

function writeBuckets(writer, spansField, countsField, { offset, counts }) {
  if (counts.length === 0) return;
  const span = writer.uint32(tag(spansField, LENGTH)).fork();
  span.uint32(tag(1, VARINT)).sint32(offset).uint32(tag(2, VARINT)).uint32(counts.length).ldelim();
  writeDoubles(writer, countsField, counts);
}

function writeDoubles(writer, field, values) {
  const packed = writer.uint32(tag(field, LENGTH)).fork();
  for (const value of values) packed.double(value);
  packed.ldelim();
}

function tag(field, wireType) {
  return (field << 3) | wireType;
}

// The block format of snappy, without compression: literals only.
// https://github.com/google/snappy/blob/main/format_description.txt
function snappy(bytes) {
  const parts = [protobuf.Writer.create().uint32(bytes.length).finish()];
  for (let at = 0; at < bytes.length; at += LITERAL_BYTES) {
    const literal = bytes.subarray(at, at + LITERAL_BYTES);
    const last = literal.length - 1;
    parts.push(Uint8Array.of(61 << 2, last & 0xff, last >>> 8), literal);
  }
  return Buffer.concat(parts);
}
