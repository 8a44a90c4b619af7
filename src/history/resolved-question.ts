// Validation of questions. The result is plain data, which can be sent to another thread.
import { show } from "../diagnostics/show.ts";
import { areTexts } from "../options/check.ts";
import {
  type AggregateName,
  AGGREGATES,
  type Question,
  QuestionError,
  type Where,
  wholeMillisFrom,
} from "./question.ts";

/** A checked question. Times are in whole milliseconds. */
export interface ResolvedQuestion {
  readonly metric: string;
  readonly where: Where;
  readonly from: number | undefined;
  readonly to: number;
  readonly step: number | undefined;
  /** `POINTS` for a function, `undefined` for the stored points. */
  readonly aggregate: AggregateName | "POINTS" | undefined;
  readonly quantile: number;
  readonly by: readonly string[] | undefined;
  readonly exact?: boolean;
}

const KEYS = ["metric", "where", "from", "to", "step", "aggregate", "quantile", "by", "exact", "signal"];
const WHERE_RULE = "an object of attributes, each with a string, an array of strings or { not: string }";
/** Limited because results are held in memory. */
export const MAX_STEPS = 1_000_000;

/**
 * Validates a question. `to` defaults to now.
 *
 * @throws QuestionError with all problems
 */
export function resolvedQuestion(question: Question, nowUnixMillis: number): ResolvedQuestion {
  const { metric, where = {}, aggregate, step, quantile = 0.95, by, exact = false } = given(question);
  const problems = new QuestionProblems();
  const { refuse } = problems;
  for (const key of Object.keys(question).filter((each) => !KEYS.includes(each)))
    problems.add(`unknown property ${key}; use ${KEYS.join(", ")}`);
  if (typeof metric !== "string" || metric === "") refuse("metric", metric, "the name of a metric");
  if (!isWhere(where)) refuse("where", where, WHERE_RULE);
  if (by !== undefined && !areTexts(by)) refuse("by", by, "an array of attribute keys");
  if (typeof exact !== "boolean") refuse("exact", exact, "true or false");
  const isFunction = typeof aggregate === "function";
  if (aggregate !== undefined && !isFunction && !AGGREGATES.includes(aggregate))
    refuse("aggregate", aggregate, `a function or one of ${AGGREGATES.join(", ")}`);
  if (!(quantile >= 0 && quantile <= 1)) refuse("quantile", quantile, "a number from 0 to 1");
  if (step !== undefined && !(step >= 0.001 && step < Infinity))
    refuse("step", step, "a number of seconds, 0.001 or more");
  const from = problems.moment("from", question.from);
  const to = problems.moment("to", question.to) ?? nowUnixMillis;
  if (from !== undefined && from > to)
    refuse("from", question.from, `a time not after to (${new Date(to).toISOString()})`);
  const stepMillis = step === undefined ? undefined : Math.round(step * 1_000);
  if (from !== undefined && stepMillis !== undefined && (to - from) / stepMillis > MAX_STEPS)
    refuse("step", step, `long enough for at most ${MAX_STEPS} steps in the range`);
  problems.assertNone(metric);
  return {
    metric,
    where,
    from,
    to,
    step: stepMillis,
    aggregate: isFunction ? "POINTS" : (aggregate ?? (stepMillis === undefined ? undefined : "LAST")),
    quantile,
    by,
    ...(exact && { exact }),
  };
}

/** @throws QuestionError if `where` is invalid */
export function checkedWhere(metric: string, where: Where): Where {
  if (isWhere(where)) return where;
  throw new QuestionError(metric, [problemText("where", where, WHERE_RULE)]);
}

function given(question: unknown): Question {
  if (isQuestion(question)) return question;
  throw new QuestionError(undefined, [
    problemText("question", question, 'an object such as { metric: "messages.sent" }'),
  ]);
}

function isQuestion(question: unknown): question is Question {
  return typeof question === "object" && question !== null && "metric" in question;
}

/** Collects the problems of a question. */
export class QuestionProblems {
  readonly #problems: string[] = [];

  add(problem: string): void {
    this.#problems.push(problem);
  }

  readonly refuse = (name: string, value: unknown, rule: string): void =>
    this.add(problemText(name, value, rule));

  /** Converts a time to whole milliseconds; `undefined` if it is missing or invalid. */
  moment(name: string, time: unknown): number | undefined {
    if (time === undefined) return undefined;
    const millis = wholeMillisFrom(time);
    if (millis === undefined) this.refuse(name, time, "a Date, ISO 8601, or seconds since the epoch");
    return millis;
  }

  /** @throws QuestionError with all problems, if there are any */
  assertNone(metric: unknown): void {
    if (this.#problems.length > 0) throw new QuestionError(metric, this.#problems);
  }
}

function problemText(name: string, value: unknown, rule: string): string {
  return `${name} must be ${rule}, got ${show(value)}`;
}

export function isWhere(where: unknown): where is Where {
  if (typeof where !== "object" || where === null || Array.isArray(where)) return false;
  return Object.values(where).every(
    (wanted: unknown) => typeof wanted === "string" || areTexts(wanted) || isNot(wanted),
  );
}

function isNot(wanted: unknown): boolean {
  return typeof wanted === "object" && wanted !== null && "not" in wanted && typeof wanted.not === "string";
}
