// The Events API of PagerDuty, version 2.
import { shownLines, shownText } from "../../../diagnostics/foreign-text.ts";
import type { Alert } from "../../alert.ts";
import { fingerprintOf } from "../identity.ts";
import { isFiring, isoTime } from "../notification.ts";
import type { PagerDutySettings } from "../settings.ts";
import { causeText, cut, summaryOf } from "./alert-text.ts";
import type { ExternalUrl, Receiver } from "./receiver.ts";
import { HttpPost, postReceiver } from "./http-post.ts";

const MAX_SUMMARY = 1_024;
const MAX_FIELD = 1_024;
const MAX_DETAIL = 8_192;
const MAX_DETAILS = 50;
const SEVERITIES: ReadonlyMap<string, string> = new Map([
  ["critical", "critical"],
  ["page", "critical"],
  ["fatal", "critical"],
  ["error", "error"],
  ["high", "error"],
  ["warning", "warning"],
  ["warn", "warning"],
  ["info", "info"],
  ["none", "info"],
]);

/** Sends an event for each alert: `trigger` if it fires, `resolve` with the same key if it is resolved. */
export function pagerDutyReceiver(
  name: string,
  { url, routingKey }: PagerDutySettings,
  externalUrl: ExternalUrl,
): Receiver {
  return postReceiver({ name, takes: "alerts" }, new HttpPost(url, {}, [routingKey]), ({ alerts }) =>
    alerts.map((alert) => ({ body: JSON.stringify(eventOf(alert, routingKey, externalUrl())) })),
  );
}

function eventOf(alert: Alert, routingKey: string, externalUrl: string | undefined): object {
  const event = { routing_key: routingKey, dedup_key: fingerprintOf(alert.labels) };
  if (!isFiring(alert)) return { ...event, event_action: "resolve" };
  return {
    ...event,
    event_action: "trigger",
    client: "Tachymeter",
    ...(externalUrl !== undefined && { client_url: externalUrl }),
    payload: {
      summary: firstRunes(shownText(`${summaryOf(alert) || alert.name}${causeText(alert)}`), MAX_SUMMARY),
      source: cut(shownText(alert.labels["instance"] || alert.labels["job"] || alert.name), MAX_FIELD),
      severity: SEVERITIES.get(alert.labels["severity"]?.toLowerCase() ?? "") ?? "error",
      timestamp: isoTime(alert.firedAt ?? alert.activeAt),
      class: cut(shownText(alert.name), MAX_FIELD),
      custom_details: {
        ...details(alert.labels),
        ...details(alert.annotations),
        value: String(alert.value),
      },
    },
  };
}

// All together below the 512,000 bytes of an event.
function details(texts: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(texts).slice(0, MAX_DETAILS);
  const max = Math.min(MAX_DETAIL, Math.floor(60_000 / Math.max(entries.length, 1)));
  return Object.fromEntries(
    entries.map(([name, value]) => [cut(shownText(name), MAX_FIELD), cut(shownLines(value), max)]),
  );
}

// PagerDuty counts code points.
function firstRunes(text: string, max: number): string {
  const runes = Array.from(text);
  return runes.length <= max ? text : `${runes.slice(0, max - 1).join("")}…`;
}
