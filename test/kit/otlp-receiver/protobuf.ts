import { Message } from "./message.ts";
import {
  type OtlpAttributes,
  type OtlpBuckets,
  type OtlpData,
  type OtlpExponentialHistogramPoint,
  type OtlpHistogramPoint,
  type OtlpMetric,
  type OtlpNumberPoint,
  type OtlpRequest,
  type OtlpTemporality,
  type OtlpValue,
  temporalities,
} from "./request.ts";

/** Decodes an `ExportMetricsServiceRequest` of `opentelemetry.proto.collector.metrics.v1`; throws on garbage. */
export function requestFromProtobuf(bytes: Uint8Array): OtlpRequest {
  return {
    resourceMetrics: new Message(bytes).messages(1).map((resourceMetrics) => ({
      resource: { attributes: attributes(resourceMetrics.message(1), 1) },
      schemaUrl: resourceMetrics.string(3),
      scopeMetrics: resourceMetrics.messages(2).map((scopeMetrics) => {
        const scope = scopeMetrics.message(1);
        return {
          scope: { name: scope.string(1), version: scope.string(2), attributes: attributes(scope, 3) },
          metrics: scopeMetrics.messages(2).map(metric),
        };
      }),
    })),
  };
}

function metric(message: Message): OtlpMetric {
  return {
    name: message.string(1),
    description: message.string(2),
    unit: message.string(3),
    ...data(message),
  };
}

function data(message: Message): OtlpData {
  if (message.has(5)) return { kind: "gauge", points: message.message(5).messages(1).map(numberPoint) };
  if (message.has(7)) {
    const sum = message.message(7);
    return {
      kind: "sum",
      temporality: temporality(sum),
      isMonotonic: sum.signed(3) === 1,
      points: sum.messages(1).map(numberPoint),
    };
  }
  if (message.has(9)) {
    const histogram = message.message(9);
    return {
      kind: "histogram",
      temporality: temporality(histogram),
      points: histogram.messages(1).map(histogramPoint),
    };
  }
  if (message.has(10)) {
    const histogram = message.message(10);
    return {
      kind: "exponentialHistogram",
      temporality: temporality(histogram),
      points: histogram.messages(1).map(exponentialHistogramPoint),
    };
  }
  throw new Error(`metric "${message.string(1)}": it has no data of a known kind`);
}

function temporality(message: Message): OtlpTemporality {
  return temporalities[message.signed(2)] ?? "unspecified";
}

function numberPoint(point: Message): OtlpNumberPoint {
  return {
    attributes: attributes(point, 7),
    startTimeUnixNano: point.bits(2),
    timeUnixNano: point.bits(3),
    value: point.double(4) ?? point.signed(6),
  };
}

function histogramPoint(point: Message): OtlpHistogramPoint {
  return {
    attributes: attributes(point, 9),
    startTimeUnixNano: point.bits(2),
    timeUnixNano: point.bits(3),
    count: point.signed(4),
    sum: point.double(5),
    min: point.double(11),
    max: point.double(12),
    bucketCounts: point.fixed64s(6),
    explicitBounds: point.doubles(7),
  };
}

function exponentialHistogramPoint(point: Message): OtlpExponentialHistogramPoint {
  return {
    attributes: attributes(point, 1),
    startTimeUnixNano: point.bits(2),
    timeUnixNano: point.bits(3),
    count: point.signed(4),
    sum: point.double(5),
    min: point.double(12),
    max: point.double(13),
    scale: point.zigzag(6),
    zeroCount: point.signed(7),
    positive: buckets(point.message(8)),
    negative: buckets(point.message(9)),
  };
}

function buckets(message: Message): OtlpBuckets {
  return { offset: message.zigzag(1), bucketCounts: message.varints(2) };
}

function attributes(message: Message, field: number): OtlpAttributes {
  return Object.fromEntries(message.messages(field).map((pair) => [pair.string(1), value(pair.message(2))]));
}

function value(message: Message): OtlpValue {
  if (message.has(1)) return message.string(1);
  if (message.has(2)) return message.signed(2) === 1;
  if (message.has(3)) return message.signed(3);
  if (message.has(4)) return message.double(4);
  if (message.has(5)) return message.message(5).messages(1).map(value);
  if (message.has(6)) return attributes(message.message(6), 1);
  if (message.has(7)) return message.bytes(7);
  return undefined;
}
