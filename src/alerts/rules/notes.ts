// Parts of valid rules that are probably mistakes.
import { firstNames } from "../../diagnostics/first-texts.ts";
import { nearestNames } from "../../diagnostics/nearest-names.ts";
import { show } from "../../diagnostics/show.ts";
import { type CheckedGroup, type CheckedRule, stateKey } from "./checked-group.ts";
import { grouped } from "../../query/grouped.ts";
import type { Problem } from "./problem.ts";
import { resolvedAtOneTime } from "../../query/evaluation/resolved.ts";
import { spansOf } from "../../query/evaluation/spans.ts";

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

const LOOKBACK_MILLIS = 300_000;
const HOUR_MILLIS = 3_600_000;

/** Time for which a rule needs samples, in whole hours; `undefined` if it is not above the hour that is in memory. */
function reachHours({ expression }: CheckedRule): number | undefined {
  const spans = spansOf(resolvedAtOneTime(expression), { start: 0, end: 0 }, LOOKBACK_MILLIS);
  const starts = [...spans.values()].map(({ start }) => -start);
  const reach = Math.max(0, ...starts);
  return reach > HOUR_MILLIS ? Math.ceil(reach / HOUR_MILLIS) : undefined;
}

/** Message for a process without a history, with the rules that need one; `undefined` without any. */
export function reachMessage(groups: readonly CheckedGroup[]): string | undefined {
  const names = groups.flatMap(({ file, name: group, rules }) =>
    rules
      .filter((rule) => reachHours(rule) !== undefined)
      // Objectives and budgets have rules without a name that the user has written.
      .map(({ name }) => (file.endsWith("slo") ? group.replace(/^\d+m-/, "") : name)),
  );
  if (names.length === 0) return undefined;
  const shown = [...new Set(names)];
  return `alerts: samples are kept for an hour without a history, but these rules need older ones: ${firstNames(shown, MAX_SHOWN)}; set option history`;
}

const MAX_SHOWN = 10;
