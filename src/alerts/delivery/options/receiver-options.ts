import { HIDDEN } from "../../../diagnostics/redact.ts";
import { type Check, check, headers, isObject, oneOf, text, url } from "../../../options/check.ts";
import { type Parser, prefixOf } from "../../../options/parser.ts";
import type { Alert } from "../../alert.ts";
import type { Notification } from "../notification.ts";
import { hasNodemailer } from "../receivers/email.ts";
import type { ReceiverSettings } from "../settings.ts";
import { type BodyTemplate, compiledBody } from "../receivers/body-template.ts";
import { keyOfSecret } from "../receivers/webhook.ts";

/** An Alertmanager, which gets alerts as Prometheus sends them: without our groups, silences and inhibition. */
export interface AlertmanagerOptions {
  /** Always `alertmanager`. */
  readonly type: "alertmanager";
  /** Name in logs, metrics and the state file; by default the type, with a number if there are several. */
  readonly name?: string | undefined;
  /** URL of the server, without `/api/v2/alerts`. User and password are sent as basic authentication. */
  readonly url: string;
  /** More HTTP headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A webhook, which gets Alertmanager's JSON of version 4. */
export interface WebhookOptions {
  /** Always `webhook`. */
  readonly type: "webhook";
  /** Name in logs, metrics, the state file and the JSON; by default the type, with a number if there are several. */
  readonly name?: string | undefined;
  /** URL to which notifications are posted. */
  readonly url: string;
  /** Secret of Standard Webhooks 1.0: 24 to 64 bytes in base64, with or without `whsec_`. Requests are then signed. */
  readonly secret?: string | undefined;
  /** More HTTP headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Another body: a JSON value or its text, or a function that returns the value. Each text in the value is a template.
   * Its data are those of Alertmanager's templates: `.Receiver`, `.Status`, `.GroupKey`, `.ExternalURL`, `.Alerts` (with
   * `.Firing` and `.Resolved`), `.GroupLabels`, `.CommonLabels` and `.CommonAnnotations` (with `.SortedPairs`, `.Names` and
   * `.Values`). Its functions are those of Prometheus' templates.
   *
   * @example
   * const template = { message: "{{ .CommonLabels.alertname }}", alias: "{{ .GroupKey }}", priority: "P1" };
   */
  readonly template?: string | object | ((notification: Notification) => unknown) | undefined;
}

/** An incoming webhook of Slack, Mattermost, Rocket.Chat, or Discord (its URL with `/slack`). */
export interface SlackOptions {
  /** Always `slack`. */
  readonly type: "slack";
  /** Name in logs, metrics and the state file; by default the type, with a number if there are several. */
  readonly name?: string | undefined;
  /** URL of the webhook, which is secret. */
  readonly url: string;
}

/** A service of PagerDuty, by its Events API v2. */
export interface PagerDutyOptions {
  /** Always `pagerduty`. */
  readonly type: "pagerduty";
  /** Name in logs, metrics and the state file; by default the type, with a number if there are several. */
  readonly name?: string | undefined;
  /** Integration key of the service. */
  readonly routingKey: string;
  /** @defaultValue "https://events.pagerduty.com/v2/enqueue" */
  readonly url?: string | undefined;
}

/** Mail, by the package `nodemailer`, which the application installs. */
export interface EmailOptions {
  /** Always `email`. */
  readonly type: "email";
  /** Name in logs, metrics and the state file; by default the type, with a number if there are several. */
  readonly name?: string | undefined;
  /** URL of the mail server: `smtp://user:password@host:587`, or `smtps://` for TLS from the start. */
  readonly smtp: string;
  /** Address of the sender. */
  readonly from: string;
  /** One address or several. */
  readonly to: string | readonly string[];
}

/** OpenTelemetry's log, or standard error: one line for each alert. */
export interface LocalReceiverOptions {
  /** Destination of the lines. */
  readonly type: "log" | "console";
  /** Name in logs, metrics and the state file; by default the type, with a number if there are several. */
  readonly name?: string | undefined;
}

/** Destination of notifications. A function is called with each alert; it is called again if it throws or rejects. */
export type ReceiverOptions =
  | AlertmanagerOptions
  | WebhookOptions
  | SlackOptions
  | PagerDutyOptions
  | EmailOptions
  | LocalReceiverOptions
  | ((alert: Alert) => unknown);

type Kind = ReceiverSettings["kind"];

const MAX_RECEIVERS = 100;
const PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue";
const FIELDS: Readonly<Record<Exclude<Kind, "callback">, readonly string[]>> = {
  alertmanager: ["url", "headers"],
  webhook: ["url", "secret", "headers", "template"],
  slack: ["url"],
  pagerduty: ["routingKey", "url"],
  email: ["smtp", "from", "to"],
  log: [],
  console: [],
};

const TYPE = oneOf("alertmanager", "webhook", "slack", "pagerduty", "email", "log", "console");

/** Parses the list of receivers. Values are hidden in problems, since most are secrets. */
export function receiversFrom(parser: Parser, given: unknown, place: string): readonly ReceiverSettings[] {
  if (!Array.isArray(given) || given.length > MAX_RECEIVERS) {
    const must = `be a list of at most ${MAX_RECEIVERS} receivers, such as [{ type: "slack", url }]`;
    parser.problem(place, Array.isArray(given) ? given.length : HIDDEN, must);
    return [];
  }
  const list: readonly unknown[] = given;
  const names = new Set(list.map((each) => (isObject(each) ? each["name"] : undefined)));
  const settings: ReceiverSettings[] = [];
  for (const [i, each] of list.entries()) {
    const receiver = receiverFrom(parser, each, `${place}[${i}]`);
    if (receiver === undefined) continue;
    if (receiver.name !== "" && settings.some(({ name }) => name === receiver.name)) {
      parser.problem(`${place}[${i}].name`, receiver.name, "be unique");
    }
    const name = receiver.name === "" ? freeName(receiver.kind, names) : receiver.name;
    names.add(name);
    settings.push({ ...receiver, name });
  }
  return settings;
}

function freeName(kind: string, taken: ReadonlySet<unknown>): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? kind : `${kind}-${i}`;
    if (!taken.has(name)) return name;
  }
}

// The name is empty if none was given.
function receiverFrom(parser: Parser, given: unknown, place: string): ReceiverSettings | undefined {
  if (isCallback(given)) return { kind: "callback", name: "", callback: given };
  if (!isObject(given)) return parser.problem(place, HIDDEN, "be an object with a type, or a function");
  const kind = parser.checked(`${place}.type`, given["type"], TYPE);
  if (kind === undefined) return undefined;
  const hidden = Object.fromEntries(Object.keys(given).map((name) => [name, HIDDEN]));
  parser.refuseUnknown(prefixOf(place), hidden, ["type", "name", ...FIELDS[kind]]);
  const name = parser.optional(`${place}.name`, given["name"], NAME) ?? "";
  const required = <T>(field: string, { must, read }: Check<T>): T | undefined => {
    const value = given[field];
    return read(value) ?? parser.problem(`${place}.${field}`, value === undefined ? undefined : HIDDEN, must);
  };
  const optional = <T>(field: string, rule: Check<T>): T | undefined =>
    given[field] === undefined ? undefined : required(field, rule);
  switch (kind) {
    case "alertmanager": {
      const server = required("url", url) ?? "http://invalid";
      return { kind, name, url: alertsUrl(server), headers: optional("headers", HEADERS) ?? {} };
    }
    case "webhook":
      return {
        kind,
        name,
        url: required("url", url) ?? "",
        secret: optional("secret", SECRET),
        headers: optional("headers", HEADERS) ?? {},
        template: optional("template", TEMPLATE),
      };
    case "slack":
      return { kind, name, url: required("url", url) ?? "" };
    case "pagerduty":
      return {
        kind,
        name,
        url: optional("url", url) ?? PAGERDUTY_URL,
        routingKey: required("routingKey", ROUTING_KEY) ?? "",
      };
    case "email":
      if (!hasNodemailer()) {
        const must = "have an installed package for it; run npm install nodemailer";
        parser.problem(`${place}.type`, kind, must);
      }
      return {
        kind,
        name,
        smtp: required("smtp", SMTP) ?? "",
        from: required("from", ADDRESS) ?? "",
        to: required("to", ADDRESSES) ?? [],
      };
    case "log":
    case "console":
      return { kind, name };
    default:
      return kind satisfies never;
  }
}

function isCallback(value: unknown): value is (alert: Alert) => unknown {
  return typeof value === "function";
}

const ALERTMANAGER_PATH = "/api/v2/alerts";

/** The URL of an Alertmanager's API; it may be given with its path. */
function alertsUrl(server: string): string {
  const address = new URL(server);
  const path = address.pathname.replace(/\/+$/, "");
  address.pathname = path.endsWith(ALERTMANAGER_PATH) ? path : `${path}${ALERTMANAGER_PATH}`;
  address.hash = "";
  return address.href;
}

const NAME: Check<string> = check(
  "be a name of at most 64 letters, digits, '.', '_' and '-'",
  (value): value is string => typeof value === "string" && /^[\w.-]{1,64}$/.test(value),
);

const SECRET: Check<Uint8Array> = {
  must: "be 24 to 64 bytes in base64, such as 'whsec_…'",
  read: (value) => (typeof value === "string" ? keyOfSecret(value) : undefined),
};

const ROUTING_KEY: Check<string> = check(
  "be the integration key of a PagerDuty service: 32 letters and digits",
  (value): value is string => typeof value === "string" && /^[a-z\d]{32}$/i.test(value),
);

const TEMPLATE: Check<BodyTemplate> = {
  must: "be a JSON value whose texts are valid templates with existing fields, or a function that returns the body",
  read(value) {
    if (isBodyFunction(value)) return value;
    try {
      return typeof value === "string" || typeof value === "object" ? compiledBody(value) : undefined;
    } catch {
      return undefined;
    }
  },
};

function isBodyFunction(value: unknown): value is BodyTemplate {
  return typeof value === "function";
}

const SMTP: Check<string> = check(
  "be an smtp:// or smtps:// URL",
  (value): value is string =>
    typeof value === "string" &&
    /^smtps?:\/\/[^/]/i.test(value) &&
    URL.canParse(value) &&
    isDecodable(new URL(value)),
);

const ADDRESS: Check<string> = check("be a mail address", isAddress);

const ADDRESSES: Check<readonly string[]> = {
  must: "be a mail address or a list of them",
  read(value) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.length > 0 && list.every(isAddress) ? list : undefined;
  },
};

const HEADERS: Check<Readonly<Record<string, string>>> = {
  must: "be an object of HTTP headers, without webhook-id and the like",
  read(value) {
    const given = headers.read(value);
    return Object.keys(given ?? {}).some((name) => RESERVED_HEADERS.test(name)) ? undefined : given;
  },
};

function isAddress(value: unknown): value is string {
  return text.read(value) !== undefined && /^[^\r\n]*\S@[^\s@]+$|^[^\r\n]*<\S+@\S+>$/.test(String(value));
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}${password}`);
    return true;
  } catch {
    return false;
  }
}

// The connection and the signature set these themselves.
const RESERVED_HEADERS =
  /^(?:webhook-(?:id|timestamp|signature)|content-length|transfer-encoding|connection|host)$/i;
