// The range in which a chart's series is expected, as the detection of anomalies sees it.
import type { Expression, Selector } from "../../query/expression.ts";
import type { ChartData } from "../protocol.ts";

/** Series that the detection of anomalies watches. */
export interface WatchedSelection {
  /** The names that the metric may have. */
  readonly metrics: readonly string[];
  readonly kind: "rate" | "value" | "p99";
  /** Labels that the series have. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Band of the only watched series of a selection at times in Unix seconds; `undefined` unless exactly one matches. */
export type ExpectedAt = (selection: WatchedSelection, times: readonly number[]) => ChartData["band"];

// With one series, these have its values.
const SAME_VALUES: readonly string[] = ["sum", "avg", "min", "max", "topk", "bottomk"];

/**
 * The series whose rate or value an expression has; `undefined` for other expressions.
 *
 * @param labels of a series of the result
 */
export function watchedSelection(
  expression: Expression,
  labels: Readonly<Record<string, string>>,
): WatchedSelection | undefined {
  switch (expression.kind) {
    case "parentheses":
      return watchedSelection(expression.expression, labels);
    case "aggregation":
      return SAME_VALUES.includes(expression.operator)
        ? watchedSelection(expression.expression, labels)
        : undefined;
    case "call": {
      const [first, second] = expression.args;
      if (expression.name === "rate" && first?.kind === "range")
        return selected(first.selector, "rate", labels);
      const isP99 =
        expression.name === "histogram_quantile" && first?.kind === "number" && first.value === 0.99;
      const buckets = isP99 && second !== undefined ? watchedSelection(second, labels) : undefined;
      if (buckets?.kind !== "rate") return undefined;
      return {
        ...buckets,
        kind: "p99",
        metrics: buckets.metrics.map((name) => name.replace(/_bucket$/, "")),
      };
    }
    case "selector":
      return selected(expression, "value", labels);
    default:
      return undefined;
  }
}

function selected(
  { name, matchers, offsetMillis, at }: Selector,
  kind: WatchedSelection["kind"],
  labels: WatchedSelection["labels"],
): WatchedSelection | undefined {
  if (name === undefined || offsetMillis !== 0 || at !== undefined) return undefined;
  const conditions = matchers.filter(({ label }) => label !== "__name__");
  if (conditions.some(({ operator }) => operator !== "=")) return undefined;
  const given = Object.fromEntries(conditions.map(({ label, value }) => [label, value]));
  // The count of a histogram is watched under the name of the histogram.
  const metrics = kind === "rate" ? [...new Set([name, name.replace(/_count$/, "")])] : [name];
  return { metrics, kind, labels: { ...given, ...labels } };
}
