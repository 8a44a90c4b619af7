import type { Counter, Meter } from "@opentelemetry/api";

/** Self metrics of the delivery: notifications sent, and attempts that failed or alerts that were dropped. */
export class NotificationCounters {
  readonly #sent: Counter | undefined;
  readonly #failed: Counter | undefined;

  constructor(meter: Meter | undefined) {
    this.#sent = meter?.createCounter("alerts.notifications", {
      unit: "{notification}",
      description: "Notifications that receivers accepted.",
    });
    this.#failed = meter?.createCounter("alerts.notifications.failed", {
      unit: "{notification}",
      description: "Attempts to send a notification that failed, and notifications that were dropped.",
    });
  }

  sent(receiver: string): void {
    this.#sent?.add(1, { "alert.receiver": receiver });
  }

  failed(receiver: string, count = 1): void {
    this.#failed?.add(count, { "alert.receiver": receiver });
  }
}
