// Decodes OTLP requests into upstream's objects, for exporters that take no other form.
import { type Attributes, ValueType } from "@opentelemetry/api";
import type { MetricData, ResourceMetrics, ScopeMetrics } from "../../../engine/index.ts";
import { resourceFrom } from "../../../engine/resource.ts";
import { AggregationTemporality, DataPointType } from "../../../engine/sdk-values.ts";
import { ProtobufError, ProtobufReader } from "../../../io/bytes/protobuf-reader.ts";
import {
  type DecodedPoint,
  readAttribute,
  readExponentialPoint,
  readHistogramPoint,
  readNumberPoint,
} from "./points.ts";

// Value of OTLP's enumeration of temporalities.
const DELTA = 1;

/**
 * The content of an `ExportMetricsServiceRequest` written by `OtlpEncoder`. Exemplars are in `exemplars` of their points.
 *
 * OTLP does not represent everything in upstream's objects: a decoded gauge is cumulative, and values of histograms are
 * doubles.
 *
 * @throws ProtobufError if the bytes are not such a request, are truncated, or have more than one resource.
 */
export function metricsFromRequest(request: Uint8Array): ResourceMetrics {
  let metrics: ResourceMetrics | undefined;
  for (const message = new ProtobufReader(request); message.next();) {
    if (message.field !== 1) continue;
    if (metrics !== undefined) throw new ProtobufError("OTLP request: must have one resource, got more");
    metrics = readResourceMetrics(message.message());
  }
  if (metrics === undefined)
    throw new ProtobufError(`OTLP request of ${request.length} bytes: must have a resource`);
  return metrics;
}

function readResourceMetrics(message: ProtobufReader): ResourceMetrics {
  const attributes: Attributes = {};
  const scopeMetrics: ScopeMetrics[] = [];
  let schemaUrl: string | undefined;
  while (message.next()) {
    if (message.field === 1) {
      for (const resource = message.message(); resource.next();)
        if (resource.field === 1) readAttribute(resource.message(), attributes);
    } else if (message.field === 2) scopeMetrics.push(readScopeMetrics(message.message()));
    else if (message.field === 3) schemaUrl = message.text();
  }
  return {
    resource: resourceFrom(Object.entries(attributes), schemaUrl),
    scopeMetrics,
  };
}

type AttributedScope = ScopeMetrics["scope"] & { readonly attributes?: Attributes };

function readScopeMetrics(message: ProtobufReader): ScopeMetrics {
  let scope: AttributedScope = { name: "", version: "" };
  let schemaUrl: string | undefined;
  const metrics: MetricData[] = [];
  while (message.next()) {
    if (message.field === 1) scope = readScope(message.message());
    else if (message.field === 2) metrics.push(readMetric(message.message()));
    else if (message.field === 3) schemaUrl = message.text();
  }
  return { scope: { ...scope, ...(schemaUrl !== undefined && { schemaUrl }) }, metrics };
}

function readScope(message: ProtobufReader): AttributedScope {
  let name = "";
  let version = "";
  const attributes: Attributes = {};
  while (message.next()) {
    if (message.field === 1) name = message.text();
    else if (message.field === 2) version = message.text();
    else if (message.field === 3) readAttribute(message.message(), attributes);
  }
  return { name, version, ...(Object.keys(attributes).length > 0 && { attributes }) };
}

type MetricFrom = (texts: Omit<MetricData["descriptor"], "valueType">) => MetricData;

function readMetric(message: ProtobufReader): MetricData {
  const texts = { name: "", description: "", unit: "" };
  let metricFrom: MetricFrom | undefined;
  while (message.next()) {
    if (message.field === 1) texts.name = message.text();
    else if (message.field === 2) texts.description = message.text();
    else if (message.field === 3) texts.unit = message.text();
    else metricFrom = readData(message) ?? metricFrom;
  }
  if (metricFrom === undefined)
    throw new ProtobufError(`metric "${texts.name}": must be a sum, gauge or histogram`);
  return metricFrom(texts);
}

// The texts may follow the points.
function readData(metric: ProtobufReader): MetricFrom | undefined {
  switch (metric.field) {
    case 5: {
      const { common, dataPoints } = readPoints(metric.message(), readNumberPoint);
      return (texts) => ({ ...common(texts), dataPointType: DataPointType.GAUGE, dataPoints });
    }
    case 7: {
      const { common, dataPoints, isMonotonic } = readPoints(metric.message(), readNumberPoint);
      return (texts) => ({ ...common(texts), dataPointType: DataPointType.SUM, dataPoints, isMonotonic });
    }
    case 9: {
      const { common, dataPoints } = readPoints(metric.message(), readHistogramPoint);
      return (texts) => ({ ...common(texts), dataPointType: DataPointType.HISTOGRAM, dataPoints });
    }
    case 10: {
      const { common, dataPoints } = readPoints(metric.message(), readExponentialPoint);
      const dataPointType = DataPointType.EXPONENTIAL_HISTOGRAM;
      return (texts) => ({ ...common(texts), dataPointType, dataPoints });
    }
    default:
      return undefined;
  }
}

interface Points<Value> {
  readonly dataPoints: DecodedPoint<Value>["point"][];
  readonly isMonotonic: boolean;
  readonly common: (
    texts: Parameters<MetricFrom>[0],
  ) => Pick<MetricData, "descriptor" | "aggregationTemporality">;
}

// `Gauge`, `Sum`, `Histogram` and `ExponentialHistogram` use the same numbers for the fields they share.
function readPoints<Value>(
  message: ProtobufReader,
  readPoint: (message: ProtobufReader) => DecodedPoint<Value>,
): Points<Value> {
  const dataPoints: DecodedPoint<Value>["point"][] = [];
  let aggregationTemporality = AggregationTemporality.CUMULATIVE;
  let isMonotonic = false;
  let isInt = false;
  while (message.next()) {
    if (message.field === 1) {
      const decoded = readPoint(message.message());
      dataPoints.push(decoded.point);
      isInt ||= decoded.isInt;
    } else if (message.field === 2 && message.varint() === DELTA) {
      aggregationTemporality = AggregationTemporality.DELTA;
    } else if (message.field === 3) isMonotonic = message.varint() !== 0;
  }
  const valueType = isInt ? ValueType.INT : ValueType.DOUBLE;
  return {
    dataPoints,
    isMonotonic,
    common: (texts) => ({ descriptor: { ...texts, valueType }, aggregationTemporality }),
  };
}
