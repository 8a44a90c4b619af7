import { unixMillisFrom } from "../../events/time.ts";
import { show } from "../../diagnostics/show.ts";
import type { Expression } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { QueryResult } from "../result.ts";
import { sampleSourceOf } from "../given-source.ts";
import type { Source } from "../source.ts";
import { type EvaluationLimits, prepare, type Prepared } from "./prepared.ts";

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
  /**
   * Whether parts of PromQL are accepted that are behind feature flags in Prometheus. Default: false.
   * @experimental
   */
  readonly experimental?: boolean | undefined;
  /** Cancels the query. A reason with the name `TimeoutError` makes it an error of kind `timeout`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether `increase` and `rate` of a counter or histogram are exact. They add up the rises of the samples within the window
   * `(t - range, t]`. Each rise is from the sample before, which may be before the window. If the series began or restarted
   * in between, it is from 0. Nothing is extrapolated, so windows that follow each other add up. Default: false, as in
   * Prometheus.
   */
  readonly exact?: boolean | undefined;
  /** Limit of the samples that are loaded. Default: 50 million, as in Prometheus. @internal */
  readonly maxSamples?: number | undefined;
  /** As in {@link EvaluationLimits}. @internal */
  readonly isFromZero?: boolean | undefined;
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
  return await prepared(expression, options).at(sampleSourceOf(options.source), time, limitsOf(options));
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
  const ready = prepared(expression, options);
  const { type } = ready.expression;
  if (type === "string" || type === "matrix")
    throw new QueryError(
      "bad_data",
      `invalid expression type "${type === "string" ? "string" : "range vector"}" for range query, must be Scalar or instant Vector`,
    );
  const steps = { start, stepMillis: step, count: Math.floor((end - start) / step) + 1 };
  return await ready.over(sampleSourceOf(options.source), steps, end, limitsOf(options));
}

function prepared(expression: string | Expression, options: Omit<QueryOptions, "time">): Prepared {
  const { exact = false, experimental } = options;
  if (typeof exact !== "boolean")
    throw new QueryError("bad_data", `exact must be true or false, got ${show(exact)}`);
  return prepare(expression, { exact, experimental });
}

function limitsOf({
  lookback = LOOKBACK_SECONDS,
  maxSamples,
  isFromZero,
  signal,
}: Omit<QueryOptions, "time">): EvaluationLimits {
  if (!(lookback > 0))
    throw new QueryError("bad_data", `lookback must be a number of seconds above 0, got ${show(lookback)}`);
  return { lookbackMillis: Math.round(lookback * 1_000), maxSamples, isFromZero, signal };
}

function millis(name: string, time: Time): number {
  const found = unixMillisFrom(time);
  if (found !== undefined) return Math.round(found);
  throw new QueryError(
    "bad_data",
    `${name} must be a Date, an ISO 8601 string or Unix seconds, got ${show(time)}`,
  );
}
