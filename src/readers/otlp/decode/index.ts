// OTLP requests back to upstream's objects, for exporters that take nothing else.
import type { Attributes } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { MetricData, ResourceMetrics, ScopeMetrics } from "../../../engine/index.ts";
import { ProtobufError, ProtobufReader } from "../../../io/bytes/protobuf-reader.ts";
import { readAttribute } from "./attributes.ts";
import { readMetric } from "./metric.ts";

/**
 * What an `ExportMetricsServiceRequest` of `OtlpEncoder` says. Points with exemplars have them under `exemplars`.
 *
 * OTLP does not have all that upstream's objects have: a gauge is cumulative, values of histograms are doubles.
 *
 * @throws ProtobufError where the bytes are no such request, were cut off, or are of more than one resource.
 */
export function metricsFromRequest(request: Uint8Array): ResourceMetrics {
  let metrics: ResourceMetrics | undefined;
  for (const message = new ProtobufReader(request); message.next();) {
    if (message.field !== 1) continue;
    if (metrics !== undefined) throw new ProtobufError("OTLP request: it is of more than one resource");
    metrics = readResourceMetrics(message.message());
  }
  if (metrics === undefined)
    throw new ProtobufError(`OTLP request of ${request.length} bytes: it is of no resource`);
  return metrics;
}

function readResourceMetrics(message: ProtobufReader): ResourceMetrics {
  const attributes: Attributes = {};
  const scopeMetrics: ScopeMetrics[] = [];
  let schemaUrl: string | undefined;
  while (message.next()) {
    switch (message.field) {
      case 1:
        for (const resource = message.message(); resource.next();)
          if (resource.field === 1) readAttribute(resource.message(), attributes);
        break;
      case 2:
        scopeMetrics.push(readScopeMetrics(message.message()));
        break;
      case 3:
        schemaUrl = message.text();
        break;
      default:
    }
  }
  return {
    resource: resourceFromAttributes(attributes, schemaUrl === undefined ? {} : { schemaUrl }),
    scopeMetrics,
  };
}

type AttributedScope = ScopeMetrics["scope"] & { readonly attributes?: Attributes };

function readScopeMetrics(message: ProtobufReader): ScopeMetrics {
  let scope: AttributedScope = { name: "", version: "" };
  let schemaUrl: string | undefined;
  const metrics: MetricData[] = [];
  while (message.next()) {
    switch (message.field) {
      case 1:
        scope = readScope(message.message());
        break;
      case 2:
        metrics.push(readMetric(message.message()));
        break;
      case 3:
        schemaUrl = message.text();
        break;
      default:
    }
  }
  return { scope: { ...scope, ...(schemaUrl !== undefined && { schemaUrl }) }, metrics };
}

function readScope(message: ProtobufReader): AttributedScope {
  let name = "";
  let version = "";
  const attributes: Attributes = {};
  while (message.next()) {
    switch (message.field) {
      case 1:
        name = message.text();
        break;
      case 2:
        version = message.text();
        break;
      case 3:
        readAttribute(message.message(), attributes);
        break;
      default:
    }
  }
  return { name, version, ...(Object.keys(attributes).length > 0 && { attributes }) };
}
