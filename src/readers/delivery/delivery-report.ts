// Self metrics of a delivery, and log messages at most once a minute.
import { diag, type Meter } from "@opentelemetry/api";
import {
  type ExporterComponent,
  ExporterMetrics,
  FailureLog,
  type DropReason,
  OutboxMetrics,
} from "../exporter-metrics.ts";
import type {
  QueueDropReason,
  QueueEvents,
  RecordQueue,
  StoredRecord,
} from "../../io/outbox/record-queue.ts";
import { RateLimit } from "../../diagnostics/rate-limit.ts";
import type { Delivered, Failed, Rejected, Superseded } from "./attempt.ts";
import type { DeliveryObserver } from "./delivery.ts";

export interface DeliveryReportOptions {
  /** Name of the sender and the backend in logs; contains no secrets. */
  readonly name: string;
  readonly component: ExporterComponent;
  readonly meter: () => Meter | undefined;
}

export class DeliveryReport implements DeliveryObserver, QueueEvents {
  readonly #name: string;
  readonly #meter: () => Meter | undefined;
  readonly #metrics: ExporterMetrics;
  readonly #failures: FailureLog;
  readonly #logs = {
    said: new RateLimit(),
    dropped: new RateLimit(),
  };
  /** Data points that the backend has accepted. */
  delivered = 0;
  /** Data points that the backend has rejected permanently. */
  rejected = 0;
  #queue: RecordQueue | undefined;
  #hide: (() => void) | undefined;

  constructor({ name, component, meter }: DeliveryReportOptions) {
    this.#name = name;
    this.#meter = meter;
    this.#failures = new FailureLog(name, "attempts", "collected data waits");
    this.#metrics = new ExporterMetrics(meter, component, () => this.#queue?.size.points ?? 0);
  }

  opened(queue: RecordQueue): void {
    this.#queue = queue;
    this.#metrics.begin();
    this.#outbox();
  }

  closed(isDurable: boolean): void {
    this.#hide?.();
    this.#metrics.end();
    const points = this.#queue?.size.points ?? 0;
    if (points > 0 && !isDurable) {
      diag.warn(`${this.#name}: ended with ${points} data points that were not delivered; they are lost`);
    }
  }

  failed({ message }: Failed): void {
    this.#failures.failed(message);
  }

  concluded(record: StoredRecord, attempt: Delivered | Rejected | Superseded, durationSeconds: number): void {
    if (attempt.kind === "superseded") return this.#metrics.ended(record.points, attempt.kind);
    const { status } = attempt;
    if (attempt.kind === "rejected") {
      const { errorType } = attempt;
      const { message, hasOwnReason = false } = attempt;
      this.#refused(record.points, errorType, hasOwnReason ? message : rejection(message));
      this.#metrics.took(durationSeconds, { errorType, status });
      return;
    }
    this.#failures.succeeded();
    // The count of a backend may be wrong.
    const rejected = Math.min(attempt.rejectedPoints, record.points);
    this.delivered += record.points - rejected;
    this.#metrics.ended(record.points - rejected);
    if (rejected > 0) this.#refused(rejected, "rejected", rejection(attempt.message));
    else if (attempt.message !== undefined && this.#logs.said.tryAcquire()) {
      diag.warn(`${this.#name}: the backend accepted everything with a warning: ${attempt.message}`);
    }
    this.#metrics.took(durationSeconds, { status, ...(rejected > 0 && { errorType: "rejected" }) });
  }

  readonly dropped = (points: number, reason: QueueDropReason): void => {
    this.#metrics.ended(points, reason);
    this.#lost(points, reason);
    if (!this.#logs.dropped.tryAcquire()) return;
    const why = reason === "full" ? "the queue is full" : "they have expired";
    diag.error(`${this.#name}: ${points} data points dropped, because ${why}; logged at most once a minute`);
  };

  #refused(points: number, errorType: string, reason: string): void {
    this.#metrics.ended(points, errorType);
    this.rejected += points;
    this.#lost(points, "rejected");
    if (!this.#logs.dropped.tryAcquire()) return;
    diag.error(
      `${this.#name}: ${points} data points dropped, because ${reason}; logged at most once a minute`,
    );
  }

  #lost(points: number, reason: DropReason): void {
    this.#outbox()?.dropped(points, reason);
  }

  // There may be no meter yet.
  #outbox(): OutboxMetrics | undefined {
    const meter = this.#meter();
    const outbox = meter && OutboxMetrics.of(meter);
    if (this.#queue !== undefined) this.#hide ??= outbox?.show(this.#queue);
    return outbox;
  }
}

function rejection(message: string | undefined): string {
  return `the backend rejected them${message === undefined ? "" : `: ${message}`}`;
}
