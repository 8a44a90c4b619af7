import { errorMessage } from "../../diagnostics/error-message.ts";
import { show } from "../../diagnostics/show.ts";
import { isObject } from "../../options/check.ts";
import type { Expression } from "../../query/expression.ts";
import { parse } from "../../query/syntax/parse.ts";
import { Template, templateRemedy } from "../templates/template.ts";
import { type CheckedRule, type NamedTemplate, sortedEntries, type Texts } from "./checked-group.ts";
import { DURATION_RULE, durationMillis, durationRemedy } from "./duration.ts";
import { nearestNames } from "../../diagnostics/nearest-names.ts";

/** Checks one rule. Returns `undefined` if it is invalid. Labels of the group are overridden by those of the rule. */
export function checkRule(
  given: unknown,
  groupLabels: Texts,
  report: Report,
  experimental = false,
): CheckedRule | undefined {
  if (!isObject(given)) {
    report(`a rule must be an object with alert or record, got ${show(given)}; write "alert: …"`, given, "");
    return undefined;
  }
  refuseUnknown(given, RULE_FIELDS, report);
  // As in Prometheus, an empty text is a missing one.
  const [alert, record] = [given["alert"], given["record"]].map((name) => (name === "" ? undefined : name));
  if (alert !== undefined && record !== undefined) {
    report("only one of 'record' and 'alert' must be set; remove one", given, "record");
    return undefined;
  }
  const text = textFrom(given, "expr", report);
  const expression = text === undefined ? undefined : expressionFrom(text, given, report, experimental);
  const labels = { ...groupLabels, ...labelsFrom(given, "labels", report) };
  if (record !== undefined) {
    checkRecording(given, record, report);
    if (typeof record !== "string" || text === undefined || expression === undefined) return undefined;
    return { kind: "recording", name: record, text, expression, labels };
  }
  const name = typeof alert === "string" && alert !== "" ? alert : undefined;
  if (name === undefined)
    report(
      `one of 'record' or 'alert' must be a non-empty string, got ${show(given["alert"])}; name the rule`,
      given,
      "alert",
    );
  const annotations = labelsFrom(given, "annotations", report);
  const labelTemplates = templatesOf(labels, name ?? "", "label", report, given["labels"]);
  const annotationTemplates = templatesOf(
    annotations,
    name ?? "",
    "annotation",
    report,
    given["annotations"],
  );
  const forMillis = durationFrom(given, "for", report) ?? 0;
  const keepFiringForMillis = durationFrom(given, "keep_firing_for", report) ?? 0;
  if (name === undefined || text === undefined || expression === undefined) return undefined;
  return {
    kind: "alerting",
    name,
    text,
    expression,
    labels,
    annotations,
    labelTemplates,
    annotationTemplates,
    forMillis,
    keepFiringForMillis,
  };
}

function checkRecording(given: Readonly<Record<string, unknown>>, record: unknown, report: Report): void {
  if (typeof record !== "string" || !record.isWellFormed() || /[{}]/.test(record)) {
    const must = "be a text without braces";
    report(
      `invalid recording rule name: record must ${must}, got ${show(record)}; rename it`,
      given,
      "record",
    );
  }
  for (const field of ["for", "keep_firing_for", "annotations"])
    if (!isUnset(given[field]))
      report(`invalid field '${field}' in recording rule: only alerts have it; remove it`, given, field);
}

// A duration of 0, or no annotations.
function isUnset(value: unknown): boolean {
  return (
    durationMillis(value) === 0 || value === undefined || (isObject(value) && Object.keys(value).length === 0)
  );
}

function textFrom(
  given: Readonly<Record<string, unknown>>,
  field: string,
  report: Report,
): string | undefined {
  const text = given[field];
  if (typeof text === "string" && text.trim() !== "") return text;
  report(`field '${field}' must be set in rule, got ${show(text)}; write a PromQL expression`, given, field);
  return undefined;
}

function expressionFrom(
  text: string,
  given: Readonly<Record<string, unknown>>,
  report: Report,
  experimental: boolean,
): Expression | undefined {
  try {
    const expression = parse(text, { experimental });
    if (expression.type === "vector" || expression.type === "scalar") return expression;
    const type = expression.type === "string" ? "string" : "range vector";
    report(
      `expr must be an instant vector or a scalar, got a ${type}; apply a function such as rate()`,
      given,
      "expr",
    );
  } catch (error) {
    report(`could not parse expression: ${errorMessage(error)}`, given, "expr");
  }
  return undefined;
}

/** Reads the duration in a field, in milliseconds; `undefined` if it is missing or invalid, which is reported. */
export function durationFrom(
  given: Readonly<Record<string, unknown>>,
  field: string,
  report: Report,
): number | undefined {
  const value = given[field];
  if (value === undefined) return undefined;
  const millis = durationMillis(value);
  if (millis === undefined)
    report(`${field} must ${DURATION_RULE}, got ${show(value)}; ${durationRemedy(value)}`, given, field);
  return millis;
}

function templatesOf(
  texts: Texts,
  rule: string,
  what: "label" | "annotation",
  report: Report,
  container: unknown,
): readonly NamedTemplate[] {
  return sortedEntries(texts).flatMap(([name, text]) => {
    try {
      return [{ name, template: new Template(text, rule) }];
    } catch (error) {
      report(
        `${what} ${show(name)}: could not parse template: ${errorMessage(error)}; ${templateRemedy(error)}`,
        container,
        name,
      );
      return [];
    }
  });
}

/** Fields of a group. */
export const GROUP_FIELDS = [
  "name",
  "interval",
  "query_offset",
  "limit",
  "labels",
  "rules",
  "experimental",
] as const;
/** Fields of a rule. */
const RULE_FIELDS = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"] as const;
/** Fields of a file. */
export const FILE_FIELDS = ["groups"] as const;

/** Reads the object in a field. Reports names and values that are invalid. */
export function labelsFrom(
  owner: Readonly<Record<string, unknown>>,
  field: "labels" | "annotations",
  report: Report,
): Texts {
  const given = owner[field];
  if (given === undefined) return {};
  if (!isObject(given)) {
    report(`${field} must be an object of strings, got ${show(given)}; write "name: text"`, owner, field);
    return {};
  }
  const texts: [string, string][] = [];
  const what = field === "labels" ? "label" : "annotation";
  for (const [name, value] of Object.entries(given)) {
    const isReserved = field === "labels" && name === "__name__";
    if (name === "" || !name.isWellFormed() || isReserved) {
      const must = isReserved ? "not be __name__" : "be a non-empty text";
      report(`invalid ${what} name: the name must ${must}, got ${show(name)}; rename it`, given, name);
    } else if (typeof value === "string" || value === undefined) texts.push([name, value ?? ""]);
    else report(`${what} ${name} must be a string, got ${show(value, name)}; quote it`, given, name);
  }
  return Object.fromEntries(texts);
}

/** Reports a problem of an entry of an object. */
export type Report = (message: string, container: unknown, key: string | number) => void;

/** Reports each field that does not exist, with the nearest one that does. */
export function refuseUnknown(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  report: Report,
): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const [nearest] = nearestNames(name, known, 1);
    const remedy = nearest === undefined ? `use one of ${known.join(", ")}` : `write ${nearest}`;
    report(`unknown field ${show(name)}; ${remedy}`, given, name);
  }
}
