/**
 * Test kit for the metrics of an application: an isolated provider and facades.
 *
 * @module tachymeter/testing
 */
export { createTestTelemetry, type TestTelemetry, type TestTelemetryOptions } from "./test-telemetry.ts";
export { createTestGroup, type TestGroup, type TestGroupMember } from "./test-group.ts";
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
