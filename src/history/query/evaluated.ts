// Evaluation of the expressions of questions. Its code is loaded with the first one.
import { prepare } from "../../query/evaluation/prepared.ts";
import { QueryError } from "../../query/query-error.ts";
import type { QueryResult } from "../../query/result.ts";
import { CancelledError } from "../select/cancelled-error.ts";
import { tooManyPoints } from "./asked-series.ts";
import { NAME, type Plan } from "./plan.ts";
import { PointList, type ResultSeries } from "./points.ts";
import { QuestionSource, type ReadAsked } from "./question-source.ts";

// Values at the ends of steps that are evaluated at once.
const MAX_CELLS = 4_000_000;
const MAX_SAMPLES = 10_000_000;
const POLL_MILLIS = 20;

export interface EvaluationBounds {
  /** Limit of the values in the result. */
  readonly maxPoints: number;
  /** Polled during the work. */
  readonly isCancelled: () => boolean;
}

/**
 * Evaluates a plan, as many steps at once as fit into memory.
 *
 * @throws UnanswerableError for more than `maxPoints` values
 * @throws CancelledError once `isCancelled` returns true
 */
export async function evaluated(
  plan: Plan,
  read: ReadAsked,
  { maxPoints, isCancelled }: EvaluationBounds,
): Promise<readonly ResultSeries[]> {
  const cancelling = new AbortController();
  const poll = setInterval(() => {
    if (isCancelled()) cancelling.abort(new CancelledError());
  }, POLL_MILLIS);
  try {
    return await evaluatedUntil(cancelling.signal, plan, read, maxPoints);
  } finally {
    clearInterval(poll);
  }
}

async function evaluatedUntil(
  signal: AbortSignal,
  { expression, steps, selected }: Plan,
  read: ReadAsked,
  maxPoints: number,
): Promise<readonly ResultSeries[]> {
  const { firstEnd, stepMillis } = steps;
  const source = new QuestionSource(read, NAME);
  const prepared = prepare(expression);
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

type Labels = Readonly<Record<string, string>>;

/** The values of several evaluations. */
class Gathered {
  readonly #found = new Map<string, { readonly labels: Labels; readonly points: PointList }>();
  #left: number;
  readonly #maxPoints: number;

  constructor(maxPoints: number) {
    this.#maxPoints = maxPoints;
    this.#left = maxPoints;
  }

  add(result: QueryResult): void {
    if (result.kind !== "matrix") return;
    for (const { labels, times, values } of result.series) {
      const { points } = this.#seriesOf(labels);
      points.reserve(values.length);
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        if (!Number.isNaN(value)) points.push(Math.round(times[i]! * 1_000), value);
      }
      this.#left -= values.length;
      if (this.#left < 0) throw tooManyPoints(this.#maxPoints);
    }
  }

  series(attributesFrom: (labels: Labels) => ResultSeries["attributes"]): readonly ResultSeries[] {
    return [...this.#found.values()]
      .filter(({ points }) => points.length > 0)
      .map(({ labels, points }) => ({ attributes: attributesFrom(labels), points }));
  }

  #seriesOf(labels: Labels): { readonly points: PointList } {
    const key = JSON.stringify(labels);
    let known = this.#found.get(key);
    if (known === undefined) this.#found.set(key, (known = { labels, points: new PointList() }));
    return known;
  }
}
