import { AssertionError } from "node:assert";
import { explainMissing, explainValue, shownValue, type FoundMetrics } from "./explain.ts";
import { findValue, type FoundValue, type Question } from "./find-series.ts";
import type { RecordedValue } from "./recorded-metric.ts";

/**
 * Promise of a recorded value. It rejects with Node's `AssertionError` if the value is not as expected. Each matcher
 * returns another expectation; await the last one.
 *
 * @example
 * import { createTestTelemetry } from "tachymeter/testing";
 *
 * const telemetry = createTestTelemetry();
 * telemetry.messaging.processed("jobs", 0.25);
 * await telemetry.expectMetric("message.processing.duration").toHaveCount(1).toHaveSum(0.25);
 */
export interface MetricExpectation extends Promise<RecordedValue> {
  /** Expects a sum or last value equal to `expected`; NaN equals NaN. */
  toBe(expected: number): MetricExpectation;
  /** Expects a histogram with this number of measurements. */
  toHaveCount(expected: number): MetricExpectation;
  /** Expects a histogram with this sum, apart from rounding errors (a relative difference of 1e-12). */
  toHaveSum(expected: number): MetricExpectation;
}

/** A line of a test, for the stack of a later error. */
export interface CallSite {
  readonly stack?: string;
}

type Found = Extract<FoundValue, { readonly kind: "value" }>;

/**
 * Creates an expectation of a series, or a metric, in `collected`.
 *
 * @param calledAt start of the stacks of errors.
 */
export function expectation(
  question: Question,
  collected: Promise<FoundMetrics>,
  calledAt: CallSite,
): MetricExpectation {
  const found = collected.then((all) => {
    const answer = findValue(question, all.metrics);
    if (answer.kind === "value") return answer;
    throw failure(explainMissing(question, answer, all), {}, calledAt);
  });
  return chained(question, found, calledAt);
}

/** Creates an AssertionError with the stack of the test. */
export function failure(
  message: string,
  { actual, expected }: { readonly actual?: unknown; readonly expected?: unknown },
  { stack }: CallSite,
): AssertionError {
  const error = new AssertionError({ message, actual, expected, operator: "expectMetric" });
  const frames = stack?.split("\n").slice(1) ?? [];
  error.stack = [`${error.name}: ${message}`, ...frames].join("\n");
  return error;
}

function chained(question: Question, found: Promise<Found>, calledAt: CallSite): MetricExpectation {
  const value = found.then((answer) => answer.value);
  const after = (check: (value: RecordedValue) => Mismatch | undefined): MetricExpectation => {
    // Only the last promise of a chain is awaited.
    value.catch(() => {});
    const checked = found.then((answer) => {
      const mismatch = check(answer.value);
      if (mismatch === undefined) return answer;
      throw failure(explainValue(question, mismatch.problem, answer.series), mismatch, calledAt);
    });
    return chained(question, checked, calledAt);
  };
  return Object.assign(value, {
    toBe: (expected: number) => after((actual) => differenceInValue(actual, expected)),
    toHaveCount: (expected: number) => after((actual) => differenceInHistogram(actual, "count", expected)),
    toHaveSum: (expected: number) => after((actual) => differenceInHistogram(actual, "sum", expected)),
  });
}

interface Mismatch {
  readonly problem: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

function differenceInValue(actual: RecordedValue, expected: number): Mismatch | undefined {
  if (typeof actual !== "number") {
    const problem = `it is a histogram (${shownValue(actual)}), not ${expected}; use toHaveCount or toHaveSum`;
    return { problem, actual, expected };
  }
  if (isSame(actual, expected)) return undefined;
  return { problem: `its value is ${shownValue(actual)}, not ${expected}`, actual, expected };
}

function differenceInHistogram(
  value: RecordedValue,
  part: "count" | "sum",
  expected: number,
): Mismatch | undefined {
  if (typeof value === "number") {
    return { problem: `it is not a histogram, its value is ${value}; use toBe`, actual: value, expected };
  }
  const actual = value[part];
  const isExpected = part === "sum" ? isSameSum : isSame;
  if (actual !== undefined && isExpected(actual, expected)) return undefined;
  return { problem: `its ${part} is ${actual}, not ${expected}`, actual, expected };
}

// 0.1 + 0.2 is not 0.3, so a sum may differ by rounding errors.
function isSameSum(actual: number, expected: number): boolean {
  const scale = Math.max(Math.abs(actual), Math.abs(expected));
  return isSame(actual, expected) || Math.abs(actual - expected) <= 1e-12 * scale;
}

function isSame(actual: number, expected: number): boolean {
  return actual === expected || Object.is(actual, expected);
}
