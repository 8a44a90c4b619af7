import type { Counter, Meter } from "@opentelemetry/api";
import { LogOnce } from "../../diagnostics/log-once.ts";

/** Self metrics of the delivery: notifications sent, and attempts that failed or alerts that were dropped. */
export class NotificationCounters {
  readonly #sent: Counter | undefined;
  readonly #failed: Counter | undefined;
  readonly #once = new LogOnce();

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

  /** Counts a notification, or several. Never throws, though the meter belongs to the application. */
  count(receiver: string, outcome: "delivered" | "failed" | "dropped", count = 1): void {
    try {
      const counter = outcome === "delivered" ? this.#sent : this.#failed;
      counter?.add(count, { "alert.receiver": receiver });
    } catch (error) {
      this.#once.error("meter", () => "alerts: notifications cannot be counted", error);
    }
  }
}
