import { diag } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import { ExportResultCode } from "../../engine/sdk-values.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import { Mutex } from "../../io/mutex.ts";
import { withTimeout } from "../../io/timeout.ts";
import type { PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import { type CollectionSink, type LastDelivery, withResolvedResource } from "../collection-exporter.ts";
import {
  MemoryQueue,
  type NewRecord,
  type QueueSize,
  type RecordQueue,
} from "../../io/outbox/record-queue.ts";
import type { OutboxSettings } from "../../options/outbox.ts";
import { Outbox } from "../../io/outbox/index.ts";
import { type Send, pack, packSync } from "./attempt.ts";
import { type Clock, Delivery, systemClock } from "./delivery.ts";
import { DeliveryReport, type DeliveryReportOptions } from "./delivery-report.ts";
import type { CollectionEncoder, EncodedRequest } from "./encoder.ts";
import { beginLastDelivery, type LastWork } from "./last-delivery.ts";

export interface QueuedExporterOptions extends DeliveryReportOptions {
  /** Settings of the outbox on disk; if undefined, records wait in memory. */
  readonly outbox?: OutboxSettings | undefined;
  readonly encoder: CollectionEncoder;
  readonly send: Send;
  /** Whether a record replaces all older ones, so that these are not sent. @defaultValue false */
  readonly sendsLatestOnly?: boolean | undefined;
  /** The work of a thread that sends records instead of `send`, if supported. */
  readonly lastWork?: ((records: readonly NewRecord[], timeoutMillis: number) => LastWork) | undefined;
  readonly close: () => Promise<void> | void;
  /** Time-out of a request, and of a flush that is not at the end of the process. */
  readonly timeoutMillis: number;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

const CATCH_UP = 20;
// Time-out of the last attempt of a process, if the previous ones failed.
const LAST_TRY_MILLIS = 1_000;
// Time-out of the flush at shutdown.
const LAST_FLUSH_MILLIS = 5_000;

/** Queues collections, acknowledges them once queued, and delivers them in order. */
export class QueuedExporter implements PushMetricExporter, CollectionSink {
  /**
   * Rejects if the outbox's directory cannot be used; collections then wait in memory. An ignored rejection is not
   * reported as unhandled.
   */
  readonly ready: Promise<void>;
  readonly #encoder: CollectionEncoder;
  readonly #mutex = new Mutex();
  readonly #queue: RecordQueue;
  // Set if the queue is in memory, which is lost with the process.
  readonly #memory: MemoryQueue | undefined;
  readonly #outbox: Outbox | undefined;
  // Collections queued by `exportCollection` or `exportCollectionSync`, whichever came first.
  readonly #queued = new WeakSet<Collection>();
  readonly #options: QueuedExporterOptions;
  readonly #report: DeliveryReport;
  readonly #delivery: Promise<Delivery>;
  readonly #clock: Clock;
  #ended: Promise<void> | undefined;
  // Another exporter has the same destination from now on.
  #hasSuccessor = false;
  // It delivers what this one has not.
  #isContinued = false;

  constructor(options: QueuedExporterOptions) {
    const { outbox, send, sendsLatestOnly, clock = systemClock, random = Math.random } = options;
    this.#encoder = options.encoder;
    this.#report = new DeliveryReport(options);
    this.#options = options;
    this.#clock = clock;
    if (outbox === undefined) {
      this.#queue = this.#memory = new MemoryQueue(this.#report);
      this.ready = Promise.resolve();
    } else {
      this.#queue = this.#outbox = new Outbox(outbox, this.#report);
      this.ready = this.#outbox.ready;
    }
    // The outbox has logged its failure, and works in memory meanwhile.
    const opened = this.ready.catch(() => {});
    this.#delivery = opened.then(() => {
      try {
        this.#report.opened(this.#queue);
      } catch {
        // The application's meter provider threw: continue without metrics.
      }
      return new Delivery({
        queue: this.#queue,
        send,
        sendsLatestOnly,
        catchUp: sendsLatestOnly === true ? Infinity : (outbox?.catchUp ?? CATCH_UP),
        clock,
        random,
        observer: this.#report,
      });
    });
  }

  /** Size of the acknowledged, undelivered records. */
  get waiting(): QueueSize {
    return this.#queue.size;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.exportCollection(collectionFromMetrics(metrics)).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: Error) => resultCallback({ code: ExportResultCode.FAILED, error }),
    );
  }

  /** Resolves once the collection is acknowledged: on disk with an outbox, otherwise in memory. */
  async exportCollection(collection: Collection): Promise<void> {
    if (this.#ended !== undefined) throw new Error(`${this.#options.name}: shut down before this export`);
    // The encoder works in slices, on one collection at a time.
    await this.#mutex.run(async () => {
      const delivery = await this.#delivery;
      const records = await this.#packed(await this.#encoder.encode(withResolvedResource(collection)));
      // The end of the process may have queued it already.
      if (this.#queued.has(collection)) return;
      this.#queued.add(collection);
      await this.#queue.append(records);
      delivery.notify();
    });
  }

  async #packed(requests: readonly EncodedRequest[]): Promise<readonly NewRecord[]> {
    // Not the time of the collection, which another provider may set: the age of a record is its waiting time.
    const timeUnixMillis = this.#clock.unixMillis();
    const records: NewRecord[] = [];
    for (const { body, points } of requests) records.push({ body: await pack(body), points, timeUnixMillis });
    return records;
  }

  /** Synchronous form, for the end of a process; nothing is sent afterwards. */
  exportCollectionSync(collection: Collection): void {
    const requests = this.#queued.has(collection)
      ? []
      : this.#encoder.encodeSync(withResolvedResource(collection));
    this.#queued.add(collection);
    // Called even without new records: an outbox may still be writing earlier ones.
    this.#appendSync(requests);
  }

  #appendSync(requests: readonly EncodedRequest[]): void {
    const timeUnixMillis = this.#clock.unixMillis();
    this.#queue.appendSync(
      requests.map(({ body, points }) => ({ body: packSync(body), points, timeUnixMillis })),
    );
  }

  get isDurable(): boolean {
    return this.#memory === undefined;
  }

  deliverLast(timeoutMillis: number): LastDelivery | undefined {
    const last = this.#lastRequests();
    if (last.length > 0) this.#appendSync(last);
    const { lastWork, name, sendsLatestOnly } = this.#options;
    const records = (this.#memory?.waiting ?? []).slice(sendsLatestOnly === true ? -1 : 0);
    if (records.length === 0 || lastWork === undefined) return undefined;
    const points = records.reduce((sum, record) => sum + record.points, 0);
    return beginLastDelivery(lastWork(records, timeoutMillis), points, timeoutMillis, name);
  }

  /** Resolves once all earlier exports are delivered or dropped, or after the time-out. */
  forceFlush(): Promise<void> {
    return this.#flush(this.#options.timeoutMillis, (delivery, signal) => delivery.flush(signal));
  }

  /** Flushes at the end of the process; does not wait for an unreachable backend. */
  async flushAtEnd(limitMillis: number): Promise<void> {
    await this.#flush(limitMillis, async (delivery, signal) => {
      await this.#queueEnd();
      if (this.#outbox?.isOnDisk !== true) return delivery.flush(signal, { isLast: true });
      // The backend may hang.
      const limits = delivery.isFailing ? [signal, AbortSignal.timeout(LAST_TRY_MILLIS)] : [signal];
      return delivery.flush(AbortSignal.any(limits), { waitsForRetries: false });
    });
    // The disk may have recovered. Not by `appendSync`: its records would be in another folder, and be sent after later ones.
    if (this.#outbox?.isOnDisk === false) await this.#outbox.retry();
  }

  async #queueEnd(): Promise<void> {
    await this.#mutex.run(async () => {
      const last = await this.#packed(this.#lastRequests());
      if (last.length > 0) await this.#queue.append(last);
    });
  }

  // The end would delete what the successor sends.
  #lastRequests(): readonly EncodedRequest[] {
    return this.#hasSuccessor ? [] : (this.#encoder.endSync?.() ?? []);
  }

  continueFrom(former: CollectionSink, ending: Promise<void>): void {
    if (!(former instanceof QueuedExporter)) return;
    if (former.#encoder.constructor !== this.#encoder.constructor) return;
    if (former.#options.name === this.#options.name) former.#hasSuccessor = true;
    // A group of a Pushgateway has the metrics of its own exporter only.
    else if (this.#options.sendsLatestOnly === true) return;
    // Records on disk stay in their directory. The former exporter delivers them, or its next process.
    if (former.#outbox !== undefined && former.#outbox.directory !== this.#outbox?.directory) return;
    former.#isContinued = true;
    // Later collections wait, which keeps the order.
    const continued = this.#mutex.run(async () => {
      const delivery = await this.#delivery;
      await ending;
      await this.#queue.append(former.#memory?.waiting ?? []);
      this.#outbox?.tidySoon();
      delivery.notify();
    });
    continued.catch((error: unknown) => diag.error(`${this.#options.name}: former data is lost`, error));
  }

  /** Flushes and ends. Undelivered data stays in the outbox for the next start. */
  shutdown(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  async #flush(
    timeoutMillis: number,
    deliver: (delivery: Delivery, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const limit = new AbortController();
    const delivered = async (): Promise<void> => {
      await this.#mutex.run(async () => {});
      await deliver(await this.#delivery, limit.signal);
    };
    // Keeps the process running; nothing else might.
    await withTimeout(delivered(), timeoutMillis, () => limit.abort(), { keepsAlive: true });
  }

  async #end(): Promise<void> {
    const isContinued = this.#isContinued;
    // The backend may have accepted the record of an attempt that is under way.
    if (isContinued) await this.#mutex.run(async () => (await this.#delivery).finish());
    else {
      await this.flushAtEnd(LAST_FLUSH_MILLIS);
      await (await this.#delivery).stop();
    }
    this.#report.closed(isContinued || this.isDurable);
    await this.#queue.close();
    await this.#options.close();
  }
}
