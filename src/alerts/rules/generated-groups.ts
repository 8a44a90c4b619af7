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

// Two minutes at most: recorded values are used for five minutes, also if an evaluation is missing.
const PACES = [
  { interval: "2m", leastMillis: 3_600_000 },
  { interval: "1m", leastMillis: 600_000 },
] as const;

/**
 * Splits a group by `for`. From an hour on, rules are evaluated every two minutes, and from ten minutes on every minute. At
 * these two paces, `for` is exceeded by a tenth at most. Others have the default interval. Recording rules are in the group
 * of the alerting rule that follows them, the last ones in that of the default interval.
 *
 * @param leastSeconds The default interval. Rules are not split off for an interval that is not longer: they may use what
 *   others of the group record.
 */
export function pacedGroups({ name, rules }: RuleGroup, leastSeconds = 0): readonly RuleGroup[] {
  const groups = new Map<string | undefined, Rule[]>();
  let recordings: Rule[] = [];
  const add = (interval: string | undefined, added: readonly Rule[]): void => {
    groups.set(interval, [...(groups.get(interval) ?? []), ...added]);
  };
  for (const rule of rules) {
    recordings.push(rule);
    if ("record" in rule) continue;
    add(intervalOf(rule.for, leastSeconds), recordings);
    recordings = [];
  }
  if (recordings.length > 0) add(undefined, recordings);
  // The interval comes first, since an objective's name may end in anything.
  return [...groups].map(([interval, own]) =>
    interval === undefined ? { name, rules: own } : { name: `${interval}-${name}`, interval, rules: own },
  );
}

function intervalOf(wait: unknown, leastSeconds: number): string | undefined {
  const millis = durationMillis(wait) ?? 0;
  const pace = PACES.find(({ leastMillis }) => millis >= leastMillis);
  const isRarer = (durationMillis(pace?.interval) ?? 0) > leastSeconds * 1_000;
  return isRarer ? pace?.interval : undefined;
}
