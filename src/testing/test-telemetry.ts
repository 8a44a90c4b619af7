import type { Attributes } from "@opentelemetry/api";
import { parsed } from "../options/parser.ts";
import type { MeterProviderOptions } from "../engine/index.ts";
import { MeterProvider } from "../engine/meter-provider.ts";
import { InstrumentType } from "../engine/sdk-values.ts";
import * as allFacades from "../facades/index.ts";
import { type Facades, type MadeFacades, makeFacades } from "../sdk/facades.ts";
import { SnapshotReader } from "../readers/reader.ts";
import { type CallSite, expectation, failure, type MetricExpectation } from "./expectation.ts";
import { explainMissing, type FoundMetrics } from "./explain.ts";
import { findValue } from "./find-series.ts";
import { lint, type LintFinding } from "./lint.ts";
import {
  type MetricIdentity,
  type MetricKind,
  type RecordedMetric,
  recordedMetrics,
  type RecordedValue,
} from "./recorded-metric.ts";

/** Options of the provider, the same as in production. */
export type TestTelemetryOptions = Pick<MeterProviderOptions, "views" | "cardinalityLimit">;

/** An isolated provider with its facades, and methods that read what was recorded. Methods may be destructured. */
export interface TestTelemetry extends Facades, AsyncDisposable {
  /** Meter provider for code that does not use a facade. */
  readonly meterProvider: MeterProvider;
  /**
   * Returns all metrics with series, including those that facades always have, such as `health.status`. If a callback
   * fails, only its own observations are missing.
   */
  readonly collect: () => Promise<readonly RecordedMetric[]>;
  /**
   * Returns the value of a metric: a number or a histogram; `undefined` if nothing was recorded.
   *
   * @param name in OpenTelemetry (`messages.sent`) or in Prometheus (`messages_sent_total`).
   * @param attributes all attributes of one series, by their keys or by Prometheus' label names. Without them, all
   * series of the metric are added up.
   * @throws AssertionError, as a rejection, if several series of a gauge would be added up.
   */
  readonly value: (name: string, attributes?: Attributes) => Promise<RecordedValue | undefined>;
  /**
   * Expects that a metric was recorded; the matchers of `MetricExpectation` check its value. The parameters are those
   * of `value`. Must be awaited: otherwise a failed expectation is an unhandled rejection.
   */
  readonly expectMetric: (name: string, attributes?: Attributes) => MetricExpectation;
  /**
   * Returns violations of OpenTelemetry's semantic conventions. Checks names, units and descriptions of all metrics
   * that were created, and attribute keys and numbers of series of those that were recorded. Names and units of
   * Tachymeter's own metrics are not checked.
   */
  readonly lint: () => Promise<readonly LintFinding[]>;
  /** Stops health checks, timers and the provider. May be called again. */
  readonly shutdown: () => Promise<void>;
}

/**
 * Creates telemetry for one test. Nothing in it is global, so tests may run concurrently.
 *
 * @throws MeterProviderError if a view or the cardinality limit is invalid.
 *
 * @example
 * import { createTestTelemetry } from "tachymeter/testing";
 *
 * const telemetry = createTestTelemetry();
 * telemetry.messaging.sent("jobs", 3);
 * await telemetry.expectMetric("messages.sent", { "messaging.destination.name": "jobs" }).toBe(3);
 * await telemetry.shutdown();
 */
export function createTestTelemetry(options: TestTelemetryOptions = {}): TestTelemetry {
  parsed("createTestTelemetry", (parser) => parser.refuseUnknown("", options, ["views", "cardinalityLimit"]));
  const reader = new SnapshotReader();
  return telemetryOn(watchedProvider(reader, options), reader);
}

/** The provider of a test. */
export function watchedProvider(reader: SnapshotReader, options: TestTelemetryOptions): WatchedProvider {
  const { views, cardinalityLimit } = options;
  return new WatchedProvider({
    readers: [reader],
    ...(views !== undefined && { views }),
    ...(cardinalityLimit !== undefined && { cardinalityLimit }),
  });
}

/** One of each facade on a provider. Snapshots of the collector have all metrics of the reader, if there is one. */
export function facadesOn(meterProvider: MeterProvider, reader: SnapshotReader | undefined): MadeFacades {
  return makeFacades(
    { collectionIntervalMillis: 60_000, kernels: true, instrumentations: {} },
    meterProvider,
    reader,
    undefined,
    // Not on demand, which Jest cannot.
    () => allFacades,
  );
}

/** Ends what facades have started. */
export async function stopFacades({ health, network, system, collector }: Facades): Promise<void> {
  health.stop();
  network.stop();
  await system.stopContinuousCollection();
  await collector.stopCollection();
}

/** The test kit of a provider and its reader. */
export function telemetryOn(meterProvider: WatchedProvider, reader: SnapshotReader): TestTelemetry {
  const facades = facadesOn(meterProvider, reader);
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
    await stopFacades(facades);
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

type GetMeter = MeterProvider["getMeter"];

// A provider that lists all metrics created on it, recorded or not.
class WatchedProvider extends MeterProvider {
  readonly #meters = new Set<ReturnType<GetMeter>>();

  override getMeter(...scope: Parameters<GetMeter>): ReturnType<GetMeter> {
    const meter = super.getMeter(...scope);
    this.#meters.add(meter);
    return meter;
  }

  // As they are exported: with the names of views, and without dropped metrics.
  get registered(): readonly MetricIdentity[] {
    return [...this.#meters].flatMap(({ scope, streams }) =>
      streams
        .filter(({ isDropped }) => !isDropped)
        .map(({ descriptor: { name, unit, description, type } }) => ({
          scope: scope.name,
          name,
          unit,
          description,
          kind: KINDS[type],
        })),
    );
  }
}

const KINDS: Readonly<Record<InstrumentType, MetricKind>> = {
  [InstrumentType.COUNTER]: "counter",
  [InstrumentType.OBSERVABLE_COUNTER]: "counter",
  [InstrumentType.UP_DOWN_COUNTER]: "upDownCounter",
  [InstrumentType.OBSERVABLE_UP_DOWN_COUNTER]: "upDownCounter",
  [InstrumentType.GAUGE]: "gauge",
  [InstrumentType.OBSERVABLE_GAUGE]: "gauge",
  [InstrumentType.HISTOGRAM]: "histogram",
};
