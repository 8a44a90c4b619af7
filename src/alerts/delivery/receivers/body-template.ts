// Bodies of webhooks from a template: a JSON value whose texts are templates.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { isObject } from "../../../options/check.ts";
import { execute, type Execution } from "../../templates/execute.ts";
import { type ParsedTemplate, parseTemplate } from "../../templates/parse.ts";
import { prometheusFunctions } from "../../templates/prometheus-functions.ts";
import { isFunction } from "../../templates/template.ts";
import { TemplateError } from "../../templates/template-error.ts";
import { Entries, Fields, Instant, listWithFields, type Value } from "../../templates/value.ts";
import type { Alert } from "../../alert.ts";
import { fingerprintOf } from "../identity.ts";
import { commonEntries, endTime, type Notification, statusOf } from "../notification.ts";

/** Returns the body for a notification, a JSON value. Throws or rejects if it fails. */
export type BodyTemplate = (notification: Notification, externalUrl: string, receiver: string) => unknown;

const MAX_DEPTH = 20;
// For all alerts of a group. The steps bound the text that passes through functions, too.
const MAX_CHARACTERS = 16_777_216;
const MAX_STEPS = 300_000;

/**
 * Compiles a JSON value, or the text of one. Each text in it is a template with the data of Alertmanager's templates,
 * such as `{{ .CommonLabels.alertname }}`, and Prometheus' functions. Its result is one text in the body, so that no label
 * can change the structure.
 *
 * @throws Error if the JSON or a template cannot be parsed, or has an unknown field.
 */
export function compiledBody(given: unknown): BodyTemplate {
  const json: unknown = typeof given === "string" ? JSON.parse(given) : given;
  const expand = compiled(json, 0);
  const body: BodyTemplate = (notification, externalUrl, receiver) =>
    expand({
      dot: dataOf(notification, externalUrl, receiver),
      functions: prometheusFunctions({
        timeSeconds: notification.timeUnixMillis / 1_000,
        externalUrl,
        query: noQuery,
      }),
    });
  refuseUnknownFields(body);
  return body;
}

// Other failures may depend on the alerts.
function refuseUnknownFields(body: BodyTemplate): void {
  const alert = { name: "", labels: {}, annotations: {}, value: 1, activeAt: 0 };
  const alerts = (["firing", "resolved"] as const).map((state) => ({ ...alert, state }));
  try {
    body({ id: "", groupKey: "", groupLabels: {}, alerts, timeUnixMillis: 0 }, "", "");
  } catch (error) {
    if (errorMessage(error).includes("can't evaluate field")) throw error;
  }
}

type Expand = (data: Pick<Execution, "dot" | "functions">) => unknown;

function compiled(json: unknown, depth: number): Expand {
  if (depth > MAX_DEPTH) throw new TypeError(`a template must have at most ${MAX_DEPTH} levels`);
  if (typeof json === "string") return compiledText(json);
  if (Array.isArray(json)) {
    const list: readonly unknown[] = json;
    const entries = list.map((each) => compiled(each, depth + 1));
    return (data) => entries.map((expand) => expand(data));
  }
  if (!isObject(json)) return () => json;
  const fields = Object.entries(json).map(([name, each]) => [name, compiled(each, depth + 1)] as const);
  return (data) => Object.fromEntries(fields.map(([name, expand]) => [name, expand(data)]));
}

function compiledText(text: string): Expand {
  if (!text.includes("{{")) return () => text;
  const template: ParsedTemplate = parseTemplate(text, isFunction, []);
  return (data) =>
    execute({
      ...data,
      template,
      variables: {},
      maxCharacters: MAX_CHARACTERS,
      maxSteps: MAX_STEPS,
    });
}

function noQuery(): never {
  throw new TemplateError("query is not available in the body of a webhook");
}

function dataOf(notification: Notification, externalUrl: string, receiver: string): Fields {
  const { alerts, groupLabels, groupKey } = notification;
  const listed = alerts.map((alert) => alertData(alert, externalUrl));
  return new Fields("Data", {
    Receiver: receiver,
    Status: statusOf(notification),
    GroupKey: groupKey,
    Alerts: listWithFields(listed, {
      Firing: listed.filter(({ fields }) => fields["Status"] === "firing"),
      Resolved: listed.filter(({ fields }) => fields["Status"] !== "firing"),
    }),
    GroupLabels: new Texts(groupLabels),
    CommonLabels: new Texts(commonEntries(alerts.map(({ labels }) => labels))),
    CommonAnnotations: new Texts(commonEntries(alerts.map(({ annotations }) => annotations))),
    ExternalURL: externalUrl,
  });
}

// Labels or annotations, with the methods of Alertmanager's that have no arguments.
class Texts extends Entries {
  constructor(texts: Readonly<Record<string, string>>) {
    super(texts, "");
  }

  override get(key: string): Value {
    switch (key) {
      case "SortedPairs":
        return this.#pairs().map(([name, value]) => new Fields("Pair", { Name: name, Value: value }));
      case "Names":
        return this.#pairs().map(([name]) => name);
      case "Values":
        return this.#pairs().map(([, value]) => value);
      default:
        return super.get(key);
    }
  }

  // The name of the alert comes first.
  #pairs(): ReturnType<Entries["sorted"]> {
    const rank = (name: string): number => (name === "alertname" ? 0 : 1);
    return this.sorted().toSorted(([left], [right]) => rank(left) - rank(right));
  }
}

function alertData(alert: Alert, externalUrl: string): Fields {
  const { state, labels, annotations, value, firedAt, activeAt } = alert;
  return new Fields("Alert", {
    Status: state,
    Labels: new Texts(labels),
    Annotations: new Texts(annotations),
    Value: value,
    StartsAt: new Instant((firedAt ?? activeAt) * 1_000),
    EndsAt: new Instant(Date.parse(endTime(alert))),
    GeneratorURL: externalUrl,
    Fingerprint: fingerprintOf(labels),
  });
}
