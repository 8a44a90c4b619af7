// What is not as it should be of a metric's unit.
import { lintName, NAMED_METRICS_SCOPE } from "./lint-name.ts";
import type { LintProblem } from "./lint-finding.ts";
import type { MetricIdentity } from "./recorded-metric.ts";
import { codeOfUnitWord, isUnitCode } from "./unit-codes.ts";

/** Checks a unit. A metric that was registered for Prometheus cannot have one. */
export function lintUnit(metric: MetricIdentity): readonly LintProblem[] {
  const { scope, unit } = metric;
  if (scope === NAMED_METRICS_SCOPE || isUnitCode(unit)) return [];
  if (unit !== "") return [{ rule: "unit-unknown", problem: unknown(unit) }];
  // Where the name tells the unit, that finding says what to do.
  if (lintName(metric).some(({ rule }) => rule === "name-unit")) return [];
  const problem =
    'it has no unit; give a code of UCUM such as "s" or "By", what is counted in braces such as "{message}", or "1" for a ratio';
  return [{ rule: "unit-missing", problem }];
}

function unknown(unit: string): string {
  const word = unit.toLowerCase();
  const code =
    codeOfUnitWord(word) ?? (/^[a-z]{3,}$/.test(word) ? `{${word.replace(/(?<![su])s$/, "")}}` : undefined);
  const advice =
    code === undefined
      ? 'write a code such as "s" or "By", or what is counted in braces, such as "{message}"'
      : `write "${code}"`;
  return `its unit is ${JSON.stringify(unit)}, which UCUM does not know; ${advice}`;
}
