// Results of questions: stored points, exact figures of histograms, or an expression over the store.
import { keyOf } from "../comparison.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { Store } from "../store/index.ts";
import { AskedSeries, tooManyPoints, UnanswerableError } from "./asked-series.ts";
import { exactAggregate, exactHistograms } from "./exact-histograms.ts";
import { type Plan, planOf } from "./plan.ts";
import { packedResult, type QueryResult, type ResultSeries } from "./points.ts";
import type { ReadAsked } from "./question-source.ts";
import { storedPoints } from "./stored-points.ts";

/** Reads the store in one snapshot, possibly again if the file was replaced. @throws CancelledError at the process's end */
export type Reading = <Result>(work: (store: Store) => Result) => Result;

// Points become objects on the caller's thread, which takes about a second for this number.
const MAX_ANSWERED = 2_000_000;

/**
 * Returns the result of a question, in the thread of the store.
 *
 * @param isCancelled polled during the work
 * @throws CancelledError once `isCancelled` returns true
 */
export async function answer(
  question: ResolvedQuestion,
  reading: Reading,
  isCancelled: () => boolean = () => false,
): Promise<QueryResult> {
  const read = <Result>(work: (asked: AskedSeries) => Result): Result =>
    reading((store) => work(new AskedSeries(store, question, isCancelled)));
  const { problem, type, unit } = read((asked) => asked);
  const head = { type, unit };
  if (problem !== undefined) return { ...packedResult(head, []), problem };
  try {
    const begun = read(begin);
    const series = "series" in begun ? begun.series : await evaluated(begun, read, isCancelled);
    if (series.reduce((sum, { points }) => sum + points.length, 0) > MAX_ANSWERED)
      throw tooManyPoints(MAX_ANSWERED);
    return packedResult(head, series.toSorted(byAttributes));
  } catch (error) {
    if (error instanceof UnanswerableError) return { ...packedResult(head, []), problem: error.message };
    throw error;
  }
}

async function evaluated(
  plan: Plan,
  read: ReadAsked,
  isCancelled: () => boolean,
): Promise<readonly ResultSeries[]> {
  const evaluator = await import("./evaluated.ts");
  return evaluator.evaluated(plan, read, { maxPoints: MAX_ANSWERED, isCancelled });
}

function begin(asked: AskedSeries): { readonly series: readonly ResultSeries[] } | Plan {
  const { question, type, found } = asked;
  if (found.length === 0) return { series: [] };
  if (question.aggregate === undefined || question.aggregate === "POINTS")
    return { series: storedPoints(asked) };
  const exact = type === "histogram" ? exactAggregate(question) : undefined;
  if (exact !== undefined) return { series: exactHistograms(asked, exact) };
  return planOf(asked, question.aggregate);
}

function byAttributes(left: ResultSeries, right: ResultSeries): number {
  const [a, b] = [keyOf(left.attributes), keyOf(right.attributes)];
  return a < b ? -1 : a > b ? 1 : 0;
}
