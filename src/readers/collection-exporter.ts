// What our own exporters can do beyond upstream's interface.
import type { Collection } from "../engine/collection/collection.ts";
import type { PushMetricExporter } from "../engine/index.ts";

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
