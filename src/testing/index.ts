/**
 * Test kit for the metrics and rules of an application: an isolated provider, facades, and unit tests of rules.
 *
 * @module tachymeter/testing
 */
export { createTestTelemetry, type TestTelemetry, type TestTelemetryOptions } from "./test-telemetry.ts";
export { createTestGroup, type TestGroup, type TestGroupMember } from "./test-group.ts";
export { evaluateRules, type InputSeries, type RuleTestFailure } from "./evaluate-rules.ts";
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
