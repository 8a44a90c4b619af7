// Requests in OTLP's JSON encoding, as upstream's serializer writes them, except for numbers that JSON lacks. A collector
// refuses a whole request with one `null`.
import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import type {
  DataPoint,
  Exemplar,
  ExponentialHistogram,
  MetricData,
  ResourceMetrics,
  ScopeMetrics,
} from "../../engine/index.ts";
import { attributesOf } from "../../engine/resource.ts";
import { AggregationTemporality, DataPointType } from "../../engine/sdk-values.ts";
import { isInt64, MAX_DEPTH } from "./encode/attributes.ts";

// Upstream's scopes have no attributes.
type AnyScope = ScopeMetrics["scope"] & { readonly attributes?: Attributes };

/** A request in OTLP's JSON encoding. */
export function jsonRequest({ resource, scopeMetrics }: ResourceMetrics): Uint8Array {
  const { schemaUrl } = resource;
  const ofScopes = scopeMetrics.map(({ scope, metrics }) => {
    const { name, version, schemaUrl: schemaUrlOfScope, attributes = {} }: AnyScope = scope;
    const pairs = keyValues(attributes);
    return {
      scope: { name, version, ...(pairs.length > 0 && { attributes: pairs, droppedAttributesCount: 0 }) },
      metrics: metrics.map(metricOf),
      schemaUrl: schemaUrlOfScope,
    };
  });
  const attributes = keyValues(attributesOf(resource));
  const request = {
    resource: { attributes, droppedAttributesCount: 0, ...(schemaUrl && { schemaUrl }) },
    ...(schemaUrl && { schemaUrl }),
    scopeMetrics: ofScopes,
  };
  return Buffer.from(JSON.stringify({ resourceMetrics: [request] }));
}

function metricOf(metric: MetricData): object {
  const { name, description, unit, valueType } = metric.descriptor;
  const head = { name, description, unit };
  const aggregationTemporality = metric.aggregationTemporality === AggregationTemporality.DELTA ? 1 : 2;
  switch (metric.dataPointType) {
    case DataPointType.SUM: {
      const dataPoints = metric.dataPoints.map((point) => numberPoint(point, valueType));
      return { ...head, sum: { aggregationTemporality, isMonotonic: metric.isMonotonic, dataPoints } };
    }
    case DataPointType.GAUGE:
      return {
        ...head,
        gauge: { dataPoints: metric.dataPoints.map((point) => numberPoint(point, valueType)) },
      };
    case DataPointType.HISTOGRAM: {
      const dataPoints = metric.dataPoints.map((point) => {
        const { buckets, ...figures } = point.value;
        return {
          bucketCounts: buckets.counts.map(int),
          explicitBounds: buckets.boundaries.map(double),
          ...commonOf(point, valueType),
          ...figuresOf(figures),
        };
      });
      return { ...head, histogram: { aggregationTemporality, dataPoints } };
    }
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const dataPoints = metric.dataPoints.map((point) => {
        const { positive, negative, scale, zeroCount, ...figures } = point.value;
        return {
          positive: bucketsOf(positive),
          negative: bucketsOf(negative),
          scale,
          zeroCount: int(zeroCount),
          ...commonOf(point, valueType),
          ...figuresOf(figures),
        };
      });
      return { ...head, exponentialHistogram: { aggregationTemporality, dataPoints } };
    }
    default:
      return metric satisfies never;
  }
}

function numberPoint(point: DataPoint<number>, valueType: ValueType): object {
  return { ...commonOf(point, valueType), ...numberOf(point.value, valueType) };
}

// Integer instruments may hold other numbers.
function numberOf(value: number, valueType: ValueType): object {
  return valueType === ValueType.INT && isInt64(value) ? { asInt: int(value) } : { asDouble: double(value) };
}

type Point = DataPoint<unknown> & { readonly exemplars?: readonly Exemplar[] };

function commonOf({ attributes, startTime, endTime, exemplars = [] }: Point, valueType: ValueType): object {
  return {
    attributes: keyValues(attributes),
    startTimeUnixNano: nanos(startTime),
    timeUnixNano: nanos(endTime),
    ...(exemplars.length > 0 && { exemplars: exemplars.map((each) => exemplarOf(each, valueType)) }),
  };
}

// An application's reservoir may return any value; invalid ids are left out.
function exemplarOf(
  { filteredAttributes, timestamp, value, traceId = "", spanId = "" }: Exemplar,
  valueType: ValueType,
): object {
  return {
    filteredAttributes: keyValues(filteredAttributes),
    timeUnixNano: nanos(timestamp),
    ...numberOf(value, valueType),
    ...(/^[\da-f]{32}$/i.test(traceId) && { traceId }),
    ...(/^[\da-f]{16}$/i.test(spanId) && { spanId }),
  };
}

interface Figures {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function figuresOf({ count, sum, min, max }: Figures): object {
  return { count: int(count), sum: double(sum), min: double(min), max: double(max) };
}

function bucketsOf({ offset, bucketCounts }: ExponentialHistogram["positive"]): object {
  return { offset, bucketCounts: bucketCounts.map(int) };
}

function nanos([seconds, nanoseconds]: HrTime): string {
  return String(BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds)));
}

function double(value: number | undefined): number | string | undefined {
  return value === undefined || Number.isFinite(value) ? value : String(value);
}

// Beyond the safe integers, JavaScript writes rounded digits, which may exceed 64 bits.
function int(value: number): number | string {
  return Number.isSafeInteger(value) ? value : String(BigInt(value));
}

function keyValues(pairs: object, depth: number = 0): readonly object[] {
  return Object.entries(pairs).map(([key, value]) => ({ key, value: anyValue(value, depth) }));
}

// `null`, and values of types that attributes do not allow, become the empty value.
function anyValue(value: unknown, depth: number): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return isInt64(value) ? { intValue: int(value) } : { doubleValue: double(value) };
  if (typeof value !== "object" || value === null || depth >= MAX_DEPTH) return {};
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (!Array.isArray(value)) return { kvlistValue: { values: keyValues(value, depth + 1) } };
  const items: readonly unknown[] = value;
  return { arrayValue: { values: items.map((item) => anyValue(item, depth + 1)) } };
}
