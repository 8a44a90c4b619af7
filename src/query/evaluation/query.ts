import { inSlices } from "../../io/yield.ts";
import { unixMillisFrom } from "../../events/time.ts";
import { show } from "../../diagnostics/show.ts";
import type { Expression } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { QueryResult } from "../result.ts";
import type { Source } from "../source.ts";
import { parse } from "../syntax/parse.ts";
import { type Evaluation, type Pieces, Work } from "./evaluation.ts";
import { abortedError, untilAborted } from "./until-aborted.ts";
import { FoundAnnotations } from "./found-annotations.ts";
import { invariantsOf } from "./invariants.ts";
import { load, spansOf } from "./load.ts";
import { valueTest } from "./matchers.ts";
import { instantResult, rangeResult } from "./result.ts";

/** A point in time: a `Date`, an ISO 8601 string (in UTC if it has no zone) or Unix seconds. */
export type Time = Date | string | number;

/** Options of {@link query}. */
export interface QueryOptions {
  /** Source of the samples. */
  readonly source: Source;
  /** Time of evaluation. Default: now. */
  readonly time?: Time | undefined;
  /** Age up to which a sample is the current value of its series, in seconds. Default: 300. */
  readonly lookback?: number | undefined;
  /** Cancels the query. A reason with the name `TimeoutError` makes it an error of kind `timeout`. */
  readonly signal?: AbortSignal | undefined;
  /** Limit of the samples that are loaded. Default: 50 million, as in Prometheus. @internal */
  readonly maxSamples?: number | undefined;
}

/** Options of {@link queryRange}. */
export interface QueryRangeOptions extends Omit<QueryOptions, "time"> {
  /** Time of the first step. */
  readonly from: Time;
  /** Limit of the time of the last step. Default: now. */
  readonly to?: Time | undefined;
  /** Between steps, in seconds. */
  readonly step: number;
}

/** Maximum number of steps of a range, as in Prometheus. */
export const MAX_STEPS = 11_000;
const MAX_SAMPLES = 50_000_000;
const LOOKBACK_SECONDS = 300;

/**
 * Evaluates an expression at one time. Runs in slices of about half a millisecond.
 *
 * @throws QueryError if the expression or an option is invalid, the evaluation or the source fails, or the signal aborts.
 * @example
 * const result = await query("sum by (job) (rate(http_requests_total[5m]))", { source });
 * if (result.kind === "vector") for (const { labels, value } of result.series) console.log(labels["job"], value);
 */
export async function query(expression: string | Expression, options: QueryOptions): Promise<QueryResult> {
  const time = millis("time", options.time ?? Date.now() / 1_000);
  return await evaluate(parsed(expression), options, { start: time, end: time, step: 1 }, instantResult);
}

/**
 * Evaluates an expression at equally spaced times. The result is a matrix. Runs in slices of about half a millisecond.
 *
 * @throws QueryError as {@link query}, and if there would be more than 11,000 steps.
 */
export async function queryRange(
  expression: string | Expression,
  options: QueryRangeOptions,
): Promise<QueryResult> {
  const start = millis("from", options.from);
  const end = millis("to", options.to ?? Date.now() / 1_000);
  // By way of nanoseconds, because 0.29 * 1,000 is less than 290.
  const step = Math.trunc(Math.round(options.step * 1e9) / 1e6);
  if (end < start) throw new QueryError("bad_data", "end timestamp must not be before start time");
  if (!(step > 0))
    throw new QueryError(
      "bad_data",
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  if ((end - start) / step > MAX_STEPS)
    throw new QueryError(
      "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  const question = parsed(expression);
  const { tree } = question;
  if (tree.type === "string" || tree.type === "matrix")
    throw new QueryError(
      "bad_data",
      `invalid expression type "${tree.type === "string" ? "string" : "range vector"}" for range query, must be Scalar or instant Vector`,
    );
  return await evaluate(question, options, { start, end, step }, rangeResult);
}

/** An expression, and its text for the positions of annotations. */
interface Question {
  readonly tree: Expression;
  readonly text: string | undefined;
}

function parsed(expression: string | Expression): Question {
  return typeof expression === "string"
    ? { tree: parse(expression), text: expression }
    : { tree: expression, text: undefined };
}

async function evaluate(
  { tree, text }: Question,
  { source, lookback = LOOKBACK_SECONDS, signal, maxSamples = MAX_SAMPLES }: Omit<QueryOptions, "time">,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  resultOf: (tree: Expression, evaluation: Evaluation) => Pieces<QueryResult>,
): Promise<QueryResult> {
  if (!(lookback > 0))
    throw new QueryError("bad_data", `lookback must be a number of seconds above 0, got ${show(lookback)}`);
  const lookbackMillis = Math.round(lookback * 1_000);
  const spans = spansOf(tree, { start, end }, lookbackMillis);
  for (const { matchers } of spans.keys()) for (const matcher of matchers) valueTest(matcher);
  const work = new Work(maxSamples);
  // Ends the source's work too if the evaluation fails.
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    if (signal?.aborted === true) abort();
    const loaded = await untilAborted(load(spans, source, work, controller.signal), controller.signal);
    return await inSlices(
      resultOf(tree, {
        steps: { start, stepMillis: step, count: Math.floor((end - start) / step) + 1 },
        start,
        end,
        lookbackMillis,
        loaded,
        invariants: invariantsOf(tree),
        annotations: new FoundAnnotations(text),
        work,
      }),
      { signal: controller.signal },
    );
  } catch (error) {
    const reason = controller.signal.aborted ? abortedError(controller.signal) : error;
    controller.abort(reason);
    throw reason;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function millis(name: string, time: Time): number {
  const found = unixMillisFrom(time);
  if (found !== undefined) return Math.round(found);
  throw new QueryError(
    "bad_data",
    `${name} must be a Date, an ISO 8601 string or Unix seconds, got ${show(time)}`,
  );
}
