// The data points of an OTLP request, and their attributes.
import type { Attributes, HrTime } from "@opentelemetry/api";
import type { DataPoint, Exemplar, ExponentialHistogram, Histogram } from "../../../engine/index.ts";
import type { ProtobufReader } from "../../../io/bytes/protobuf-reader.ts";

/** A point, with the facts that upstream's objects store for a whole metric. */
export interface DecodedPoint<Value> {
  readonly point: DataPoint<Value> & { readonly exemplars?: readonly Exemplar[] };
  /** Whether one of its values is an integer. */
  readonly isInt: boolean;
}

export function readNumberPoint(message: ProtobufReader): DecodedPoint<number> {
  let value = 0;
  let isInt = false;
  const rest = readPoint(message, { attributes: 7, exemplars: 5 }, () => {
    if (message.field === 4) value = message.double();
    else if (message.field === 6) {
      value = message.signedFixed64();
      isInt = true;
    }
  });
  return { point: { ...rest.point, value }, isInt: isInt || rest.isInt };
}

export function readHistogramPoint(message: ProtobufReader): DecodedPoint<Histogram> {
  const value: Histogram = { count: 0, buckets: { boundaries: [], counts: [] } };
  const rest = readPoint(message, { attributes: 9, exemplars: 8 }, () => {
    if (message.field === 4) value.count = message.fixed64();
    else if (message.field === 5) value.sum = message.double();
    else if (message.field === 6) message.fixed64s(value.buckets.counts);
    else if (message.field === 7) message.doubles(value.buckets.boundaries);
    else if (message.field === 11) value.min = message.double();
    else if (message.field === 12) value.max = message.double();
  });
  return { point: { ...rest.point, value }, isInt: rest.isInt };
}

export function readExponentialPoint(message: ProtobufReader): DecodedPoint<ExponentialHistogram> {
  const value: ExponentialHistogram = {
    count: 0,
    scale: 0,
    zeroCount: 0,
    positive: { offset: 0, bucketCounts: [] },
    negative: { offset: 0, bucketCounts: [] },
  };
  const rest = readPoint(message, { attributes: 1, exemplars: 11 }, () => {
    if (message.field === 4) value.count = message.fixed64();
    else if (message.field === 5) value.sum = message.double();
    else if (message.field === 6) value.scale = message.zigzag();
    else if (message.field === 7) value.zeroCount = message.fixed64();
    else if (message.field === 8) readBuckets(message.message(), value.positive);
    else if (message.field === 9) readBuckets(message.message(), value.negative);
    else if (message.field === 12) value.min = message.double();
    else if (message.field === 13) value.max = message.double();
  });
  return { point: { ...rest.point, value }, isInt: rest.isInt };
}

function readBuckets(message: ProtobufReader, range: ExponentialHistogram["positive"]): void {
  while (message.next()) {
    if (message.field === 1) range.offset = message.zigzag();
    else if (message.field === 2) message.varints(range.bucketCounts);
  }
}

interface CommonParts {
  readonly point: Omit<DecodedPoint<unknown>["point"], "value">;
  readonly isInt: boolean;
}

// Reads a point's fields; calls `readOwn` for those specific to its kind.
function readPoint(
  message: ProtobufReader,
  fields: { readonly attributes: number; readonly exemplars: number },
  readOwn: () => void,
): CommonParts {
  const attributes: Attributes = {};
  const exemplars: Exemplar[] = [];
  let startTime: HrTime = [0, 0];
  let endTime: HrTime = [0, 0];
  let isInt = false;
  while (message.next()) {
    if (message.field === 2) startTime = hrTimeFromNanos(message.bits64());
    else if (message.field === 3) endTime = hrTimeFromNanos(message.bits64());
    else if (message.field === fields.attributes) readAttribute(message.message(), attributes);
    else if (message.field === fields.exemplars) {
      const read = readExemplar(message.message());
      exemplars.push(read.exemplar);
      isInt ||= read.isInt;
    } else readOwn();
  }
  return { point: { attributes, startTime, endTime, ...(exemplars.length > 0 && { exemplars }) }, isInt };
}

function readExemplar(message: ProtobufReader): { readonly exemplar: Exemplar; readonly isInt: boolean } {
  const exemplar: Exemplar = { filteredAttributes: {}, value: 0, timestamp: [0, 0] };
  let isInt = false;
  while (message.next()) {
    if (message.field === 2) exemplar.timestamp = hrTimeFromNanos(message.bits64());
    else if (message.field === 3) exemplar.value = message.double();
    else if (message.field === 4) exemplar.spanId = hexOf(message.bytes());
    else if (message.field === 5) exemplar.traceId = hexOf(message.bytes());
    else if (message.field === 6) {
      exemplar.value = message.signedFixed64();
      isInt = true;
    } else if (message.field === 7) readAttribute(message.message(), exemplar.filteredAttributes);
  }
  return { exemplar, isInt };
}

/** Reads a `KeyValue` into attributes, or into an object that is an attribute's value. An empty value becomes `null`. */
export function readAttribute(pair: ProtobufReader, into: object): void {
  let key = "";
  let value: unknown = null;
  while (pair.next()) {
    if (pair.field === 1) key = pair.text();
    else if (pair.field === 2) value = readAnyValue(pair.message());
  }
  // Assigning the key `__proto__` would set the prototype.
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function readAnyValue(message: ProtobufReader): unknown {
  let value: unknown = null;
  while (message.next()) {
    if (message.field === 1) value = message.text();
    else if (message.field === 2) value = message.varint() !== 0;
    else if (message.field === 3) value = message.signedVarint();
    else if (message.field === 4) value = message.double();
    else if (message.field === 5) value = readArray(message.message());
    else if (message.field === 6) value = readObject(message.message());
    else value = message.field === 7 ? Uint8Array.from(message.bytes()) : null;
  }
  return value;
}

function readArray(message: ProtobufReader): unknown[] {
  const items: unknown[] = [];
  while (message.next()) if (message.field === 1) items.push(readAnyValue(message.message()));
  return items;
}

function readObject(message: ProtobufReader): object {
  const pairs = {};
  while (message.next()) if (message.field === 1) readAttribute(message.message(), pairs);
  return pairs;
}

function hrTimeFromNanos(nanos: bigint): HrTime {
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
