// Evaluation of questions as expressions.
import { prepare } from "../../query/evaluation/prepared.ts";
import type { Expression } from "../../query/expression.ts";
import { QueryError } from "../../query/query-error.ts";
import type { QueryResult } from "../../query/result.ts";
import type { Labels } from "../../query/source.ts";
import { binaryNode } from "../expression-nodes.ts";
import { type Dialect, expressionOf, isRise } from "../question-expression.ts";
import { problemOfSteps, type QuestionSteps, stepsOf } from "../question-steps.ts";
import { CancelledError } from "../select/cancelled-error.ts";
import { joined } from "../select/lane-samples.ts";
import { type AskedSeries, tooManyPoints, UnanswerableError } from "./asked-series.ts";
import type { ResultSeries } from "./points.ts";
import { GROUP, NAME, QuestionSource, type ReadAsked } from "./question-source.ts";

// Values at the ends of steps that are evaluated at once.
const MAX_CELLS = 4_000_000;
const MAX_SAMPLES = 10_000_000;
const POLL_MILLIS = 20;
// Before all points.
const LONG_AGO_MILLIS = -1e14;

export interface EvaluationBounds {
  /** Limit of the values in the result. */
  readonly maxPoints: number;
  /** Polled during the work. */
  readonly isCancelled: () => boolean;
}

/**
 * Evaluates a question that has an aggregate, as many steps at once as fit into memory.
 *
 * @throws UnanswerableError for too many steps, or more than `maxPoints` values
 * @throws CancelledError once `isCancelled` returns true
 */
export async function evaluated(
  read: ReadAsked,
  { maxPoints, isCancelled }: EvaluationBounds,
): Promise<readonly ResultSeries[]> {
  const cancelling = new AbortController();
  const poll = setInterval(() => {
    if (isCancelled()) cancelling.abort(new CancelledError());
  }, POLL_MILLIS);
  try {
    return await evaluatedUntil(cancelling.signal, read, maxPoints);
  } finally {
    clearInterval(poll);
  }
}

async function evaluatedUntil(
  signal: AbortSignal,
  read: ReadAsked,
  maxPoints: number,
): Promise<readonly ResultSeries[]> {
  const { expression, steps, isExact, selected } = read((asked) => ({
    ...expressionFor(asked),
    isExact: asked.question.exact === true,
    selected: asked.found.length,
  }));
  const { firstEnd, stepMillis } = steps;
  const source = new QuestionSource(read);
  const prepared = prepare(expression, { exact: isExact });
  const gathered = new Gathered(maxPoints);
  let atOnce = Math.max(Math.floor(MAX_CELLS / selected), 1);
  for (let next = 0; next < steps.count;) {
    const count = Math.min(atOnce, steps.count - next);
    const start = firstEnd + next * stepMillis;
    const end = start + (count - 1) * stepMillis;
    try {
      const some = { start, stepMillis, count };
      gathered.add(await prepared.over(source, some, end, { maxSamples: MAX_SAMPLES, signal }));
      next += count;
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      // The evaluator wraps the errors of its source.
      if (error.kind !== "execution") throw error.cause ?? error;
      if (count === 1) throw tooManyPoints(MAX_SAMPLES);
      atOnce = Math.ceil(count / 2);
    }
  }
  return gathered.series((labels) => source.attributesFrom(labels));
}

function expressionFor(asked: AskedSeries): {
  readonly expression: Expression;
  readonly steps: QuestionSteps;
} {
  const { question, type, found, store } = asked;
  const { aggregate } = question;
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
    expressionOf(
      // The source has filtered the series already.
      { ...question, aggregate: aggregate === "POINTS" ? undefined : aggregate, where: {} },
      { type, name: NAME, isNative },
      dialect,
    );
  const layouts = new Set(found.map(({ id }) => store.layout(id)?.kind === "exponential"));
  const expression =
    layouts.size === 2 ? binaryNode("or", compiled(false), compiled(true)) : compiled(layouts.has(true));
  return { expression, steps };
}

// The time of the oldest point is looked up if it has an effect on values or on the number of steps.
function askedSteps(asked: AskedSeries): QuestionSteps {
  const { question, type, store } = asked;
  const { from, aggregate, step, to } = question;
  if (from !== undefined) return stepsOf(question, from);
  const { oldest } = store.span();
  if (step !== undefined && oldest !== undefined && problemOfSteps(question, oldest) === undefined)
    return stepsOf(question, Math.min(oldest, to));
  const isExtrapolated = type === "histogram" || isRise(aggregate);
  if (step === undefined && !isExtrapolated) return stepsOf(question, Math.min(LONG_AGO_MILLIS, to));
  const first = Math.min(asked.oldestPoint(), to);
  const problem = problemOfSteps(question, first);
  if (problem !== undefined) throw new UnanswerableError(problem);
  return stepsOf(question, first);
}

interface GatheredSeries {
  readonly labels: Labels;
  readonly times: Float64Array[];
  readonly values: Float64Array[];
}

/** The values of several evaluations. */
class Gathered {
  readonly #found = new Map<string, GatheredSeries>();
  #left: number;
  readonly #maxPoints: number;

  constructor(maxPoints: number) {
    this.#maxPoints = maxPoints;
    this.#left = maxPoints;
  }

  add(result: QueryResult): void {
    if (result.kind !== "matrix") return;
    for (const { labels, times, values } of result.series) {
      const key = JSON.stringify(labels);
      const known = this.#found.get(key) ?? { labels, times: [], values: [] };
      this.#found.set(key, known);
      const isWhole = !values.includes(Number.NaN);
      const kept = isWhole ? times : times.filter((_, i) => !Number.isNaN(values[i]));
      const millis = new Float64Array(kept.length);
      for (let i = 0; i < kept.length; i++) millis[i] = Math.round(kept[i]! * 1_000);
      known.times.push(millis);
      known.values.push(isWhole ? values : values.filter((value) => !Number.isNaN(value)));
      this.#left -= values.length;
      if (this.#left < 0) throw tooManyPoints(this.#maxPoints);
    }
  }

  series(attributesFrom: (labels: Labels) => ResultSeries["attributes"]): readonly ResultSeries[] {
    return Array.from(this.#found.values(), ({ labels, times, values }) => ({
      attributes: attributesFrom(labels),
      times: joined(times),
      values: joined(values),
    })).filter(({ times }) => times.length > 0);
  }
}
