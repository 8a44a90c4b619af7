import { stringify } from "yaml";
import { formatDuration } from "../../query/syntax/number.ts";
import type { Rule, RuleDuration, RuleGroup } from "../rules/rule.ts";
import type { AlertSettings } from "../options.ts";
import type { CheckedGroup, CheckedRule } from "../rules/checked-group.ts";

/**
 * Returns a rule file with these groups for Prometheus, vmalert and Mimir. The same groups have the same text, byte by
 * byte. Fields that older servers do not know are written only if they are set. Names of groups must be unique in a file:
 * a second group `app` becomes `app-2`.
 */
export function exportRules(groups: readonly RuleGroup[]): string {
  return stringify(
    { groups: uniquelyNamed(groups).map(groupOf) },
    // Long lines are kept, since folded ones are hard to compare. Prometheus reads YAML 1.1, in which `on` is a boolean.
    { lineWidth: 0, version: "1.1", aliasDuplicateObjects: false },
  );
}

function uniquelyNamed(groups: readonly RuleGroup[]): readonly RuleGroup[] {
  const given = new Set(groups.map(({ name }) => name));
  const used = new Set<string>();
  return groups.map((group) => {
    let { name } = group;
    for (let i = 2; used.has(name); i++) if (!given.has(`${group.name}-${i}`)) name = `${group.name}-${i}`;
    used.add(name);
    return name === group.name ? group : { ...group, name };
  });
}

function groupOf({ name, interval, limit, query_offset, labels, rules }: RuleGroup): object {
  return {
    name,
    ...(interval !== undefined && { interval: textOf(interval) }),
    ...(limit !== undefined && { limit }),
    ...(query_offset !== undefined && { query_offset: textOf(query_offset) }),
    ...filled({ labels }),
    rules: rules.map(ruleOf),
  };
}

function ruleOf(rule: Rule): object {
  if ("record" in rule) {
    const { record, expr, labels } = rule;
    return { record, expr, ...filled({ labels }) };
  }
  const { alert, expr, for: pending, keep_firing_for, labels, annotations } = rule;
  return {
    alert,
    expr,
    ...(pending !== undefined && { for: textOf(pending) }),
    ...(keep_firing_for !== undefined && { keep_firing_for: textOf(keep_firing_for) }),
    ...filled({ labels, annotations }),
  };
}

/** The fields that have entries, which are sorted by name. */
function filled(fields: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>): object {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, entries]) => entries !== undefined && Object.keys(entries).length > 0)
      .map(([field, entries = {}]) => [
        field,
        Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      ]),
  );
}

// Prometheus takes no numbers.
function textOf(duration: RuleDuration): string {
  return typeof duration === "number" ? formatDuration(duration * 1_000) : duration;
}

/** Returns the rules of files, of code and of monitors as one rule file. */
export function exportGroups({ files, groups }: Pick<AlertSettings, "files" | "groups">): string {
  const ofFiles = files.flatMap((file) => file.groups);
  return exportRules([...ofFiles, ...groups].map((group) => ruleGroupFrom(group)));
}

/** Converts a checked group to the fields of rule files. Labels of the group are those of each rule already. */
export function ruleGroupFrom({
  name,
  intervalMillis,
  limit,
  queryOffsetMillis,
  rules,
}: CheckedGroup): RuleGroup {
  return {
    name,
    ...(intervalMillis !== undefined && { interval: formatDuration(intervalMillis) }),
    ...(limit > 0 && { limit }),
    ...(queryOffsetMillis > 0 && { query_offset: formatDuration(queryOffsetMillis) }),
    rules: rules.map(ruleFrom),
  };
}

function ruleFrom(rule: CheckedRule): Rule {
  const { name, text: expr, labels } = rule;
  if (rule.kind === "recording") return { record: name, expr, labels };
  const { forMillis, keepFiringForMillis, annotations } = rule;
  return {
    alert: name,
    expr,
    ...(forMillis > 0 && { for: formatDuration(forMillis) }),
    ...(keepFiringForMillis > 0 && { keep_firing_for: formatDuration(keepFiringForMillis) }),
    labels,
    annotations,
  };
}
