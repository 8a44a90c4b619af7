// The way of a collection: encoded, queued, delivered.
import type { ExportResult } from "@opentelemetry/core";
import { ExportResultCode } from "../../engine/sdk-values.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import { Turns } from "../../engine/collection/turns.ts";
import type { PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import type { CollectionSink, LastDelivery } from "../collection-exporter.ts";
import { MemoryQueue } from "../../io/outbox/memory-queue.ts";
import { type OutboxOptions, outboxSettings } from "../../io/outbox/options.ts";
import { Outbox } from "../../io/outbox/index.ts";
import type { NewRecord, QueueSize, RecordQueue } from "../../io/outbox/record-queue.ts";
import { settledPart } from "../settled-part.ts";
import type { Send } from "./attempt.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Delivery } from "./delivery.ts";
import { DeliveryReport, type DeliveryReportOptions } from "./delivery-report.ts";
import { OtlpEncoder } from "./encode/index.ts";
import { beginLastDelivery } from "./last-delivery.ts";
import type { UpstreamOtlpOptions } from "./upstream.ts";
import { pack, packSync } from "./packed.ts";

/** Where collections go. */
export interface QueuedExporterOptions extends DeliveryReportOptions {
  /** Where they wait on disk; without it they wait in memory. */
  readonly outbox?: OutboxOptions | undefined;
  readonly send: Send;
  /** Where another thread sends to in the place of `send`; none where it cannot. */
  readonly remoteTarget?: UpstreamOtlpOptions | undefined;
  /** Ends what sends. */
  readonly close: () => Promise<void> | void;
  /** Of a flush. */
  readonly timeoutMillis: number;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

const CATCH_UP = 20;
// At the end of the process, of one more attempt where those before it failed.
const LAST_TRY_MILLIS = 1_000;
// A receiver that does not answer is not waited for longer at the end, if nothing else was configured.
const LAST_FLUSH_MILLIS = 5_000;

/** Takes collections, acknowledges them once they are queued, and delivers them in order. */
export class QueuedExporter implements PushMetricExporter, CollectionSink {
  /** Rejects where the outbox's directory cannot be used; collections then wait in memory. Handled already. */
  readonly ready: Promise<void>;
  readonly #encoder = new OtlpEncoder();
  readonly #turns = new Turns();
  readonly #queue: RecordQueue;
  // The queue is one of these: what is in memory is lost with the process.
  readonly #memory: MemoryQueue | undefined;
  readonly #outbox: Outbox | undefined;
  // Handed to the queue, by whichever way was first.
  readonly #queued = new WeakSet<Collection>();
  readonly #name: string;
  readonly #remoteTarget: QueuedExporterOptions["remoteTarget"];
  readonly #report: DeliveryReport;
  readonly #timeoutMillis: number;
  readonly #delivery: Promise<Delivery>;
  readonly #close: QueuedExporterOptions["close"];
  readonly #clock: Clock;
  #ended: Promise<void> | undefined;

  /** @throws OutboxOptionsError with everything that is wrong with the outbox's options. */
  constructor(options: QueuedExporterOptions) {
    const { outbox, send, timeoutMillis, clock = systemClock, random = Math.random } = options;
    const settings = outbox && outboxSettings(outbox);
    this.#report = new DeliveryReport(options);
    this.#timeoutMillis = timeoutMillis;
    this.#close = options.close;
    this.#clock = clock;
    this.#name = options.name;
    this.#remoteTarget = options.remoteTarget;
    if (outbox === undefined) {
      this.#queue = this.#memory = new MemoryQueue({}, this.#report);
      this.ready = Promise.resolve();
    } else {
      this.#queue = this.#outbox = new Outbox(outbox, this.#report);
      this.ready = this.#outbox.ready;
    }
    // The outbox has logged what it cannot do, and works in memory meanwhile.
    const opened = this.ready.catch(() => {});
    this.#delivery = opened.then(() => {
      try {
        this.#report.opened(this.#queue);
      } catch {
        // The application's meter provider threw: delivery does without figures.
      }
      return new Delivery({
        queue: this.#queue,
        send,
        catchUp: settings?.catchUp ?? CATCH_UP,
        clock,
        random,
        observer: this.#report,
      });
    });
  }

  /** What is acknowledged and not delivered. */
  get waiting(): QueueSize {
    return this.#queue.size;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.exportCollection(collectionFromMetrics(metrics)).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: Error) => resultCallback({ code: ExportResultCode.FAILED, error }),
    );
  }

  /** Resolves once the collection is acknowledged: on disk where there is an outbox, else in memory. */
  async exportCollection(collection: Collection): Promise<void> {
    // The encoder works in slices, on one collection at a time.
    await this.#turns.take(async () => {
      const delivery = await this.#delivery;
      // Not the collection's own time, which another provider makes: a record's age is how long it has waited.
      const timeUnixMillis = this.#clock.unixMillis();
      const records: NewRecord[] = [];
      for (const { body, points } of await this.#encoder.encode(settledPart(collection))) {
        records.push({ body: await pack(body), points, timeUnixMillis });
      }
      // The end of the process may have come before.
      if (this.#queued.has(collection)) return;
      this.#queued.add(collection);
      await this.#queue.append(records);
      delivery.notify();
    });
  }

  /** The same at the end of a process, before it returns; nothing is sent any more. */
  exportCollectionSync(collection: Collection): void {
    const requests = this.#queued.has(collection) ? [] : this.#encoder.encodeSync(settledPart(collection));
    this.#queued.add(collection);
    const timeUnixMillis = this.#clock.unixMillis();
    // Also where there is nothing new: an outbox may be writing what was appended before, and would not get done.
    this.#queue.appendSync(
      requests.map(({ body, points }) => ({ body: packSync(body), points, timeUnixMillis })),
    );
  }

  get isDurable(): boolean {
    return this.#memory === undefined;
  }

  deliverLast(timeoutMillis: number): LastDelivery | undefined {
    const records = this.#memory?.waiting ?? [];
    const target = this.#remoteTarget;
    if (records.length === 0 || target === undefined) return undefined;
    return beginLastDelivery({ target, records, timeoutMillis }, this.#name);
  }

  /** Resolves once what was exported until now is delivered or given up, at the latest after the time-out. */
  forceFlush(): Promise<void> {
    return this.#flush(this.#timeoutMillis, (delivery, signal) => delivery.flush(signal));
  }

  /** The same at the end of the process: nothing waits for a receiver that is away. */
  async flushAtEnd(limitMillis: number): Promise<void> {
    const timeoutMillis = Math.min(limitMillis, this.#timeoutMillis);
    await this.#flush(timeoutMillis, (delivery, signal) => {
      if (this.#outbox?.isOnDisk !== true) return delivery.flush(signal, { isLast: true });
      // It may be one that hangs.
      const limits = delivery.isFailing ? [signal, AbortSignal.timeout(LAST_TRY_MILLIS)] : [signal];
      return delivery.flush(AbortSignal.any(limits), { isPatient: false });
    });
    // The disk may have recovered, and is otherwise tried again too late.
    if (this.#outbox?.isOnDisk === false) this.#outbox.appendSync([]);
  }

  /** Flushes and ends. What lies in an outbox stays there for the next start. */
  shutdown(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  async #flush(
    timeoutMillis: number,
    deliver: (delivery: Delivery, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    // Referenced, unlike all other timers: whoever awaits this may have nothing else that keeps the program running.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMillis);
    const delivered = async (): Promise<void> => {
      await this.#turns.take(async () => {});
      await deliver(await this.#delivery, limit.signal);
    };
    try {
      await Promise.race([delivered(), aborted(limit.signal)]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #end(): Promise<void> {
    await this.flushAtEnd(LAST_FLUSH_MILLIS);
    await (await this.#delivery).stop();
    this.#report.closed(this.isDurable);
    await this.#queue.close();
    await this.#close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
