// Capabilities of our own exporters beyond upstream's interface.
import type { Collection } from "../engine/collection/collection.ts";
import type { PushMetricExporter, ResourceMetrics } from "../engine/index.ts";
import { resourceFrom } from "../engine/resource.ts";
import { ExportResultCode } from "../engine/sdk-values.ts";
import { withTimeout } from "../io/timeout.ts";
import { allSteps } from "../io/yield.ts";

/** Takes collections in the engine's form, and acknowledges them. */
export interface CollectionSink {
  /** Rejects if the configured storage cannot be used; the sink then works without it. */
  readonly ready: Promise<void>;
  /** Resolves once the collection is acknowledged. From then on it is delivered, however often the backend fails. */
  exportCollection(collection: Collection): Promise<void>;
  /** Synchronous form, for the end of a process. Does nothing if the collection is already acknowledged. */
  exportCollectionSync(collection: Collection): void;
  /** Announces the end of the process: exports already running then take at most `limitMillis`. */
  endBegins?(limitMillis: number): void;
  /**
   * Flushes at the end of the process. Unlike the exporter's `forceFlush`, durable data does not wait for an unreachable
   * backend.
   */
  flushAtEnd?(limitMillis: number): Promise<void>;
  /**
   * Delivers what `former` has not delivered at its end, if both deliver the same records. `ending` resolves then, and
   * never rejects.
   */
  continueFrom?(former: CollectionSink, ending: Promise<void>): void;
  /** Whether acknowledged data outlives the process. */
  readonly isDurable: boolean;
  /**
   * Starts another thread that delivers the data that would be lost if the process ended now. `undefined` without such
   * data, or if no thread can be started.
   */
  deliverLast(timeoutMillis: number): LastDelivery | undefined;
}

/** A delivery by another thread. */
export interface LastDelivery {
  /** Blocks until the delivery has ended, or until `performance.now()` reaches `deadline`; logs lost data. */
  wait(deadline: number): void;
}

/** An exporter with a collection sink. */
export interface CollectionExporter extends PushMetricExporter {
  readonly collectionSink: CollectionSink | undefined;
}

/** The sink of one of our exporters; `undefined` if it takes only upstream's form of a collection. */
export function collectionSinkOf(exporter: PushMetricExporter): CollectionSink | undefined {
  return isCollectionExporter(exporter) ? exporter.collectionSink : undefined;
}

function isCollectionExporter(exporter: PushMetricExporter): exporter is CollectionExporter {
  return "collectionSink" in exporter;
}

/** The same collection without the resource attributes that detectors are still reading. */
export function withResolvedResource(collection: Collection): Collection {
  const { resource } = collection;
  if (resource.asyncAttributesPending !== true) return collection;
  const resolved = resource.getRawAttributes().filter(([, value]) => !(value instanceof Promise));
  return { ...collection, resource: resourceFrom(resolved, resource.schemaUrl) };
}

/** Number of series in a collection. */
export function seriesCount(collection: Collection): number {
  return allSteps(countSteps(collection));
}

// Rows visited per step: some tens of microseconds for exponential histograms.
const STEP = 64;

/** Counts the series of a collection in steps. */
export function* countSteps({ metrics }: Collection): Generator<void, number> {
  let count = 0;
  const series = (): void => void count++;
  for (const metric of metrics)
    for (let from = 0; from < metric.series.length; from += STEP) {
      metric.series.visit(from, from + STEP, { series });
      yield;
    }
  return count;
}

/** Exports; rejects if the export fails, throws or times out. */
export function exportInTime(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
  timeoutMillis: number,
): Promise<void> {
  const exporting = new Promise<void>((resolve, reject) => {
    try {
      exporter.export(metrics, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new Error("no reason given"));
      });
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  return inTime(exporting, timeoutMillis);
}

/** Resolves as `work` does; rejects if it times out. */
export function inTime<Result>(work: Promise<Result>, timeoutMillis: number): Promise<Result> {
  return withTimeout(work, timeoutMillis, () => {
    throw new Error(`no response within ${timeoutMillis / 1_000} s`);
  });
}
