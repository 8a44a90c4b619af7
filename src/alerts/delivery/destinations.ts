import type { DeliveryClock } from "./clock.ts";
import { Alertmanager } from "./receivers/alertmanager.ts";
import type { ExternalUrl, Receiver } from "./receivers/receiver.ts";
import type { Sender } from "./sending/sender.ts";
import type { DeliverySettings, ReceiverSettings } from "./settings.ts";
import { Email } from "./receivers/email.ts";
import { Callback, consoleReceiver, logReceiver } from "./receivers/local.ts";
import { pagerDutyReceiver } from "./receivers/pagerduty.ts";
import { slackReceiver } from "./receivers/slack.ts";
import { webhookReceiver } from "./receivers/webhook.ts";
import type { Counter, Meter } from "@opentelemetry/api";
import { LogOnce } from "../../diagnostics/log-once.ts";

/** Parts of {@link Destinations} besides their settings. */
export interface DestinationParts {
  readonly clock: DeliveryClock;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  readonly externalUrl: ExternalUrl;
  readonly counters: NotificationCounters;
  /** Receivers besides those of the settings. */
  readonly more: readonly Receiver[];
  readonly senderOf: (receiver: Receiver) => Sender;
  /** Resolves once all changes are on disk, or cannot be written now. */
  readonly saved: () => Promise<void>;
}

/** The receivers with their senders, and the Alertmanagers, which group and repeat alerts themselves. */
export class Destinations {
  readonly receivers: readonly Receiver[];
  /** By the names of the receivers. */
  readonly senders: ReadonlyMap<string, Sender>;
  readonly alertmanagers: readonly Alertmanager[];

  constructor(
    settings: DeliverySettings["receivers"],
    { clock, random, externalUrl, counters, more, senderOf, saved }: DestinationParts,
  ) {
    const receivers: Receiver[] = [];
    const alertmanagers: Alertmanager[] = [];
    for (const each of settings) {
      if (each.kind !== "alertmanager") {
        receivers.push(makeReceiver(each, externalUrl));
        continue;
      }
      const { name } = each;
      alertmanagers.push(
        new Alertmanager(name, each, {
          clock,
          random,
          externalUrl,
          saved,
          concluded: (outcome, count) => counters.count(name, outcome, count),
        }),
      );
    }
    this.receivers = [...receivers, ...more];
    this.senders = new Map(this.receivers.map((receiver) => [receiver.name, senderOf(receiver)]));
    this.alertmanagers = alertmanagers;
  }

  /** Tries to send all that waits once more now. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all([...this.senders.values(), ...this.alertmanagers].map((each) => each.flush()));
  }

  /** Ends running requests and all timers. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.senders.values(), ...this.alertmanagers].map((each) => each.close()));
  }
}

/** Settings of receivers that take grouped notifications; Alertmanager groups itself. */
type GroupedSettings = Exclude<ReceiverSettings, { readonly kind: "alertmanager" }>;

/** Makes a receiver; opens no connection. */
function makeReceiver(settings: GroupedSettings, externalUrl: ExternalUrl): Receiver {
  const { name } = settings;
  switch (settings.kind) {
    case "webhook":
      return webhookReceiver(name, settings, externalUrl);
    case "slack":
      return slackReceiver(name, settings);
    case "pagerduty":
      return pagerDutyReceiver(name, settings, externalUrl);
    case "email":
      return new Email(name, settings);
    case "log":
      return logReceiver(name);
    case "console":
      return consoleReceiver(name);
    case "callback":
      return new Callback(name, settings.callback);
    default:
      return settings satisfies never;
  }
}

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
