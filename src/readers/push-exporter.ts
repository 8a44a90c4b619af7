// What every push exporter gets around it: its failures counted, and logged at most once a minute.
import { diag, type Meter } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import type { PushMetricExporter, ResourceMetrics } from "../engine/index.ts";

const LOG_INTERVAL_MILLIS = 60_000;

/** How a push exporter is watched. */
export interface CountedExporterOptions {
  /** What the exporter is called in logs and in attribute `otel.component.name`. */
  readonly name: string;
  /** After which an export has failed, in seconds. */
  readonly timeout: number;
  /** The meter to count on, once there is one. */
  readonly meter: () => Meter | undefined;
}

/**
 * Wraps `exporter` so that each export ends in time, that its outcome is counted in
 * `otel.sdk.exporter.metric_data_point.exported` (with `error.type` where it failed), and that failures are logged at
 * most once a minute. The reader above is always told of success: upstream's would log every failure, and can do no more.
 */
export function countedExporter(
  exporter: PushMetricExporter,
  options: CountedExporterOptions,
): PushMetricExporter {
  const failures = new FailureReport(options.name);
  const settle = (metrics: ResourceMetrics, error: Error | undefined): void => {
    countPoints(options, dataPointCount(metrics), error?.name);
    if (error === undefined) failures.succeeded();
    else failures.failed(error);
  };
  return {
    export: (metrics, done) =>
      void exportInTime(exporter, metrics, options.timeout)
        .then(
          () => settle(metrics, undefined),
          (error: Error) => settle(metrics, error),
        )
        .then(() => done({ code: ExportResultCode.SUCCESS })),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    ...(exporter.selectAggregation && { selectAggregation: exporter.selectAggregation.bind(exporter) }),
    ...(exporter.selectAggregationTemporality && {
      selectAggregationTemporality: exporter.selectAggregationTemporality.bind(exporter),
    }),
  };
}

class ExportTimeoutError extends Error {
  override readonly name = "ExportTimeoutError";
}

class ExportFailedError extends Error {
  override readonly name = "ExportFailedError";
}

function exportInTime(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
  timeout: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new ExportTimeoutError(`no answer within ${timeout} s`)),
      timeout * 1_000,
    ).unref();
    exporter.export(metrics, ({ code, error }) => {
      clearTimeout(timer);
      if (code === ExportResultCode.SUCCESS) resolve();
      else reject(error ?? new ExportFailedError("no reason given"));
    });
  });
}

class FailureReport {
  readonly #name: string;
  #failures = 0;
  #lastLogged = -Infinity;

  constructor(name: string) {
    this.#name = name;
  }

  failed(error: Error): void {
    this.#failures++;
    const now = performance.now();
    if (now - this.#lastLogged < LOG_INTERVAL_MILLIS) return;
    this.#lastLogged = now;
    diag.error(
      `exporter "${this.#name}": ${this.#failures} failed since the last success, the latest with: ${error.message}; ` +
        "the application runs on, this is logged at most once a minute",
    );
  }

  succeeded(): void {
    if (this.#failures > 0)
      diag.info(`exporter "${this.#name}": works again after ${this.#failures} failures`);
    this.#failures = 0;
    this.#lastLogged = -Infinity;
  }
}

function countPoints(
  { name, meter }: CountedExporterOptions,
  points: number,
  error: string | undefined,
): void {
  meter()
    ?.createCounter("otel.sdk.exporter.metric_data_point.exported", {
      unit: "{data_point}",
      description: "Data points whose export has ended, with error.type where it failed.",
    })
    .add(points, { "otel.component.name": name, ...(error !== undefined && { "error.type": error }) });
}

function dataPointCount(metrics: ResourceMetrics): number {
  let count = 0;
  for (const scope of metrics.scopeMetrics) {
    for (const metric of scope.metrics) count += metric.dataPoints.length;
  }
  return count;
}
