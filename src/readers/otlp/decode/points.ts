// The data points of an OTLP request.
import type { Attributes, HrTime } from "@opentelemetry/api";
import type { DataPoint, Exemplar, ExponentialHistogram, Histogram } from "../../../engine/index.ts";
import type { ProtobufReader } from "../../../io/bytes/protobuf-reader.ts";
import { readAttribute } from "./attributes.ts";

/** A point, and what upstream's objects say of a whole metric. */
export interface DecodedPoint<Value> {
  readonly point: DataPoint<Value> & { readonly exemplars?: readonly Exemplar[] };
  /** Whether a value of it is an integer. */
  readonly isInt: boolean;
}

/** Reads a `NumberDataPoint`. */
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

/** Reads a `HistogramDataPoint`. */
export function readHistogramPoint(message: ProtobufReader): DecodedPoint<Histogram> {
  const value: Histogram = { count: 0, buckets: { boundaries: [], counts: [] } };
  const rest = readPoint(message, { attributes: 9, exemplars: 8 }, () => {
    switch (message.field) {
      case 4:
        value.count = message.fixed64();
        break;
      case 5:
        value.sum = message.double();
        break;
      case 6:
        message.fixed64s(value.buckets.counts);
        break;
      case 7:
        message.doubles(value.buckets.boundaries);
        break;
      case 11:
        value.min = message.double();
        break;
      case 12:
        value.max = message.double();
        break;
      default:
    }
  });
  return { point: { ...rest.point, value }, isInt: rest.isInt };
}

/** Reads an `ExponentialHistogramDataPoint`. */
export function readExponentialPoint(message: ProtobufReader): DecodedPoint<ExponentialHistogram> {
  const value: ExponentialHistogram = {
    count: 0,
    scale: 0,
    zeroCount: 0,
    positive: { offset: 0, bucketCounts: [] },
    negative: { offset: 0, bucketCounts: [] },
  };
  const rest = readPoint(message, { attributes: 1, exemplars: 11 }, () => {
    switch (message.field) {
      case 4:
        value.count = message.fixed64();
        break;
      case 5:
        value.sum = message.double();
        break;
      case 6:
        value.scale = message.zigzag();
        break;
      case 7:
        value.zeroCount = message.fixed64();
        break;
      case 8:
        readBuckets(message.message(), value.positive);
        break;
      case 9:
        readBuckets(message.message(), value.negative);
        break;
      case 12:
        value.min = message.double();
        break;
      case 13:
        value.max = message.double();
        break;
      default:
    }
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

// Reads a point's fields; `readOwn` is asked for those that its kind has for itself.
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
    switch (message.field) {
      case 2:
        startTime = hrTimeFromNanos(message.bits64());
        break;
      case 3:
        endTime = hrTimeFromNanos(message.bits64());
        break;
      case fields.attributes:
        readAttribute(message.message(), attributes);
        break;
      case fields.exemplars: {
        const read = readExemplar(message.message());
        exemplars.push(read.exemplar);
        isInt ||= read.isInt;
        break;
      }
      default:
        readOwn();
    }
  }
  return { point: { attributes, startTime, endTime, ...(exemplars.length > 0 && { exemplars }) }, isInt };
}

function readExemplar(message: ProtobufReader): { readonly exemplar: Exemplar; readonly isInt: boolean } {
  const exemplar: Exemplar = { filteredAttributes: {}, value: 0, timestamp: [0, 0] };
  let isInt = false;
  while (message.next()) {
    switch (message.field) {
      case 2:
        exemplar.timestamp = hrTimeFromNanos(message.bits64());
        break;
      case 3:
        exemplar.value = message.double();
        break;
      case 4:
        exemplar.spanId = hexOf(message.bytes());
        break;
      case 5:
        exemplar.traceId = hexOf(message.bytes());
        break;
      case 6:
        exemplar.value = message.signedFixed64();
        isInt = true;
        break;
      case 7:
        readAttribute(message.message(), exemplar.filteredAttributes);
        break;
      default:
    }
  }
  return { exemplar, isInt };
}

function hrTimeFromNanos(nanos: bigint): HrTime {
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
