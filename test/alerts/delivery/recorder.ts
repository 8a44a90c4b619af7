import type { Notification } from "../../../src/alerts/delivery/notification.ts";
import type { SendResult, Receiver } from "../../../src/alerts/delivery/receivers/receiver.ts";

const DELIVERED: SendResult = { kind: "delivered" };

/** A receiver that records what it accepts. */
export class Recorder implements Receiver {
  readonly name: string;
  readonly takes: "groups" | "alerts";
  /** Outcome of the next attempts. */
  outcome: SendResult | "hangs" | "lost" = DELIVERED;
  readonly accepted: Notification[] = [];
  attempts = 0;

  constructor(name = "recorder", takes: "groups" | "alerts" = "groups") {
    this.name = name;
    this.takes = takes;
  }

  /** The alerts of the accepted notifications, such as `["A firing, B resolved"]`. */
  get texts(): string[] {
    return this.accepted.map(({ alerts }) =>
      alerts
        .map(({ name, state, labels }) => `${name}${labels["instance"] ?? ""} ${state}`)
        .toSorted()
        .join(", "),
    );
  }

  async send(notification: Notification): Promise<SendResult> {
    this.attempts++;
    if (this.outcome === "hangs") return new Promise(() => {});
    // The answer of a notification that was accepted is lost.
    if (this.outcome === "lost" || this.outcome.kind === "delivered") this.accepted.push(notification);
    return this.outcome === "lost" ? { kind: "failed", reason: "reset" } : this.outcome;
  }

  close(): void {}
}
