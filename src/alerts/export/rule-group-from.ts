import { exportRules } from "./export-rules.ts";
import { formatDuration } from "../../query/syntax/number.ts";
import type { AlertSettings } from "../options.ts";
import type { CheckedGroup, CheckedRule } from "../rules/checked-group.ts";
import type { Rule, RuleGroup } from "../rules/rule.ts";

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
