// What our own exporters can do beyond upstream's interface.
import type { Collection } from "../engine/collection/collection.ts";
import type { PushMetricExporter, ResourceMetrics } from "../engine/index.ts";
import { resourceFrom } from "../engine/resource.ts";
import { ExportResultCode } from "../engine/sdk-values.ts";
import { withTimeout } from "../io/timeout.ts";

/** Takes collections as they are, and acknowledges them. */
export interface CollectionSink {
  /** Rejects where what was configured cannot be used as it was meant to be; it works on nevertheless. */
  readonly ready: Promise<void>;
  /** Resolves once the collection is acknowledged, from when on it is delivered whatever happens to the receiver. */
  exportCollection(collection: Collection): Promise<void>;
  /** The same at the end of a process, before it returns. Does nothing where the collection is acknowledged already. */
  exportCollectionSync(collection: Collection): void;
  /** Tells that the process is about to end: what is under way then takes `limitMillis` at most. */
  endBegins?(limitMillis: number): void;
  /**
   * Flushes at the end of the process: as the exporter's `forceFlush` does, but what outlives the process does not wait for
   * a receiver that is away.
   */
  flushAtEnd?(limitMillis: number): Promise<void>;
  /** Whether what is acknowledged outlives the process. */
  readonly isDurable: boolean;
  /**
   * Has another thread deliver what would be lost if the process ended now; `undefined` where nothing would, or where no
   * other thread can.
   */
  deliverLast(timeoutMillis: number): LastDelivery | undefined;
}

/** A delivery by another thread. */
export interface LastDelivery {
  /** Blocks until it is over, or until `performance.now()` is `deadline`; logs what is lost then. */
  wait(deadline: number): void;
}

/** An exporter that has such a sink. */
export interface CollectionExporter extends PushMetricExporter {
  readonly collectionSink: CollectionSink | undefined;
}

/** The sink of an exporter of ours; `undefined` where it takes upstream's form of a collection alone. */
export function collectionSinkOf(exporter: PushMetricExporter): CollectionSink | undefined {
  return isCollectionExporter(exporter) ? exporter.collectionSink : undefined;
}

function isCollectionExporter(exporter: PushMetricExporter): exporter is CollectionExporter {
  return "collectionSink" in exporter;
}

/** The same collection; without those attributes of its resource that detectors are still reading. */
export function withResolvedResource(collection: Collection): Collection {
  const { resource } = collection;
  if (resource.asyncAttributesPending !== true) return collection;
  const resolved = resource.getRawAttributes().filter(([, value]) => !(value instanceof Promise));
  return { ...collection, resource: resourceFrom(resolved, resource.schemaUrl) };
}

/** The exporter gave no answer in time. */
class ExportTimeoutError extends Error {
  override readonly name = "ExportTimeoutError";
}

/** The exporter said that it failed, and no more. */
class ExportFailedError extends Error {
  override readonly name = "ExportFailedError";
}

/** Follows the export; rejects if it fails, throws, or has not ended in time. */
export function exportInTime(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
  timeoutMillis: number,
): Promise<void> {
  const exporting = new Promise<void>((resolve, reject) => {
    try {
      exporter.export(metrics, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new ExportFailedError("no reason given"));
      });
    } catch (error) {
      reject(error instanceof Error ? error : new ExportFailedError(String(error)));
    }
  });
  return inTime(exporting, timeoutMillis);
}

/** As `work`; rejects if it has not ended in time. */
export function inTime<Result>(work: Promise<Result>, timeoutMillis: number): Promise<Result> {
  return withTimeout(work, timeoutMillis, () => {
    throw new ExportTimeoutError(`no answer within ${timeoutMillis / 1_000} s`);
  });
}
