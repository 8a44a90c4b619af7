import type { ReceiverSettings } from "../settings.ts";
import { Email } from "./email.ts";
import { Callback, consoleReceiver, logReceiver } from "./local.ts";
import { pagerDutyReceiver } from "./pagerduty.ts";
import type { ExternalUrl, Receiver } from "./receiver.ts";
import { slackReceiver } from "./slack.ts";
import { webhookReceiver } from "./webhook.ts";

/** Settings of receivers that take grouped notifications; Alertmanager groups itself. */
type GroupedSettings = Exclude<ReceiverSettings, { readonly kind: "alertmanager" }>;

/** Makes a receiver; opens no connection. */
export function makeReceiver(settings: GroupedSettings, externalUrl: ExternalUrl): Receiver {
  const { name } = settings;
  switch (settings.kind) {
    case "webhook":
      return webhookReceiver(name, settings, externalUrl);
    case "slack":
      return slackReceiver(name, settings, externalUrl);
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
