/**
 * Test kit for an application's metrics: an isolated provider and facades.
 *
 * @module tachymeter/testing
 */
export { createTestTelemetry, type TestTelemetry, type TestTelemetryOptions } from "./test-telemetry.ts";
export { type MetricExpectation } from "./expectation.ts";
export { type LintFinding } from "./lint.ts";
export { type LintRule } from "./lint-rules.ts";
export {
  type MetricKind,
  type RecordedHistogram,
  type RecordedMetric,
  type RecordedSeries,
  type RecordedValue,
} from "./recorded-metric.ts";
