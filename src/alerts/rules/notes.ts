// Parts of valid rules that are probably mistakes.
import { nearestNames } from "../../diagnostics/nearest-names.ts";
import { show } from "../../diagnostics/show.ts";
import { type CheckedGroup, type CheckedRule, stateKey } from "./checked-group.ts";
import { grouped } from "../../query/grouped.ts";
import { reachHours } from "./reach.ts";
import type { Problem } from "./problem.ts";

const SEVERITIES = ["critical", "error", "warning", "info"];
// Names that receivers know, too.
const KNOWN_SEVERITIES = new Set([...SEVERITIES, "page", "fatal", "high", "warn", "low", "none"]);

/**
 * Probable mistakes in valid rules: duplicates, misspelt severities, `{{ value }}` for `{{ $value }}`, and a need for a
 * history.
 */
export function notesOn(groups: readonly CheckedGroup[]): readonly Problem[] {
  return groups.flatMap(({ file, name: group, rules }) => {
    const noteOn = (rule: CheckedRule, message: string): Problem => ({
      file,
      group,
      rule: rule.name,
      message,
    });
    const duplicates = [...grouped(rules, stateKey).values()].flatMap(([rule, ...others]) =>
      rule === undefined || others.length === 0 ? [] : [noteOn(rule, duplicatesMessage(others.length + 1))],
    );
    return [
      ...duplicates,
      ...rules.flatMap((rule) => messagesOf(rule).map((message) => noteOn(rule, message))),
    ];
  });
}

function duplicatesMessage(count: number): string {
  return `name and labels of a rule should be unique in its group, got ${count} rules with these; rename them, or add a label`;
}

function messagesOf(rule: CheckedRule): readonly string[] {
  const severity = rule.labels["severity"] ?? "";
  const hours = reachHours(rule);
  const texts = rule.kind === "alerting" ? [rule.labels, rule.annotations] : [];
  const [nearest] = nearestNames(severity, SEVERITIES, 1);
  const isMisspelt =
    nearest !== undefined && severity !== "" && !severity.includes("{{") && !KNOWN_SEVERITIES.has(severity);
  return [
    ...(isMisspelt
      ? [`severity is usually ${SEVERITIES.join(", ")}, got ${show(severity)}; write ${nearest}`]
      : []),
    ...(hours === undefined
      ? []
      : [`expr needs samples of ${hours} hours; without a history, an hour is kept: set option history`]),
    ...texts
      .flatMap((each) => Object.entries(each))
      .filter(([, text]) => /\{\{-?\s*value\s*-?\}\}/.test(text))
      .map(([name]) => `${show(name)}: {{ value }} is a function without its sample; write {{ $value }}`),
  ];
}
