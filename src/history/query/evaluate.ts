// Evaluation of questions on blocks of the store.
import type { ResolvedQuestion } from "../resolved-question.ts";
import { Evaluation, TooManyPoints } from "./evaluation.ts";
import { keyOf } from "../grouped.ts";
import { matches } from "./matching.ts";
import { packedResult, type QueryResult, type ResultSeries } from "./points.ts";
import type { Store } from "../store/index.ts";

/**
 * @param isCancelled polled during the evaluation
 * @throws CancelledError once `isCancelled` returns true
 */
export function evaluate(
  question: ResolvedQuestion,
  store: Store,
  isCancelled: () => boolean = () => false,
): QueryResult {
  const metrics = store.find(question.metric);
  const [known] = metrics;
  if (known === undefined) return packedResult({ type: "gauge", unit: "" }, []);
  const { type, unit } = known;
  const head = { type, unit };
  const problem = problemOf(question.aggregate, type);
  if (problem !== undefined) return { ...packedResult(head, []), problem };
  // Metrics of a different type than the first are left out.
  const series = metrics
    .filter((each) => each.type === type)
    .flatMap(({ id, scope }) => store.series(id).map((each) => ({ ...each, scope: scope.name })))
    .filter((each) => matches(each, question.where));
  try {
    const evaluation = new Evaluation({
      question,
      series,
      store,
      isCancelled,
      areHistograms: type === "histogram",
    });
    return packedResult(head, evaluation.series().toSorted(byAttributes));
  } catch (error) {
    if (error instanceof TooManyPoints) return { ...packedResult(head, []), problem: error.message };
    throw error;
  }
}

function problemOf(aggregate: ResolvedQuestion["aggregate"], type: QueryResult["type"]): string | undefined {
  if (type === "gauge" && (aggregate === "RATE" || aggregate === "INCREASE"))
    return `aggregate "${aggregate}" is not supported for gauges; use MEAN, MIN, MAX or LAST`;
  if (type === "histogram" && aggregate === "STDDEV")
    return 'aggregate "STDDEV" is not supported for histograms; use QUANTILE';
  return undefined;
}

function byAttributes(left: ResultSeries, right: ResultSeries): number {
  const [a, b] = [keyOf(left.attributes), keyOf(right.attributes)];
  return a < b ? -1 : a > b ? 1 : 0;
}
