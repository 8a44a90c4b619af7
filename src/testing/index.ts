/**
 * The kit with which an application tests its own metrics: a provider and facades that know nothing of any other's.
 *
 * @module tachymeter/testing
 */
export { createTestTelemetry, type TestTelemetry, type TestTelemetryOptions } from "./test-telemetry.ts";
export { type MetricExpectation } from "./expectation.ts";
export { type LintFinding, type LintRule } from "./lint-finding.ts";
export {
  type MetricKind,
  type RecordedHistogram,
  type RecordedMetric,
  type RecordedSeries,
  type RecordedValue,
} from "./recorded-metric.ts";
