// What is not as it should be of a metric's name.
import type { LintProblem } from "./lint-finding.ts";
import type { MetricIdentity } from "./recorded-metric.ts";
import { codeOfUnitWord } from "./unit-codes.ts";

/** The scope of metrics whose names their users chose for Prometheus; readers keep them as they are. */
export const NAMED_METRICS_SCOPE = "tachymeter.collector";

// The specification's instrument name syntax.
const SYNTAX = /^[a-z][\w.\-/]{0,254}$/i;
const STYLE = /^[a-z][a-z0-9]*(?:[._][a-z0-9]+)*$/;
// What can be less than it was a moment ago.
const STATES: ReadonlySet<string> = new Set(
  "active available current depth fill free idle length level limit load pending ratio size state status temperature usage used utilization waiting".split(
    " ",
  ),
);

/** Checks a name, by OpenTelemetry's rules or, where it was chosen for Prometheus, by that one's. */
export function lintName(metric: MetricIdentity): readonly LintProblem[] {
  const { name } = metric;
  if (!SYNTAX.test(name)) {
    const problem =
      "its name is against OpenTelemetry's syntax; use a letter, then letters, digits and _ . - /, at most 255 characters";
    return [{ rule: "name-syntax", problem }];
  }
  const found =
    metric.scope === NAMED_METRICS_SCOPE
      ? [totalInPrometheus(metric)]
      : [style(name), total(name), unitInName(metric), kind(metric)];
  return found.filter((problem) => problem !== undefined);
}

function style(name: string): LintProblem | undefined {
  if (STYLE.test(name) && (name.includes(".") || !name.includes("_"))) return undefined;
  const better = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(name.includes(".") ? /[^a-z0-9.]+/g : /[^a-z0-9]+/g, name.includes(".") ? "_" : ".")
    .replaceAll(/[._]*\.[._]*/g, ".")
    .replaceAll(/^[._]+|[._]+$/g, "");
  return {
    rule: "name-style",
    problem: `its name is not in lower case with dots between namespaces; name it like "${better}"`,
  };
}

function total(name: string): LintProblem | undefined {
  if (lastWord(name) !== "total" || name.toLowerCase() === "total") return undefined;
  const problem = `its name ends in "total", which readers for Prometheus add to counters; name it "${withoutLastWord(name)}"`;
  return { rule: "name-total", problem };
}

function totalInPrometheus({ name, kind: kindOfMetric }: MetricIdentity): LintProblem | undefined {
  const endsInTotal = name.endsWith("_total");
  if (endsInTotal === (kindOfMetric === "counter")) return undefined;
  const problem = endsInTotal
    ? `its name ends in "_total" as a counter's does, and it is a ${kindOfMetric}; leave the ending out`
    : `its name is kept for Prometheus, where a counter's ends in "_total"; name it "${name}_total"`;
  return { rule: "name-total", problem };
}

function unitInName({ name, unit }: MetricIdentity): LintProblem | undefined {
  const word = lastWord(name);
  const code = codeOfUnitWord(word);
  if (code === undefined || word === name.toLowerCase()) return undefined;
  const given = unit === "" ? `and give the unit "${code}"` : "since the unit is given";
  const problem = `its name ends in the unit "${word}", which readers for Prometheus add; name it "${withoutLastWord(name)}", ${given}`;
  return { rule: "name-unit", problem };
}

function kind({ name, kind: kindOfMetric }: MetricIdentity): LintProblem | undefined {
  const word = lastWord(name);
  if (kindOfMetric !== "counter" || !STATES.has(word)) return undefined;
  const problem = `it is a counter, which never falls, and its name ends in "${word}", which may; use a gauge or an up-down counter, or name what is counted`;
  return { rule: "name-kind", problem };
}

function lastWord(name: string): string {
  return (name.split(/[^a-zA-Z0-9]+/).at(-1) ?? "").toLowerCase();
}

function withoutLastWord(name: string): string {
  return name.replace(/[^a-zA-Z0-9]+[a-zA-Z0-9]*$/, "");
}
