// What upstream's push exporters get around them: their outcome counted, failures logged at most once a minute.
import { diag, type Meter } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import type { PushMetricExporter, ResourceMetrics } from "../engine/index.ts";
import { exportInTime } from "./export-in-time.ts";
import { ExporterMetrics } from "./exporter-metrics.ts";
import { Seldom } from "./seldom.ts";

/** How a push exporter is watched. */
export interface CountedExporterOptions {
  /** What the exporter is called in logs and in attribute `otel.component.name`. */
  readonly name: string;
  /** Attribute `otel.component.type`. */
  readonly type: string;
  /** After which an export has failed, in seconds. */
  readonly timeout: number;
  /** The meter to count on, once there is one. */
  readonly meter: () => Meter | undefined;
}

/**
 * Wraps `exporter` so that each export ends in time, that its outcome is counted in `otel.sdk.exporter.*` (with
 * `error.type` where it failed), and that failures are logged at most once a minute. The reader above is always told of
 * success: it would log every failure, and can do no more.
 */
export function countedExporter(
  exporter: PushMetricExporter,
  { name, type, timeout, meter }: CountedExporterOptions,
): PushMetricExporter {
  const failures = new FailureReport(name);
  let inflight = 0;
  const figures = new ExporterMetrics(meter, { type, name }, () => inflight);
  const exportCounted = async (metrics: ResourceMetrics): Promise<void> => {
    const points = dataPointCount(metrics);
    const begin = performance.now();
    inflight += points;
    figures.begin();
    const error = await exportInTime(exporter, metrics, timeout).then(
      () => undefined,
      (reason: Error) => reason,
    );
    inflight -= points;
    const errorType = error?.name;
    figures.ended(points, errorType);
    figures.took((performance.now() - begin) / 1_000, { errorType });
    if (error === undefined) failures.succeeded();
    else failures.failed(error);
  };
  return {
    export: (metrics, done) =>
      void exportCounted(metrics).then(() => done({ code: ExportResultCode.SUCCESS })),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    ...(exporter.selectAggregation && { selectAggregation: exporter.selectAggregation.bind(exporter) }),
    ...(exporter.selectAggregationTemporality && {
      selectAggregationTemporality: exporter.selectAggregationTemporality.bind(exporter),
    }),
  };
}

class FailureReport {
  readonly #name: string;
  readonly #failed = new Seldom();
  readonly #recovered = new Seldom();
  #failures = 0;

  constructor(name: string) {
    this.#name = name;
  }

  failed(error: Error): void {
    this.#failures++;
    if (!this.#failed.isDue()) return;
    diag.error(
      `exporter "${this.#name}": ${this.#failures} failed since the last success, the latest with: ${error.message}; ` +
        "the application runs on, this is logged at most once a minute",
    );
  }

  succeeded(): void {
    if (this.#failures > 0 && this.#recovered.isDue()) {
      diag.info(`exporter "${this.#name}": works again after ${this.#failures} failures`);
    }
    this.#failures = 0;
  }
}

function dataPointCount(metrics: ResourceMetrics): number {
  let count = 0;
  for (const scope of metrics.scopeMetrics) {
    for (const metric of scope.metrics) count += metric.dataPoints.length;
  }
  return count;
}
