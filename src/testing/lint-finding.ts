// What can be found out about metrics that are not as they should be.

/**
 * What can be found:
 *
 * - `name-syntax`: the name is against OpenTelemetry's syntax, so that other SDKs may refuse it.
 * - `name-style`: the name is not in lower case with dots between its namespaces.
 * - `name-total`: the name ends in `total`, which Prometheus' readers add; or, of a counter that was registered for
 *   Prometheus by `registerCounter`, it does not, or of another metric there it does.
 * - `name-unit`: the unit is told in the name.
 * - `name-kind`: a counter has the name of what goes up and down.
 * - `unit-missing`, `unit-unknown`: the unit is no code of UCUM, nor what is counted in braces.
 * - `description-missing`: nothing tells what is measured.
 * - `attribute-key`: an attribute's key is not in lower case with dots or underscores.
 * - `cardinality`: the metric has four fifths of the series that it may have, or has more.
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

/** One thing that is not as it should be. */
export interface LintFinding {
  /** The metric's name in OpenTelemetry. */
  readonly metric: string;
  /** Name of its instrumentation scope. */
  readonly scope: string;
  readonly rule: LintRule;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** What is wrong with a metric that is known. */
export interface LintProblem {
  readonly rule: LintRule;
  readonly problem: string;
}
