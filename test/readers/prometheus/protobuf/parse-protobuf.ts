// A reader of protobuf scrapes that uses field numbers only.
import { Message } from "../../../kit/protobuf-message.ts";

/** A family. */
export interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit: string;
  readonly metrics: readonly ReadMetric[];
}

/** One series: `value` or `histogram`. */
export interface ReadMetric {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number | undefined;
  readonly histogram?: ReadHistogram | undefined;
  readonly exemplars: readonly ReadExemplar[];
  readonly createdUnixMillis: number | undefined;
  readonly timeUnixMillis: number | undefined;
}

/** An exemplar. */
export interface ReadExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | undefined;
  readonly timeUnixMillis: number | undefined;
}

/** A classic bucket: its upper bound, its cumulative count, and its exemplar, if any. */
export type ReadBucket = readonly [bound: number | undefined, count: number, ...exemplar: ReadExemplar[]];

/** A histogram. */
export interface ReadHistogram {
  readonly count: number;
  readonly sum: number | undefined;
  readonly classic: readonly ReadBucket[];
  readonly native: ReadNative | undefined;
}

/** Fields of native histograms; populated buckets by the number of their upper boundary. */
export interface ReadNative {
  readonly schema: number;
  readonly zeroThreshold: number | undefined;
  readonly zeroCount: number;
  readonly spans: readonly string[];
  readonly positive: Readonly<Record<number, number>>;
  readonly negative: Readonly<Record<number, number>>;
}

const TYPES = ["counter", "gauge", "summary", "untyped", "histogram"];

/** The families of a scrape, in their order; throws if the bytes are not such messages. */
export function parseProtobuf(bytes: Uint8Array): readonly ReadFamily[] {
  return [...delimited(bytes)].map((message) => familyFrom(new Message(message)));
}

/** The bytes of each message, without its length. */
export function* delimited(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (at + size > bytes.length) throw new RangeError(`a message of ${size} bytes exceeds the scrape`);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function familyFrom(family: Message): ReadFamily {
  return {
    name: family.string(1),
    help: family.string(2),
    type: family.has(3) ? TYPES[family.signed(3)]! : "none",
    unit: family.string(5),
    metrics: family.messages(4).map(metricFrom),
  };
}

function metricFrom(metric: Message): ReadMetric {
  const common = {
    labels: labelsFrom(metric),
    timeUnixMillis: metric.has(6) ? metric.signed(6) : undefined,
  };
  if (metric.has(7)) {
    const histogram = metric.message(7);
    return {
      ...common,
      histogram: histogramFrom(histogram),
      exemplars: histogram.messages(16).map(exemplarFrom),
      createdUnixMillis: timeFrom(histogram, 15),
    };
  }
  const counter = metric.message(3);
  const holder = [2, 3, 5].find((field) => metric.has(field))!;
  return {
    ...common,
    value: metric.message(holder).double(1),
    exemplars: counter.messages(2).map(exemplarFrom),
    createdUnixMillis: timeFrom(counter, 3),
  };
}

function labelsFrom(message: Message): Record<string, string> {
  const pairs = message.messages(1).map((pair): [string, string] => [pair.string(1), pair.string(2)]);
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new Error("a label is there twice");
  return Object.fromEntries(pairs);
}

function exemplarFrom(exemplar: Message): ReadExemplar {
  return { labels: labelsFrom(exemplar), value: exemplar.double(2), timeUnixMillis: timeFrom(exemplar, 3) };
}

function timeFrom(message: Message, field: number): number | undefined {
  if (!message.has(field)) return undefined;
  const time = message.message(field);
  return time.signed(1) * 1e3 + time.signed(2) / 1e6;
}

function histogramFrom(histogram: Message): ReadHistogram {
  return {
    count: histogram.signed(1),
    sum: histogram.double(2),
    classic: histogram.messages(3).map(bucketFrom),
    native: histogram.has(5) ? nativeFrom(histogram) : undefined,
  };
}

function bucketFrom(bucket: Message): ReadBucket {
  return [bucket.double(2), bucket.signed(1), ...bucket.messages(3).map(exemplarFrom)];
}

function nativeFrom(histogram: Message): ReadNative {
  const spans = [9, 12].flatMap((field) =>
    histogram.messages(field).map((span) => `${span.zigzag(1)}+${span.signed(2)}`),
  );
  return {
    schema: histogram.zigzag(5),
    zeroThreshold: histogram.double(6),
    zeroCount: histogram.signed(7),
    spans,
    positive: bucketsFrom(histogram, 12),
    negative: bucketsFrom(histogram, 9),
  };
}

function bucketsFrom(histogram: Message, field: number): Record<number, number> {
  const buckets: Record<number, number> = {};
  const deltas = histogram.zigzags(field + 1);
  let [index, count, read] = [0, 0, 0];
  for (const span of histogram.messages(field)) {
    index += span.zigzag(1);
    for (let i = 0; i < span.signed(2); i++) {
      count += deltas[read++]!;
      if (count !== 0) buckets[index] = count;
      index++;
    }
  }
  if (read !== deltas.length) throw new Error(`spans of ${read} buckets have ${deltas.length} deltas`);
  return buckets;
}
