import { NAMED_METRICS_SCOPE } from "../translation/metric-name.ts";
import type { MetricIdentity } from "./recorded-metric.ts";

/**
 * Rules of `lint()`:
 *
 * - `name-syntax`: the name violates OpenTelemetry's syntax, so other SDKs may refuse it.
 * - `name-style`: the name is not in lower case with dots between namespaces.
 * - `name-total`: the name ends in `total`, which Prometheus readers add. For metrics of `registerCounter` and its
 *   siblings: a counter's name does not end in `_total`, or another metric's does.
 * - `name-unit`: the name contains the unit.
 * - `name-kind`: the name of a counter suggests a value that can fall.
 * - `unit-missing`, `unit-unknown`: the unit is missing, or neither a UCUM code nor a name in braces.
 * - `description-missing`: there is no description.
 * - `attribute-key`: an attribute's key is not in lower case with dots or underscores.
 * - `cardinality`: the metric has at least four fifths of its maximum number of series.
 */
export type LintRule =
  | "name-syntax"
  | "name-style"
  | "name-total"
  | "name-unit"
  | "name-kind"
  | "unit-missing"
  | "unit-unknown"
  | "description-missing"
  | "attribute-key"
  | "cardinality";

/** A violated rule. */
export interface LintProblem {
  /** The violated rule. */
  readonly rule: LintRule;
  /** Problem and remedy. */
  readonly problem: string;
}

// Syntax of instrument names in the specification.
const SYNTAX = /^[a-z][\w.\-/]{0,254}$/i;
const STYLE = /^[a-z][a-z0-9]*(?:[._][a-z0-9]+)*$/;
// Names of values that can fall.
const STATES: ReadonlySet<string> = new Set(
  "active available current depth fill free idle length level limit load pending ratio size state status temperature usage used utilization waiting".split(
    " ",
  ),
);

/** Checks a name by OpenTelemetry's rules, or by Prometheus' for metrics registered with a collector. */
export function lintName(metric: MetricIdentity): readonly LintProblem[] {
  const { name } = metric;
  if (!SYNTAX.test(name)) {
    const problem =
      "its name violates OpenTelemetry's syntax; use a letter, then letters, digits and _ . - /, at most 255 characters";
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
  const problem = `its name ends in "total", which Prometheus readers add to counters; name it "${withoutLastWord(name)}"`;
  return { rule: "name-total", problem };
}

function totalInPrometheus({ name, kind: kindOfMetric }: MetricIdentity): LintProblem | undefined {
  const endsInTotal = name.endsWith("_total");
  if (endsInTotal === (kindOfMetric === "counter")) return undefined;
  const problem = endsInTotal
    ? `its name ends in "_total" like a counter's, but it is a ${kindOfMetric}; remove the ending`
    : `its name lacks the "_total" of a Prometheus counter; name it "${name}_total"`;
  return { rule: "name-total", problem };
}

function unitInName({ name, unit }: MetricIdentity): LintProblem | undefined {
  const word = lastWord(name);
  const code = UNIT_WORDS.get(word);
  if (code === undefined || word === name.toLowerCase()) return undefined;
  const given = unit === "" ? `and set the unit "${code}"` : "since the unit is set";
  const problem = `its name ends in the unit "${word}", which Prometheus readers add; name it "${withoutLastWord(name)}", ${given}`;
  return { rule: "name-unit", problem };
}

function kind({ name, kind: kindOfMetric }: MetricIdentity): LintProblem | undefined {
  const word = lastWord(name);
  if (kindOfMetric !== "counter" || !STATES.has(word)) return undefined;
  const problem = `it is a counter, but its name ends in "${word}", which can fall; use a gauge or an up-down counter, or name what is counted`;
  return { rule: "name-kind", problem };
}

function lastWord(name: string): string {
  return (name.split(/[^a-zA-Z0-9]+/).at(-1) ?? "").toLowerCase();
}

function withoutLastWord(name: string): string {
  return name.replace(/[^a-zA-Z0-9]+[a-zA-Z0-9]*$/, "");
}

/** Checks a unit. Metrics registered with a collector have none. */
export function lintUnit(metric: MetricIdentity): readonly LintProblem[] {
  const { scope, unit } = metric;
  if (scope === NAMED_METRICS_SCOPE || isUnitCode(unit)) return [];
  if (unit !== "") return [{ rule: "unit-unknown", problem: unknown(unit) }];
  // The finding about the name says what to do.
  if (lintName(metric).some(({ rule }) => rule === "name-unit")) return [];
  const problem =
    'it has no unit; use a UCUM code such as "s", a counted thing in braces such as "{message}", or "1" for a ratio';
  return [{ rule: "unit-missing", problem }];
}

function unknown(unit: string): string {
  const word = unit.toLowerCase();
  const code =
    UNIT_WORDS.get(word) ?? (/^[a-z]{3,}$/.test(word) ? `{${word.replace(/(?<![su])s$/, "")}}` : undefined);
  const advice =
    code === undefined
      ? 'write a code such as "s" or "By", or what is counted in braces, such as "{message}"'
      : `write "${code}"`;
  return `its unit ${JSON.stringify(unit)} is not a UCUM code; ${advice}`;
}

const PREFIXES = "(?:Ki|Mi|Gi|Ti|Pi|Ei|da|[YZEPTGMkhdcmunpfazy])";
// Units with and without prefixes.
const SCALED =
  "(?:By|bit|Bd|s|m|g|t|A|K|cd|mol|Hz|N|Pa|bar|J|eV|W|V|C|F|Ohm|S|Wb|T|H|Cel|lm|lx|Bq|Gy|Sv|rad|sr|L|l|cal)";
const WHOLE = String.raw`(?:min|h|d|wk|mo|a|%|deg|10\*|10\^|\[[!-Z\\^-~]+\])`;
const FACTOR = new RegExp(
  String.raw`^(?:(?:${PREFIXES}?${SCALED}|${WHOLE})(?:[+-]?\d+)?|\d+)(?:\{\})?$|^\{\}$`,
);

// Whether a unit consists of UCUM codes and names in braces: `s`, `KiBy`, `{message}/s`. Knows the codes of computing
// and physics, and accepts others only in brackets. See The Unified Code for Units of Measure, "Grammar of units and
// unit terms".
function isUnitCode(unit: string): boolean {
  // Dots and slashes in braces are not operators.
  const [first, ...others] = unit.replaceAll(/\{[!-z|~]+\}/g, "{}").split(/[./]/);
  const factors = first === "" && unit.startsWith("/") ? others : [first ?? "", ...others];
  return unit !== "" && factors.every((factor) => FACTOR.test(factor));
}

// Code of a unit by its word in lower case.
const UNIT_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    s: "second seconds sec secs",
    ms: "ms millisecond milliseconds millis msec msecs",
    us: "us microsecond microseconds micros usec",
    ns: "ns nanosecond nanoseconds nanos nsec",
    min: "minute minutes mins",
    h: "hour hours",
    d: "day days",
    By: "byte bytes",
    kBy: "kb kilobyte kilobytes",
    MBy: "mb megabyte megabytes",
    GBy: "gb gigabyte gigabytes",
    KiBy: "kib kibibyte kibibytes",
    MiBy: "mib mebibyte mebibytes",
    GiBy: "gib gibibyte gibibytes",
    bit: "bits",
    "%": "percent percentage",
    Cel: "celsius",
    Hz: "hertz",
    V: "volts",
    W: "watts",
    J: "joules",
  }).flatMap(([code, words]) => words.split(" ").map((word) => [word, code])),
);
