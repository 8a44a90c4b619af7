import type { StreamCardinality } from "../engine/index.ts";
import { lintName, type LintProblem, type LintRule, lintUnit } from "./lint-rules.ts";
import type { MetricIdentity, RecordedMetric } from "./recorded-metric.ts";

/** A finding of `lint()`. */
export interface LintFinding {
  /** Name of the metric in OpenTelemetry. */
  readonly metric: string;
  /** Name of the metric's instrumentation scope. */
  readonly scope: string;
  /** The violated rule. */
  readonly rule: LintRule;
  /** Problem and remedy. */
  readonly message: string;
}

// Share of the limit from which on a finding is reported.
const NEAR_LIMIT = 0.8;
const KEY = /^[a-z][a-z0-9]*(?:[._][a-z0-9]+)*$/;
const OWN_SCOPE = /^tachymeter\.(?!collector$)/;

/** Returns all findings. For Tachymeter's own metrics, only attributes and numbers of series are checked. */
export function lint(
  registered: readonly MetricIdentity[],
  recorded: readonly RecordedMetric[],
  cardinality: readonly StreamCardinality[],
): readonly LintFinding[] {
  return [
    ...registered.filter(({ scope }) => !OWN_SCOPE.test(scope)).flatMap(lintMetric),
    ...recorded.flatMap((metric) => keyProblems(metric).map((each) => findingOf(metric, each))),
    ...cardinality.flatMap((stream) => {
      const metric = { name: stream.instrument, scope: stream.scope };
      return cardinalityProblems(stream).map((each) => findingOf(metric, each));
    }),
  ];
}

/** Returns the findings about one metric, without its series. */
export function lintMetric(metric: MetricIdentity): readonly LintFinding[] {
  const problems = [...lintName(metric), ...lintUnit(metric), ...descriptionProblems(metric)];
  return problems.map((each) => findingOf(metric, each));
}

function findingOf(
  { name, scope }: Pick<MetricIdentity, "name" | "scope">,
  { rule, problem }: LintProblem,
): LintFinding {
  return { metric: name, scope, rule, message: `metric ${JSON.stringify(name)}: ${problem}` };
}

function descriptionProblems({ description }: MetricIdentity): readonly LintProblem[] {
  if (description.trim() !== "") return [];
  const problem = "it has no description; describe what is measured in one sentence";
  return [{ rule: "description-missing", problem }];
}

function keyProblems({ series }: RecordedMetric): readonly LintProblem[] {
  const keys = new Set(series.flatMap(({ attributes }) => Object.keys(attributes)));
  return [...keys]
    .filter((key) => !KEY.test(key))
    .map((key) => ({
      rule: "attribute-key",
      problem: `its attribute ${JSON.stringify(key)} is not in lower case with "." or "_" between letters and digits; name it like "http.response.status_code"`,
    }));
}

function cardinalityProblems(stream: StreamCardinality): readonly LintProblem[] {
  const { series, limit, overflowed, widestAttribute } = stream;
  if (!overflowed && series < limit * NEAR_LIMIT) return [];
  const many = overflowed
    ? `it exceeds its limit of ${limit} series, and the rest are added up in one`
    : `it has ${series} of at most ${limit} series`;
  const culprit =
    widestAttribute === undefined
      ? "record fewer attribute sets"
      : `attribute ${JSON.stringify(widestAttribute.key)} has ${widestAttribute.values} values; reduce them or leave the attribute out`;
  return [{ rule: "cardinality", problem: `${many}; ${culprit}, or raise cardinalityLimit` }];
}
