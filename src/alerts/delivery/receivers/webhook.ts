// Webhooks with Alertmanager's JSON, version 4, or a body of the user's.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { fingerprintOf } from "../identity.ts";
import { isoTime } from "../iso-time.ts";
import { commonEntries, copyOf, isFiring, type Notification, statusOf } from "../notification.ts";
import type { WebhookSettings } from "../settings.ts";
import { HttpPost } from "./http-post.ts";
import type { Attempt, Receiver } from "./receiver.ts";
import { signatureHeaders } from "./webhook-signature.ts";

// The zero time of Go.
const NO_END = "0001-01-01T00:00:00Z";

/** Posts notifications as JSON, signed by Standard Webhooks if there is a secret. */
export class Webhook implements Receiver {
  readonly name: string;
  readonly takes = "groups";
  readonly #settings: WebhookSettings;
  readonly #post: HttpPost;
  readonly #externalUrl: string;
  readonly #unixMillis: () => number;

  /** @param unixMillis returns the current time, in milliseconds since the epoch. */
  constructor(
    name: string,
    settings: WebhookSettings,
    {
      externalUrl = "",
      unixMillis = Date.now,
    }: { readonly externalUrl?: string | undefined; readonly unixMillis?: () => number } = {},
  ) {
    this.name = name;
    this.#settings = settings;
    this.#post = new HttpPost(settings.url, settings.headers);
    this.#externalUrl = externalUrl;
    this.#unixMillis = unixMillis;
  }

  async send(notification: Notification, signal: AbortSignal): Promise<Attempt> {
    const { secret, template } = this.#settings;
    let body: string;
    try {
      const json =
        template === undefined
          ? undefined
          : await template({ ...notification, alerts: notification.alerts.map(copyOf) }, this.#externalUrl);
      body = JSON.stringify(template === undefined ? this.#json(notification) : json) ?? "";
    } catch (error) {
      return { kind: "rejected", reason: `the template failed: ${errorMessage(error)}` };
    }
    const id = `msg_${notification.id}`;
    const headers =
      secret === undefined ? {} : signatureHeaders(secret, { id, unixMillis: this.#unixMillis(), body });
    return this.#post.attempt(body, signal, headers);
  }

  close(): void {
    this.#post.close();
  }

  #json(notification: Notification): object {
    const { alerts, groupKey, groupLabels } = notification;
    const externalURL = this.#externalUrl;
    return {
      receiver: this.name,
      status: statusOf(notification),
      alerts: alerts.map((alert) => ({
        status: isFiring(alert) ? "firing" : "resolved",
        labels: alert.labels,
        annotations: alert.annotations,
        startsAt: isoTime(alert.firedAt ?? alert.activeAt),
        endsAt: alert.resolvedAt === undefined || isFiring(alert) ? NO_END : isoTime(alert.resolvedAt),
        generatorURL: externalURL,
        fingerprint: fingerprintOf(alert.labels),
      })),
      groupLabels,
      commonLabels: commonEntries(alerts.map(({ labels }) => labels)),
      commonAnnotations: commonEntries(alerts.map(({ annotations }) => annotations)),
      externalURL,
      version: "4",
      groupKey,
      truncatedAlerts: 0,
    };
  }
}
