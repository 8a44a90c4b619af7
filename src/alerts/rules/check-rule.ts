import { errorMessage } from "../../diagnostics/error-message.ts";
import { show } from "../../diagnostics/show.ts";
import { isObject } from "../../options/check.ts";
import type { Expression } from "../../query/expression.ts";
import { parse } from "../../query/syntax/parse.ts";
import { Template, templateRemedy } from "../templates/template.ts";
import type { CheckedRule, NamedTemplate, Texts } from "./checked-group.ts";
import { sortedEntries } from "./checked-group.ts";
import { DURATION_RULE, durationMillis, durationRemedy } from "./duration.ts";
import { RULE_FIELDS } from "./known-fields.ts";
import { labelsFrom } from "./labels.ts";
import { refuseUnknown, type Report } from "./report.ts";

/** Checks one rule. Returns `undefined` if it is invalid. Labels of the group are overridden by those of the rule. */
export function checkRule(given: unknown, groupLabels: Texts, report: Report): CheckedRule | undefined {
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
  const expression = text === undefined ? undefined : expressionFrom(text, given, report);
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
  const forMillis = durationFrom(given, "for", report);
  const keepFiringForMillis = durationFrom(given, "keep_firing_for", report);
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
): Expression | undefined {
  try {
    const expression = parse(text);
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

function durationFrom(given: Readonly<Record<string, unknown>>, field: string, report: Report): number {
  if (given[field] === undefined) return 0;
  const millis = durationMillis(given[field]);
  if (millis === undefined)
    report(
      `${field} must ${DURATION_RULE}, got ${show(given[field])}; ${durationRemedy(given[field])}`,
      given,
      field,
    );
  return millis ?? 0;
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
