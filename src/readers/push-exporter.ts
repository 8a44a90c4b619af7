// Wrapper of push exporters: counts their exports and logs failures at most once a minute.
import type { Meter } from "@opentelemetry/api";
import { ExportResultCode } from "../engine/sdk-values.ts";
import type { PushMetricExporter, ResourceMetrics } from "../engine/index.ts";
import {
  type CollectionExporter,
  collectionSinkOf,
  exportInTime,
  countSteps,
  inTime,
} from "./collection-exporter.ts";
import { ExporterMetrics, FailureLog } from "./exporter-metrics.ts";
import { inSlices } from "../io/yield.ts";

export interface CountedExporterOptions {
  /** Name in logs and in attribute `otel.component.name`. */
  readonly name: string;
  /** Attribute `otel.component.type`. */
  readonly type: string;
  /** Read at each export. */
  readonly timeoutMillis: number;
  /** The meter for the self metrics, as soon as there is one. */
  readonly meter: () => Meter | undefined;
}

/**
 * Wraps `exporter`: limits the time of each export, counts its outcome in `otel.sdk.exporter.*`, and logs failures at
 * most once a minute. Failed exports have the attribute `error.type`. The reader always receives success, because its
 * only reaction to a failure is to log each one. If the exporter takes collections, so does the wrapper.
 */
export function countedExporter(
  exporter: PushMetricExporter,
  options: CountedExporterOptions,
): CollectionExporter {
  const { counted, end } = counting(options);
  const sink = collectionSinkOf(exporter);
  return {
    export: (metrics, done) =>
      void counted(dataPointCount(metrics), () =>
        exportInTime(exporter, metrics, options.timeoutMillis),
      ).then(() => done({ code: ExportResultCode.SUCCESS })),
    collectionSink: sink && {
      ready: sink.ready,
      isDurable: sink.isDurable,
      exportCollection: async (collection) =>
        counted(await inSlices(countSteps(collection)), () =>
          inTime(sink.exportCollection(collection), options.timeoutMillis),
        ),
      exportCollectionSync: (collection) => sink.exportCollectionSync(collection),
      endBegins: (limitMillis) => sink.endBegins?.(limitMillis),
      flushAtEnd: (limitMillis) => sink.flushAtEnd?.(limitMillis) ?? exporter.forceFlush(),
      deliverLast: (limitMillis) => sink.deliverLast(limitMillis),
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown().finally(end),
    ...(exporter.selectAggregation && { selectAggregation: exporter.selectAggregation.bind(exporter) }),
    ...(exporter.selectAggregationTemporality && {
      selectAggregationTemporality: exporter.selectAggregationTemporality.bind(exporter),
    }),
  };
}

interface Counting {
  /** Runs an export of `points` data points, counts it and logs failures. Never rejects. */
  readonly counted: (points: number, exporting: () => Promise<void>) => Promise<void>;
  readonly end: () => void;
}

function counting({ name, type, meter }: CountedExporterOptions): Counting {
  const failures = new FailureLog(`exporter "${name}"`, "exports", "the application continues");
  let inflight = 0;
  const figures = new ExporterMetrics(meter, { type, name }, () => inflight);
  const counted: Counting["counted"] = async (points, exporting) => {
    const begin = performance.now();
    inflight += points;
    figures.begin();
    const error = await exporting().then(
      () => undefined,
      (reason: Error) => reason,
    );
    inflight -= points;
    const errorType = error?.name;
    figures.ended(points, errorType);
    figures.took((performance.now() - begin) / 1_000, { errorType });
    if (error === undefined) failures.succeeded();
    else failures.failed(error.message);
  };
  return { counted, end: () => figures.end() };
}

function dataPointCount(metrics: ResourceMetrics): number {
  let count = 0;
  for (const scope of metrics.scopeMetrics) {
    for (const metric of scope.metrics) count += metric.dataPoints.length;
  }
  return count;
}
