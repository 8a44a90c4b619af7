// Bodies of webhooks from a template: a JSON value whose texts are templates.
import { isObject } from "../../../options/check.ts";
import { execute } from "../../templates/execute.ts";
import { type ParsedTemplate, parseTemplate } from "../../templates/parse.ts";
import { prometheusFunctions } from "../../templates/prometheus-functions.ts";
import { isFunction } from "../../templates/template.ts";
import { TemplateError } from "../../templates/template-error.ts";
import { Entries, Fields, Instant, type Value } from "../../templates/value.ts";
import { fingerprintOf } from "../identity.ts";
import { commonEntries, type Notification, statusOf } from "../notification.ts";

/** Returns the body for a notification, a JSON value. Throws or rejects if it fails. */
export type BodyTemplate = (notification: Notification, externalUrl: string) => unknown;

const MAX_DEPTH = 20;

/**
 * Compiles a JSON value, or the text of one. Each text in it is a template with the data of Alertmanager's templates,
 * such as `{{ .CommonLabels.alertname }}`. Its result is one text in the body, so that no label can change the structure.
 *
 * @throws Error if the JSON or a template cannot be parsed.
 */
export function compiledBody(given: unknown): BodyTemplate {
  const json: unknown = typeof given === "string" ? JSON.parse(given) : given;
  const expand = compiled(json, 0);
  return (notification, externalUrl) => expand(dataOf(notification, externalUrl), externalUrl);
}

type Expand = (data: Fields, externalUrl: string) => unknown;

function compiled(json: unknown, depth: number): Expand {
  if (depth > MAX_DEPTH) throw new TypeError(`a template must have at most ${MAX_DEPTH} levels`);
  if (typeof json === "string") return compiledText(json);
  if (Array.isArray(json)) {
    const list: readonly unknown[] = json;
    const entries = list.map((each) => compiled(each, depth + 1));
    return (data, url) => entries.map((expand) => expand(data, url));
  }
  if (!isObject(json)) return () => json;
  const fields = Object.entries(json).map(([name, each]) => [name, compiled(each, depth + 1)] as const);
  return (data, url) => Object.fromEntries(fields.map(([name, expand]) => [name, expand(data, url)]));
}

function compiledText(text: string): Expand {
  if (!text.includes("{{")) return () => text;
  const template: ParsedTemplate = parseTemplate(text, isFunction, []);
  return (dot, externalUrl) =>
    execute({
      template,
      dot,
      variables: {},
      functions: prometheusFunctions({ externalUrl, query: noQuery }),
    });
}

function noQuery(): never {
  throw new TemplateError("query is not available in the body of a webhook");
}

function dataOf(notification: Notification, externalUrl: string): Fields {
  const { alerts, groupLabels, groupKey } = notification;
  const listed = alerts.map(alertData);
  return new Fields("Data", {
    Status: statusOf(notification),
    GroupKey: groupKey,
    Alerts: listed,
    GroupLabels: new Entries(groupLabels, ""),
    CommonLabels: new Entries(commonEntries(alerts.map(({ labels }) => labels)), ""),
    CommonAnnotations: new Entries(commonEntries(alerts.map(({ annotations }) => annotations)), ""),
    ExternalURL: externalUrl,
  });
}

function alertData({
  state,
  labels,
  annotations,
  value,
  firedAt,
  activeAt,
  resolvedAt,
}: Notification["alerts"][number]): Value {
  return new Fields("Alert", {
    Status: state,
    Labels: new Entries(labels, ""),
    Annotations: new Entries(annotations, ""),
    Value: value,
    StartsAt: new Instant((firedAt ?? activeAt) * 1_000),
    EndsAt: new Instant((resolvedAt ?? 0) * 1_000),
    Fingerprint: fingerprintOf(labels),
  });
}
