// Checks of a rule file's content: all problems at once.
import { show } from "../../diagnostics/show.ts";
import { allSteps } from "../../io/yield.ts";
import { isObject } from "../../options/check.ts";
import type { CheckedGroup, CheckedRule } from "./checked-group.ts";
import {
  checkRule,
  durationFrom,
  FILE_FIELDS,
  GROUP_FIELDS,
  labelsFrom,
  refuseUnknown,
  type Report,
} from "./check-rule.ts";
import type { Problem } from "./problem.ts";
import { type Lines, NO_LINES } from "./yaml-values.ts";

/** The groups of a file. With a problem, they are incomplete. */
export interface CheckedGroups {
  readonly groups: readonly CheckedGroup[];
  readonly problems: readonly Problem[];
}

/** Checks the content of a file, an object with `groups`, with a step for each rule. */
export function* fileSteps(file: string, content: unknown, lines: Lines): Generator<void, CheckedGroups> {
  if (content === undefined) return { groups: [], problems: [] };
  const problems: Problem[] = [];
  const report = reporter(problems, { file }, lines);
  if (!isObject(content)) {
    report(`the file must be an object with groups, got ${show(content)}; write "groups:"`, content, "");
    return { groups: [], problems };
  }
  refuseUnknown(content, FILE_FIELDS, report);
  const checked = yield* groupSteps(file, content["groups"] ?? [], lines);
  return { groups: checked.groups, problems: [...problems, ...checked.problems] };
}

/** Checks a list of groups, such as that of an option. */
export function checkGroups(file: string, given: unknown, lines: Lines = NO_LINES): CheckedGroups {
  return allSteps(groupSteps(file, given, lines));
}

/** As {@link checkGroups}, with a step for each rule. */
export function* groupSteps(
  file: string,
  given: unknown,
  lines: Lines = NO_LINES,
): Generator<void, CheckedGroups> {
  const problems: Problem[] = [];
  if (!Array.isArray(given)) {
    reporter(problems, { file }, lines)(
      `groups must be a list, got ${show(given)}; write "- name: …"`,
      given,
      "",
    );
    return { groups: [], problems };
  }
  const names = new Set<string>();
  const groups: CheckedGroup[] = [];
  const list: readonly unknown[] = given;
  for (const [i, group] of list.entries()) {
    const name = isObject(group) && typeof group["name"] === "string" ? group["name"] : undefined;
    const owner = { file, ...(name !== undefined && { group: name }) };
    const report = reporter(problems, owner, lines);
    if (!isObject(group)) {
      report(`a group must be an object with name and rules, got ${show(group)}; write "name: …"`, given, i);
      continue;
    }
    if (group["rules"] === undefined && ("alert" in group || "record" in group)) {
      report(
        `a group must be an object with name and rules, got a rule; wrap the rules, as { name: "shop", rules: [ … ] }`,
        given,
        i,
      );
      continue;
    }
    if (name !== undefined && names.has(name))
      report(
        `the group's name must be unique in its file, got ${show(name)} twice; rename one`,
        group,
        "name",
      );
    names.add(name ?? "");
    const checked = yield* checkGroup(file, group, lines, problems, report);
    if (checked !== undefined) groups.push(checked);
  }
  return { groups, problems };
}

function* checkGroup(
  file: string,
  group: Readonly<Record<string, unknown>>,
  lines: Lines,
  problems: Problem[],
  report: Report,
): Generator<void, CheckedGroup | undefined> {
  refuseUnknown(group, GROUP_FIELDS, report);
  const { name, limit, rules = [], experimental = false } = group;
  // Values of files are texts.
  const isExperimental = experimental === true || experimental === "true";
  if (!isExperimental && experimental !== false && experimental !== "false")
    report(
      `experimental must be true or false, got ${show(experimental)}; write true to accept experimental PromQL`,
      group,
      "experimental",
    );
  if (typeof name !== "string" || name === "")
    report(`name must be a non-empty string, got ${show(name)}; name the group`, group, "name");
  const labels = labelsFrom(group, "labels", report);
  const checked: CheckedRule[] = [];
  if (!Array.isArray(rules))
    report(`rules must be a list, got ${show(rules)}; write "- alert: …"`, group, "rules");
  else {
    for (const [i, rule] of rules.entries()) {
      const own = ruleOwner(file, name, rule);
      const ownReport = reporter(problems, own, lines, lines.of(rules, i));
      const found = checkRule(rule, labels, ownReport, isExperimental);
      if (found !== undefined) checked.push(found);
      yield;
    }
  }
  const intervalMillis = durationFrom(group, "interval", report);
  const queryOffsetMillis = durationFrom(group, "query_offset", report) ?? 0;
  const maxCount = limitFrom(limit);
  if (maxCount === undefined)
    report(`limit must be a whole number of 0 or more, got ${show(limit)}; write 0 for none`, group, "limit");
  if (typeof name !== "string") return undefined;
  return {
    file,
    name,
    intervalMillis: intervalMillis === 0 ? undefined : intervalMillis,
    queryOffsetMillis,
    limit: maxCount ?? 0,
    ...(isExperimental && { experimental: true }),
    rules: checked,
  };
}

type Owner = Pick<Problem, "file" | "group" | "rule">;

function ruleOwner(file: string, group: unknown, rule: unknown): Owner {
  const name = isObject(rule) ? (rule["alert"] ?? rule["record"]) : undefined;
  return {
    file,
    ...(typeof group === "string" && { group }),
    ...(typeof name === "string" && { rule: name }),
  };
}

function reporter(problems: Problem[], owner: Owner, lines: Lines, otherwise?: number): Report {
  return (message, container, key) => {
    const line = lines.of(container, key) ?? otherwise;
    problems.push({ ...owner, ...(line !== undefined && { line }), message });
  };
}

// YAML's scalars are texts.
function limitFrom(given: unknown): number | undefined {
  if (given === undefined) return 0;
  const limit = typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : given;
  return typeof limit === "number" && Number.isSafeInteger(limit) && limit >= 0 ? limit : undefined;
}
