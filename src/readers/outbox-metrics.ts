// What waits for delivery, and what was given up: `telemetry.outbox.*`.
import type { Counter, Meter } from "@opentelemetry/api";
import type { RecordQueue } from "../io/outbox/record-queue.ts";

/** Why data points were given up. */
export type DropReason = "full" | "expired" | "rejected";

/** Has the queues of all exporters of a meter shown as one: the bytes of all, and the longest wait. */
export class OutboxMetrics {
  readonly #queues = new Set<RecordQueue>();
  readonly #dropped: Counter;

  /** The one of this meter. */
  static of(meter: Meter): OutboxMetrics {
    let metrics = byMeter.get(meter);
    if (metrics === undefined) byMeter.set(meter, (metrics = new OutboxMetrics(meter)));
    return metrics;
  }

  private constructor(meter: Meter) {
    this.#dropped = meter.createCounter("telemetry.outbox.dropped", {
      unit: "{data_point}",
      description: "Data points that were given up: no room, too old, or rejected by the receiver for good.",
    });
    meter
      .createObservableGauge("telemetry.outbox.size", {
        unit: "By",
        description: "Bytes that wait for delivery.",
      })
      .addCallback((result) => {
        let bytes = 0;
        for (const queue of this.#queues) bytes += queue.size.bytes;
        if (this.#queues.size > 0) result.observe(bytes);
      });
    meter
      .createObservableGauge("telemetry.outbox.age", {
        unit: "s",
        description:
          "How late the newest is that the receiver has: the age of the oldest that waits, 0 if nothing does.",
      })
      .addCallback((result) => {
        const now = Date.now();
        let millis = 0;
        for (const { oldestTimeUnixMillis = now } of this.#queues) {
          millis = Math.max(millis, now - oldestTimeUnixMillis);
        }
        if (this.#queues.size > 0) result.observe(millis / 1_000);
      });
  }

  /** Shows a queue, until the returned function is called. */
  show(queue: RecordQueue): () => void {
    this.#queues.add(queue);
    return () => void this.#queues.delete(queue);
  }

  dropped(points: number, reason: DropReason): void {
    this.#dropped.add(points, { reason });
  }
}

const byMeter = new WeakMap<Meter, OutboxMetrics>();
