// Each property for metrics in OpenTelemetry's schema is known.
import { expect, test } from "vitest";
import { configurationFile } from "../../src/configuration/index.ts";
import { allSteps } from "../../src/io/yield.ts";
import { publishedProperties } from "./published-schema.ts";

// Properties of the schema after version 1.1, which upstream's package does not have yet.
const OTLP_SIZES = ["max_request_size", "max_response_size"];
const AFTER_1_1: Readonly<Record<string, readonly string[]>> = {
  OtlpHttpMetricExporter: OTLP_SIZES,
  OtlpGrpcMetricExporter: OTLP_SIZES,
  AttributeLimits: ["attribute_value_depth_limit"],
};

// The published schema of version 1.1, in upstream's package: its definitions, and a file around an object of each.
const reader = (periodic: object): object => ({ meter_provider: { readers: [{ periodic }] } });
const exporter = (each: object): object => reader({ exporter: each });
const view = (each: object): object => ({ meter_provider: { views: [each] } });
const aggregation = (each: object): object => view({ selector: {}, stream: { aggregation: each } });
const general = (given: object): object => ({ "instrumentation/development": { general: given } });
const DEFINITIONS: Readonly<Record<string, (given: object) => object>> = {
  MeterProvider: (meter_provider) => ({ meter_provider }),
  PeriodicMetricReader: reader,
  PullMetricReader: (pull) => ({ meter_provider: { readers: [{ pull }] } }),
  CardinalityLimits: (cardinality_limits) => reader({ exporter: { console: null }, cardinality_limits }),
  PushMetricExporter: exporter,
  PullMetricExporter: (given) => ({ meter_provider: { readers: [{ pull: { exporter: given } }] } }),
  OtlpHttpMetricExporter: (otlp_http) => exporter({ otlp_http }),
  OtlpGrpcMetricExporter: (otlp_grpc) => exporter({ otlp_grpc }),
  HttpTls: (tls) => exporter({ otlp_http: { tls } }),
  GrpcTls: (tls) => exporter({ otlp_grpc: { tls } }),
  ExperimentalOtlpFileMetricExporter: (given) => exporter({ "otlp_file/development": given }),
  ConsoleMetricExporter: (given) => exporter({ console: given }),
  ExperimentalPrometheusMetricExporter: (given) => ({
    meter_provider: { readers: [{ pull: { exporter: { "prometheus/development": given } } }] },
  }),
  View: view,
  ViewSelector: (selector) => view({ selector, stream: {} }),
  ViewStream: (stream) => view({ selector: {}, stream }),
  Aggregation: aggregation,
  ExplicitBucketHistogramAggregation: (given) => aggregation({ explicit_bucket_histogram: given }),
  Base2ExponentialBucketHistogramAggregation: (given) =>
    aggregation({ base2_exponential_bucket_histogram: given }),
  ExperimentalMeterConfigurator: (given) => ({ meter_provider: { "meter_configurator/development": given } }),
  AttributeLimits: (attribute_limits) => ({ attribute_limits }),
  Resource: (resource) => ({ resource }),
  AttributeNameValue: (given) => ({ resource: { attributes: [given] } }),
  ExperimentalResourceDetection: (given) => ({ resource: { "detection/development": given } }),
  ExperimentalResourceDetector: (given) => ({
    resource: { "detection/development": { detectors: [given] } },
  }),
  ExperimentalInstrumentation: (given) => ({ "instrumentation/development": given }),
  ExperimentalGeneralInstrumentation: general,
  ExperimentalHttpInstrumentation: (http) => general({ http }),
  ExperimentalHttpClientInstrumentation: (client) => general({ http: { client } }),
  ExperimentalHttpServerInstrumentation: (server) => general({ http: { server } }),
};

test("each property of the published schema for metrics is known", () => {
  const published = publishedProperties();
  const all = { "": (given: object) => given, ...DEFINITIONS };
  const unknown = Object.entries(all).flatMap(([name, wrap]) => {
    const properties = [...(published.get(name) ?? []), ...(AFTER_1_1[name] ?? [])];
    expect([name, properties.length]).not.toEqual([name, 0]);
    return properties.filter((property) => {
      const text = JSON.stringify({ file_format: "1.1", ...wrap({ [property]: {} }) });
      return allSteps(configurationFile("otel.yaml", text, {})).problems.some(
        (problem) =>
          problem.name.endsWith(property) && /an existing option|of the options/.test(problem.must),
      );
    });
  });
  expect(unknown).toEqual([]);
});
