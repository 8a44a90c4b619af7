// Results of questions: stored points, exact figures of histograms, or an expression over the store.
import { keyOf } from "../comparison.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { Store } from "../store/index.ts";
import { AskedSeries, tooManyPoints, UnanswerableError } from "./asked-series.ts";
import { exactAggregate, exactHistograms } from "./exact-histograms.ts";
import { packedResult, type PackedAnswer, type ResultSeries } from "./points.ts";
import type { ReadAsked } from "./question-source.ts";
import { storedPoints } from "./stored-points.ts";

/** Reads the store in one snapshot, possibly again if the file was replaced. @throws CancelledError at the process's end */
export type ReadStore = <Result>(work: (store: Store) => Result) => Result;

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
  reading: ReadStore,
  isCancelled: () => boolean = () => false,
): Promise<PackedAnswer> {
  const read: ReadAsked = (work) => reading((store) => work(new AskedSeries(store, question, isCancelled)));
  const { problem, type, unit } = read((asked) => asked);
  const head = { type, unit };
  if (problem !== undefined) return { ...packedResult(head, []), problem };
  try {
    const series = read(withoutEvaluation) ?? (await evaluated(read, isCancelled));
    if (series.reduce((sum, { times }) => sum + times.length, 0) > MAX_ANSWERED)
      throw tooManyPoints(MAX_ANSWERED);
    return packedResult(head, series.toSorted(byAttributes));
  } catch (error) {
    if (error instanceof UnanswerableError) return { ...packedResult(head, []), problem: error.message };
    throw error;
  }
}

function withoutEvaluation(asked: AskedSeries): readonly ResultSeries[] | undefined {
  const { question, type, found } = asked;
  if (found.length === 0) return [];
  if (question.aggregate === undefined || question.aggregate === "POINTS") return storedPoints(asked);
  const exact = type === "histogram" ? exactAggregate(question) : undefined;
  return exact && exactHistograms(asked, exact);
}

// Its code is loaded with the first expression.
async function evaluated(read: ReadAsked, isCancelled: () => boolean): Promise<readonly ResultSeries[]> {
  const evaluator = await import("./evaluated.ts");
  return evaluator.evaluated(read, { maxPoints: MAX_ANSWERED, isCancelled });
}

function byAttributes(left: ResultSeries, right: ResultSeries): number {
  const [a, b] = [keyOf(left.attributes), keyOf(right.attributes)];
  return a < b ? -1 : a > b ? 1 : 0;
}
