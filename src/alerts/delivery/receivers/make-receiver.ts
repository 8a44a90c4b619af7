import type { ReceiverSettings } from "../settings.ts";
import { Email } from "./email.ts";
import type { ExternalUrl } from "./external-url.ts";
import { Callback, consoleReceiver, logReceiver } from "./local.ts";
import { PagerDuty } from "./pagerduty.ts";
import type { Receiver } from "./receiver.ts";
import { Slack } from "./slack.ts";
import { Webhook } from "./webhook.ts";

/** Settings of receivers that take grouped notifications; Alertmanager groups itself. */
export type GroupedSettings = Exclude<ReceiverSettings, { readonly kind: "alertmanager" }>;

/** Makes a receiver; opens no connection. */
export function makeReceiver(settings: GroupedSettings, externalUrl: ExternalUrl): Receiver {
  const { name } = settings;
  switch (settings.kind) {
    case "webhook":
      return new Webhook(name, settings, externalUrl);
    case "slack":
      return new Slack(name, settings);
    case "pagerduty":
      return new PagerDuty(name, settings, externalUrl);
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
