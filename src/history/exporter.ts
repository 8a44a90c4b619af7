// Export of collections into a history.
import type { ExportResult } from "@opentelemetry/core";
import { AggregationTemporality, ExportResultCode } from "../engine/sdk-values.ts";
import type { Collection } from "../engine/collection/collection.ts";
import { Mutex } from "../io/mutex.ts";
import { inSlices } from "../io/yield.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import type { ResourceMetrics } from "../engine/index.ts";
import {
  type CollectionExporter,
  type CollectionSink,
  withResolvedResource,
} from "../readers/collection-exporter.ts";
import { CollectionEncoder } from "./collection-encoder.ts";
import type { HistoryStore } from "./history-store.ts";
import { BRIDGE_SCOPE } from "./store/stored.ts";
import { HistoryStoreError } from "./thread/message.ts";

/**
 * Stores collections. An export succeeds once it is committed. After a failure all series are described again.
 *
 * @internal
 */
export class HistoryExporter implements CollectionExporter, CollectionSink {
  readonly isDurable = true;
  readonly ready: Promise<void>;
  readonly #history: HistoryStore;
  readonly #encoder = new CollectionEncoder((scope) => scope === BRIDGE_SCOPE);
  #storing: Promise<void> = Promise.resolve();
  #isRefused = false;
  #isShutDown = false;
  // The encoder works in steps, on one collection at a time.
  readonly #mutex = new Mutex();
  #encoding: Collection | undefined;
  // Earlier ones are not stored any more, because their series are valid until the next collection.
  #newest: Collection | undefined;
  // The last collection passed to the thread, which works in order.
  #sent: Collection | undefined;

  constructor(history: HistoryStore) {
    this.#history = history;
    this.ready = history.ready();
    // The error is logged at start.
    this.ready.catch(() => {
      this.#isRefused = true;
    });
  }

  /** The exporter itself, which also takes collections in the engine's form. */
  get collectionSink(): CollectionSink {
    return this;
  }

  /** Returns cumulative temporality. */
  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  /** Stores metrics, and calls `done` with success or the error. */
  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    this.exportCollection(collectionFromMetrics(metrics)).then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: Error) => done({ code: ExportResultCode.FAILED, error }),
    );
  }

  async exportCollection(collection: Collection): Promise<void> {
    if (this.#isShutDown) throw new HistoryStoreError("the exporter was shut down before this export");
    this.#newest = collection;
    const storing = this.#mutex.run(() => this.#store(collection));
    this.#storing = storing.catch(() => {});
    await storing;
  }

  exportCollectionSync(collection: Collection): void {
    if (collection === this.#sent) return;
    this.#newest = collection;
    this.#sent = collection;
    // The descriptions of the interrupted encoding were not sent.
    if (this.#encoding !== undefined) this.#encoder.restart();
    const encoded = this.#encoder.encode(withResolvedResource(collection));
    if (encoded !== undefined && !this.#history.appendLast({ collection: encoded })) this.#encoder.restart();
  }

  deliverLast(): undefined {
    return undefined;
  }

  async forceFlush(): Promise<void> {
    await this.#storing;
  }

  /** Waits for the last export and ends; further exports fail. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.#storing;
  }

  // Retried once, because the thread may have died or forgotten an absent series.
  async #store(collection: Collection): Promise<void> {
    if (collection !== this.#newest)
      throw new HistoryStoreError("the collection was replaced by a later one before it could be stored");
    try {
      await this.#append(collection);
    } catch (error) {
      if (collection !== this.#newest) throw error;
      await this.#append(collection);
    }
  }

  async #append(collection: Collection): Promise<void> {
    if (this.#isRefused)
      throw new HistoryStoreError("the store could not be opened; see the error logged at start");
    this.#encoding = collection;
    const before = this.#sent;
    const encoded = await inSlices(this.#encoder.encodeSteps(withResolvedResource(collection))).finally(
      () => {
        this.#encoding = undefined;
      },
    );
    if (encoded === undefined) return;
    // This collection or a later one was stored meanwhile, as if at the end of the process.
    if (this.#sent !== before) return this.#encoder.restart();
    this.#sent = collection;
    try {
      await this.#history.appendCollection(encoded);
    } catch (error) {
      this.#sent = undefined;
      this.#encoder.restart();
      throw error;
    }
  }
}
