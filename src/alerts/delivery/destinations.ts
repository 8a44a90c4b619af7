import type { DeliveryClock } from "./clock.ts";
import type { NotificationCounters } from "./counters.ts";
import { Alertmanager } from "./receivers/alertmanager.ts";
import type { ExternalUrl } from "./receivers/external-url.ts";
import { makeReceiver } from "./receivers/make-receiver.ts";
import type { Receiver } from "./receivers/receiver.ts";
import type { Sender } from "./sending/sender.ts";
import type { DeliverySettings } from "./settings.ts";

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
