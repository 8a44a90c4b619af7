// Parsed options of the delivery.
import type { Alert } from "../alert.ts";
import type { BodyTemplate } from "./receivers/body-template.ts";
import type { Route } from "./routing/group-table.ts";
import type { InhibitionRule } from "./routing/inhibition.ts";
import type { MuteTime } from "./routing/mute-time.ts";

/** Settings of one receiver. The name is unique. */
export type ReceiverSettings = { readonly name: string } & (
  | AlertmanagerSettings
  | WebhookSettings
  | SlackSettings
  | PagerDutySettings
  | EmailSettings
  | { readonly kind: "log" }
  | { readonly kind: "console" }
  | { readonly kind: "callback"; readonly callback: (alert: Alert) => unknown }
);

/** An Alertmanager; the URL is that of its API. */
export interface AlertmanagerSettings {
  readonly kind: "alertmanager";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A webhook. */
export interface WebhookSettings {
  readonly kind: "webhook";
  readonly url: string;
  /** Key of the signature. */
  readonly secret: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Returns the body, which is sent as JSON; by default that of Alertmanager. */
  readonly template: BodyTemplate | undefined;
}

/** An incoming webhook of Slack, or of a compatible service. */
export interface SlackSettings {
  readonly kind: "slack";
  readonly url: string;
}

/** The Events API of PagerDuty, version 2. */
export interface PagerDutySettings {
  readonly kind: "pagerduty";
  readonly url: string;
  readonly routingKey: string;
}

/** A mail server and the addresses. */
export interface EmailSettings {
  readonly kind: "email";
  /** URL of the server, with user and password. */
  readonly smtp: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** Parsed options of the delivery, with defaults. */
export interface DeliverySettings {
  readonly receivers: readonly ReceiverSettings[];
  readonly route: Route;
  readonly inhibit: readonly InhibitionRule[];
  readonly muteTimes: readonly MuteTime[];
  /** Seconds between two evaluations. */
  readonly intervalSeconds: number;
}
