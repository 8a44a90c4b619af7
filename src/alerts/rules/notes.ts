// Parts of valid rules that are probably mistakes.
import { nearestNames } from "../../diagnostics/nearest-names.ts";
import { show } from "../../diagnostics/show.ts";
import type { CheckedGroup, CheckedRule } from "./checked-group.ts";
import type { Problem } from "./problem.ts";

const SEVERITIES = ["critical", "error", "warning", "info"];
// Names that receivers know, too.
const KNOWN_SEVERITIES = new Set([...SEVERITIES, "page", "fatal", "high", "warn", "low", "none"]);

/** Probable mistakes in valid rules: misspelt severities, and `{{ value }}` for `{{ $value }}`. */
export function notesOn(groups: readonly CheckedGroup[]): readonly Problem[] {
  return groups.flatMap(({ file, name: group, rules }) =>
    rules.flatMap((rule) =>
      messagesOf(rule).map((message): Problem => ({ file, group, rule: rule.name, message })),
    ),
  );
}

function messagesOf(rule: CheckedRule): readonly string[] {
  const severity = rule.labels["severity"] ?? "";
  const texts = rule.kind === "alerting" ? [rule.labels, rule.annotations] : [];
  const [nearest] = nearestNames(severity, SEVERITIES, 1);
  const isMisspelt =
    nearest !== undefined && severity !== "" && !severity.includes("{{") && !KNOWN_SEVERITIES.has(severity);
  return [
    ...(isMisspelt
      ? [`severity is usually ${SEVERITIES.join(", ")}, got ${show(severity)}; write ${nearest}`]
      : []),
    ...texts
      .flatMap((each) => Object.entries(each))
      .filter(([, text]) => /\{\{-?\s*value\s*-?\}\}/.test(text))
      .map(([name]) => `${show(name)}: {{ value }} is a function without its sample; write {{ $value }}`),
  ];
}
