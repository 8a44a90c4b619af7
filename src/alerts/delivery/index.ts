/** Delivery of alerts: routing, receivers, and what survives the process. */
export { type AlertEventType, AlertDelivery, type DeliveryParts } from "./delivery.ts";
export {
  DELIVERY,
  type DeliveryOptions,
  type InhibitOptions,
  type RouteOptions,
} from "./options/delivery-options.ts";
export type { MuteTimeOptions } from "./options/mute-time-options.ts";
export type {
  AlertmanagerOptions,
  EmailOptions,
  LocalReceiverOptions,
  PagerDutyOptions,
  ReceiverOptions,
  SlackOptions,
  WebhookOptions,
} from "./options/receiver-options.ts";
export { fingerprintOf } from "./identity.ts";
export type { Notification } from "./notification.ts";
export type { AlertMatchers } from "./routing/alert-matchers.ts";
export { type Silence, type SilenceOptions, Silences } from "./routing/silences.ts";
export type { DeliverySettings } from "./settings.ts";
export type { DeliveryReport } from "./test-alert.ts";
