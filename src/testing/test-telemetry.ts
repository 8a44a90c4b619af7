// Telemetry for one test: everything that `start()` makes, but for what is global, exports or goes on by itself.
import type { Attributes } from "@opentelemetry/api";
import type { MeterProvider, MeterProviderOptions } from "../engine/index.ts";
import { type Facades, makeFacades } from "../sdk/facades.ts";
import { type CallSite, expectation, failure, type MetricExpectation } from "./expectation.ts";
import { explainMissing, type FoundMetrics } from "./explain.ts";
import { findValue } from "./find-series.ts";
import { lint } from "./lint.ts";
import type { LintFinding } from "./lint-finding.ts";
import { type RecordedMetric, recordedMetrics, type RecordedValue } from "./recorded-metric.ts";
import { PulledReader, WatchedProvider } from "./watched-provider.ts";

/** What a test may tell its provider: as in production, so that the test sees what production does. */
export type TestTelemetryOptions = Pick<MeterProviderOptions, "views" | "cardinalityLimit">;

/** A provider and facades of a test's own, and what was recorded in them. Its functions may be taken out of it. */
export interface TestTelemetry extends Facades, AsyncDisposable {
  /** Where the code under test makes its meters, where it does not use a facade. */
  readonly meterProvider: MeterProvider;
  /**
   * All metrics that hold something now, what facades show unasked among them, such as `health.status`. A callback that
   * fails loses its own observations alone.
   */
  readonly collect: () => Promise<readonly RecordedMetric[]>;
  /**
   * What was recorded in a metric: a number, or what a histogram counted; `undefined` where there is nothing.
   *
   * @param name in OpenTelemetry (`messages.sent`) or in Prometheus (`messages_sent_total`).
   * @param attributes all attributes of the one series, by their keys or by Prometheus' label names. Without them the
   * series of the metric are added up.
   * @throws AssertionError, as a rejection, where series of a gauge would have to be added up.
   */
  readonly value: (name: string, attributes?: Attributes) => Promise<RecordedValue | undefined>;
  /**
   * Expects that something was recorded: see `value` for what is asked, and `MetricExpectation` for what can be expected
   * of it. Await it; an expectation that is not met and not awaited is an unhandled rejection.
   */
  readonly expectMetric: (name: string, attributes?: Attributes) => MetricExpectation;
  /**
   * What is not as OpenTelemetry's semantic conventions want it, of all metrics that were made, recorded or not: names,
   * units, descriptions; of those that were recorded, attribute keys and the number of series too. Names and units of
   * Tachymeter's own metrics are left out. Empty where all is well.
   */
  readonly lint: () => Promise<readonly LintFinding[]>;
  /** Ends health checks, timers and the provider. Calling it again changes nothing. After it, there is nothing to collect. */
  readonly shutdown: () => Promise<void>;
}

/**
 * Makes telemetry for one test. Nothing of it is global, so tests may run side by side.
 *
 * @throws MeterProviderError where a view or the limit is wrong.
 * @example
 * import { createTestTelemetry } from "tachymeter/testing";
 *
 * const telemetry = createTestTelemetry();
 * telemetry.messaging.sent("jobs", 3);
 * await telemetry.expectMetric("messages.sent", { "messaging.destination.name": "jobs" }).toBe(3);
 * await telemetry.shutdown();
 */
export function createTestTelemetry(options: TestTelemetryOptions = {}): TestTelemetry {
  const { views, cardinalityLimit } = options;
  const reader = new PulledReader();
  const meterProvider = new WatchedProvider({
    readers: [reader],
    ...(views !== undefined && { views }),
    ...(cardinalityLimit !== undefined && { cardinalityLimit }),
  });
  const facades = makeFacades(
    { collectionInterval: 60, kernels: true, instrumentations: {} },
    meterProvider,
    reader,
  );
  let ended: Promise<void> | undefined;

  async function found(): Promise<FoundMetrics> {
    const { resourceMetrics, errors } = await reader.collect();
    const registered = meterProvider.registered.map(({ name }) => name);
    return { metrics: recordedMetrics(resourceMetrics), registered, errors };
  }

  async function value(name: string, attributes?: Attributes): Promise<RecordedValue | undefined> {
    const calledAt: CallSite = {};
    Error.captureStackTrace(calledAt, value);
    const all = await found();
    const question = { name, attributes };
    const answer = findValue(question, all.metrics);
    if (answer.kind === "ambiguous") throw failure(explainMissing(question, answer, all), {}, calledAt);
    return answer.kind === "value" ? answer.value : undefined;
  }

  function expectMetric(name: string, attributes?: Attributes): MetricExpectation {
    const calledAt: CallSite = {};
    Error.captureStackTrace(calledAt, expectMetric);
    return expectation({ name, attributes }, found(), calledAt);
  }

  async function end(): Promise<void> {
    facades.health.stop();
    facades.network.stop();
    await facades.system.stopContinuousCollection();
    await facades.collector.stopCollection();
    await meterProvider.shutdown();
  }

  const shutdown = (): Promise<void> => (ended ??= end());

  return {
    ...facades,
    meterProvider,
    collect: async () => (await found()).metrics,
    value,
    expectMetric,
    lint: async () => {
      const { metrics } = await found();
      return lint(meterProvider.registered, metrics, meterProvider.cardinality());
    },
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}
