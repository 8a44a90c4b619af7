// Groups of rules that this package generates without texts of the user. Tests check all of them. They are parsed when they
// are needed: all at once would hold the start of the process.
import type { Expression } from "../../query/expression.ts";
import { parse } from "../../query/syntax/parse.ts";
import { Template } from "../templates/template.ts";
import {
  type CheckedGroup,
  type CheckedRule,
  type NamedTemplate,
  sortedEntries,
  type Texts,
} from "./checked-group.ts";
import { durationMillis } from "./duration.ts";
import type { Rule, RuleDuration, RuleGroup } from "./rule.ts";

/** Returns groups of valid rules as `checkGroups` does. Their expressions and templates are parsed at the first access. */
export function generatedGroups(file: string, groups: readonly RuleGroup[]): readonly CheckedGroup[] {
  return groups.map(({ name, interval, limit = 0, query_offset: offset, labels = {}, rules }) => ({
    file,
    name,
    intervalMillis: interval === undefined ? undefined : millisOf(interval),
    queryOffsetMillis: millisOf(offset),
    limit,
    rules: rules.map((rule) => generatedRule(rule, labels)),
  }));
}

function generatedRule(rule: Rule, ofGroup: Texts): CheckedRule {
  const { expr: text } = rule;
  const labels = { ...ofGroup, ...rule.labels };
  const expression = once(() => parse(text));
  if ("record" in rule)
    return {
      kind: "recording",
      name: rule.record,
      text,
      labels,
      get expression(): Expression {
        return expression();
      },
    };
  const { alert: name, annotations = {} } = rule;
  const labelTemplates = once(() => templatesOf(labels, name));
  const annotationTemplates = once(() => templatesOf(annotations, name));
  return {
    kind: "alerting",
    name,
    text,
    labels,
    annotations,
    forMillis: millisOf(rule.for),
    keepFiringForMillis: millisOf(rule.keep_firing_for),
    get expression(): Expression {
      return expression();
    },
    get labelTemplates(): readonly NamedTemplate[] {
      return labelTemplates();
    },
    get annotationTemplates(): readonly NamedTemplate[] {
      return annotationTemplates();
    },
  };
}

function templatesOf(texts: Texts, rule: string): readonly NamedTemplate[] {
  return sortedEntries(texts).map(([name, text]) => ({ name, template: new Template(text, rule) }));
}

function millisOf(duration: RuleDuration = 0): number {
  return durationMillis(duration) ?? 0;
}

function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
