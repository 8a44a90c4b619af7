// Incoming webhooks of Slack, and of compatible services such as Mattermost, Rocket.Chat and Discord's /slack endpoint.
import { isFiring, type Notification, statusOf } from "../notification.ts";
import type { SlackSettings } from "../settings.ts";
import { cut, paragraphOf, titleOf } from "./alert-text.ts";
import { HttpPost, postReceiver } from "./http-post.ts";
import type { ExternalUrl, Receiver } from "./receiver.ts";
import type { Alert } from "../../alert.ts";

const MAX_TEXT = 3_000;
const MAX_TITLE = 150;
const MAX_ATTACHMENTS = 20;
const FIRING_COLOR = "#a30200";
const RESOLVED_COLOR = "#2eb886";

/** Posts one message for each notification, with an attachment for each alert. */
export function slackReceiver(name: string, { url }: SlackSettings, externalUrl: ExternalUrl): Receiver {
  return postReceiver({ name, takes: "groups" }, new HttpPost(url, {}), (notification) => [
    { body: JSON.stringify(messageOf(notification, externalUrl())) },
  ]);
}

function messageOf(notification: Notification, link: string | undefined): object {
  const { alerts } = notification;
  const shown = alerts.slice(0, MAX_ATTACHMENTS);
  const rest = alerts.length - shown.length;
  return {
    text: slackText(titleOf(notification), MAX_TEXT),
    attachments: [
      ...shown.map((alert) => ({
        ...attachmentOf(alert, alerts),
        ...(link !== undefined && { title_link: link }),
      })),
      ...(rest > 0
        ? [{ color: colorOf(statusOf(notification) === "firing"), text: `${rest} more alerts` }]
        : []),
    ],
    // No names are looked up in the text.
    parse: "none",
    link_names: false,
  };
}

function attachmentOf(alert: Alert, alerts: readonly Alert[]): object {
  const title = slackText(`${isFiring(alert) ? "Firing" : "Resolved"}: ${alert.name}`, MAX_TITLE);
  return {
    color: colorOf(isFiring(alert)),
    title,
    fallback: title,
    text: slackText(paragraphOf(alert, alerts), MAX_TEXT),
    ts: Math.floor((isFiring(alert) ? alert.firedAt : alert.resolvedAt) ?? alert.activeAt),
  };
}

function colorOf(firing: boolean): string {
  return firing ? FIRING_COLOR : RESOLVED_COLOR;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * Escapes text for Slack, with at most `max` characters: no link, no mention. A zero-width space after an @ keeps other
 * services from reading a mention.
 */
export function slackText(text: string, max: number): string {
  const escape = (plain: string): string =>
    plain
      .replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character)
      .replaceAll(/@(?=\S)/g, "@\u200b");
  let kept = cut(text, max);
  // Each step leaves out as much as the escaped text is too long by, at least.
  for (let escaped = escape(kept); ; escaped = escape(kept)) {
    const excess = escaped.length - max;
    if (excess <= 0) return escaped;
    kept = cut(kept, kept.length - Math.max(Math.ceil(excess / 5), 1));
  }
}
