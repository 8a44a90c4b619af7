// Expected ResourceMetrics after a round trip through OTLP, which does not represent everything in upstream's objects.
import { type Attributes, ValueType } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from "tachymeter/metrics";

/** A collection in a form that tests can compare. */
export interface Said {
  readonly resource: { readonly attributes: Attributes; readonly schemaUrl: string };
  readonly scopes: readonly { readonly scope: object; readonly metrics: readonly MetricData[] }[];
}

/** The content of `metrics` that an OTLP request can represent. */
export function saidBy({ resource, scopeMetrics }: ResourceMetrics): Said {
  return {
    resource: { attributes: resource.attributes, schemaUrl: resource.schemaUrl ?? "" },
    scopes: scopeMetrics.map(({ scope: { name, version = "", schemaUrl = "", ...rest }, metrics }) => {
      const attributes: object = Reflect.get(rest, "attributes") ?? {};
      return { scope: { name, version, schemaUrl, attributes }, metrics: metrics.map(saidByMetric) };
    }),
  };
}

function saidByMetric(metric: MetricData): MetricData {
  const { name, description, unit } = metric.descriptor;
  const descriptor = { name, description, unit, valueType: saidType(metric) };
  return metric.dataPointType === DataPointType.GAUGE
    ? { ...metric, descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
    : { ...metric, descriptor };
}

// For a histogram only its exemplars show whether values are integers.
function saidType(metric: MetricData): ValueType {
  const isNumber = metric.dataPointType === DataPointType.SUM || metric.dataPointType === DataPointType.GAUGE;
  const isTold = isNumber || metric.dataPoints.some((point) => "exemplars" in point);
  return isTold ? metric.descriptor.valueType : ValueType.DOUBLE;
}
