// Webhooks with Alertmanager's JSON, version 4, or a body of the user's.
import { fingerprintOf } from "../identity.ts";
import {
  commonEntries,
  copyOf,
  endTime,
  isFiring,
  isoTime,
  type Notification,
  statusOf,
} from "../notification.ts";
import type { WebhookSettings } from "../settings.ts";
import { type ExternalUrl, type Receiver, settled } from "./receiver.ts";
import { HttpPost, postReceiver } from "./http-post.ts";
import { createHmac } from "node:crypto";

/** Posts notifications as JSON, signed by Standard Webhooks if there is a secret. */
export function webhookReceiver(
  name: string,
  { url, headers, secret, template }: WebhookSettings,
  externalUrl: ExternalUrl,
): Receiver {
  return postReceiver({ name, takes: "groups" }, new HttpPost(url, headers), async (notification) => {
    const link = externalUrl() ?? "";
    const copy = { ...notification, alerts: notification.alerts.map(copyOf) };
    const json =
      template === undefined
        ? documentOf(name, notification, link)
        : await settled(() => template(copy, link, name));
    const body = JSON.stringify(json) ?? "";
    if (secret === undefined) return [{ body }];
    const id = `msg_${notification.id}`;
    return [{ body, headers: signatureHeaders(secret, { id, unixMillis: Date.now(), body }) }];
  });
}

function documentOf(receiver: string, notification: Notification, externalURL: string): object {
  const { alerts, groupKey, groupLabels } = notification;
  return {
    receiver,
    status: statusOf(notification),
    alerts: alerts.map((alert) => ({
      status: isFiring(alert) ? "firing" : "resolved",
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: isoTime(alert.firedAt ?? alert.activeAt),
      endsAt: endTime(alert),
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

const PREFIX = "whsec_";
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** The key of a secret in base64, with or without the prefix `whsec_`; `undefined` if it has not 24 to 64 bytes. */
export function keyOfSecret(secret: string): Uint8Array | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, "base64");
  return key.byteLength >= MIN_BYTES && key.byteLength <= MAX_BYTES ? key : undefined;
}

/** Headers with the signature of a message. The id stays the same for all attempts; the time is that of the attempt. */
function signatureHeaders(
  key: Uint8Array,
  { id, unixMillis, body }: { readonly id: string; readonly unixMillis: number; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(unixMillis / 1_000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
