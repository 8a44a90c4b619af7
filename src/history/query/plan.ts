// The expression of a question about stored series, and its steps.
import type { Expression } from "../../query/expression.ts";
import { binaryNode } from "../expression-nodes.ts";
import type { AggregateName } from "../question.ts";
import { type Dialect, expressionOf } from "../question-expression.ts";
import { problemOfSteps, type QuestionSteps, stepsOf } from "../question-steps.ts";
import { type AskedSeries, UnanswerableError } from "./asked-series.ts";

/** An expression, and the times at which its values are the answer. */
export interface Plan {
  readonly expression: Expression;
  readonly steps: QuestionSteps;
  /** Number of series that are selected. */
  readonly selected: number;
}

/** Name of the metric in expressions. */
export const NAME = "m";
/** Label with the number of a group by `by`. Attributes are not labels, because they keep their keys and types. */
export const GROUP = "group";

// Before all points.
const LONG_AGO_MILLIS = -1e14;

/** @throws UnanswerableError for too many steps */
export function planOf(asked: AskedSeries, aggregate: AggregateName): Plan {
  const { question, type, found, store } = asked;
  const steps = askedSteps(asked);
  const { windowMillis } = steps;
  const dialect: Dialect = {
    labelOf: () => GROUP,
    windowMillis,
    wholeMillis: windowMillis,
    sumStepMillis: undefined,
    bucketLabels: ["le"],
  };
  const compiled = (isNative: boolean): Expression =>
    // The source has filtered the series already.
    expressionOf({ ...question, aggregate, where: {} }, { type, name: NAME, isNative }, dialect);
  const layouts = new Set(found.map(({ id }) => store.layout(id)?.kind === "exponential"));
  const expression =
    layouts.size === 2 ? binaryNode("or", compiled(false), compiled(true)) : compiled(layouts.has(true));
  return { expression, steps, selected: found.length };
}

// The time of the oldest point is looked up if it has an effect on values or on the number of steps.
function askedSteps(asked: AskedSeries): QuestionSteps {
  const { question, type, store } = asked;
  const { from, aggregate, step, to } = question;
  if (from !== undefined) return stepsOf(question, from);
  const { oldest } = store.span();
  if (step !== undefined && oldest !== undefined && problemOfSteps(question, oldest) === undefined)
    return stepsOf(question, Math.min(oldest, to));
  const isExtrapolated = type === "histogram" || aggregate === "RATE" || aggregate === "INCREASE";
  if (step === undefined && !isExtrapolated) return stepsOf(question, Math.min(LONG_AGO_MILLIS, to));
  const first = Math.min(asked.oldest(), to);
  const problem = problemOfSteps(question, first);
  if (problem !== undefined) throw new UnanswerableError(problem);
  return stepsOf(question, first);
}
