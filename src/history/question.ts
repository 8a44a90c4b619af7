// Types of questions and results.
import type { Attributes } from "@opentelemetry/api";
import { unixMillisFrom } from "../events/time.ts";

/** Names of all aggregates. */
export const AGGREGATES = [
  "MEAN",
  "SUM",
  "MIN",
  "MAX",
  "COUNT",
  "LAST",
  "RATE",
  "INCREASE",
  "QUANTILE",
  "STDDEV",
] as const;

/** The name of an aggregate, computed from the points of a range or a step. */
export type AggregateName = (typeof AGGREGATES)[number];

/** A time in seconds since the epoch, and a stored or computed value. */
export type Point = [time: number, value: number];

/**
 * An aggregate of the points of a range or a step: a name, or a function of the points in order of time. No point
 * results if the function returns NaN.
 */
export type Aggregate = AggregateName | ((points: Iterable<Point>) => number);

/**
 * A filter of series. Each attribute must have the value, one of the values, or any value except `not`. A missing
 * attribute counts as empty.
 *
 * Keys are attribute keys or Prometheus labels; attributes of the metric take precedence over those of the resource.
 * Values are compared as strings.
 */
export type Where = Readonly<
  Record<
    string,
    | string
    | readonly string[]
    | {
        /** The value that is excluded. */
        readonly not: string;
      }
  >
>;

/**
 * A question to a history. `aggregate` and `step` determine the points of the result:
 *
 * - neither: the stored points from `from` to `to`, both included; for histograms, their counts
 * - `aggregate` alone: one point per series, at `to`, over the whole range
 * - `step`: one point at the end of each step that contains points; a step excludes its start and includes its end
 *
 * @example
 * const question: Question = { metric: "messages.sent", aggregate: "RATE", step: 60, by: ["messaging.system.name"] };
 */
export interface Question {
  /** OpenTelemetry name, `messages.sent`, or Prometheus name, `messages_sent_total`. */
  readonly metric: string;
  /** Filter of the series. @defaultValue all series */
  readonly where?: Where;
  /** Start. @defaultValue the time of the oldest point; steps are then counted back from `to` */
  readonly from?: Time;
  /** End. @defaultValue now */
  readonly to?: Time;
  /** Seconds. Steps are counted from `from`; a rest shorter than a step at the end is left out. */
  readonly step?: number;
  /** @defaultValue "LAST" with a step, else none */
  readonly aggregate?: Aggregate;
  /** Quantile from 0 to 1, for QUANTILE. @defaultValue 0.95 */
  readonly quantile?: number;
  /**
   * Whether INCREASE, RATE and the figures of histograms are exact. They begin at the last point before each window, or with 0
   * at a start, and are not extrapolated. So those of steps add up to that of the range. @defaultValue false
   */
  readonly exact?: boolean;
  /** Adds up series with equal values of these attributes before aggregation; `[]` adds up all series. */
  readonly by?: readonly string[];
  /** Aborts the query, which then fails with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** Type of a metric. Only the increase of a `counter` is meaningful; a `histogram` has buckets. */
export type MetricType = "counter" | "gauge" | "histogram";

/** A series of a result. */
export interface AnswerSeries {
  /**
   * Attributes of the series; only those in `by` if it is set. Includes `service.instance.id` if processes ran at the
   * same time.
   */
  readonly attributes: Attributes;
  /** In order of time. */
  readonly points: readonly Point[];
}

/** The result of a {@link Question}. An unknown metric has no series. */
export interface Answer {
  /** The name as asked. */
  readonly metric: string;
  /** UCUM unit of the metric, empty if unknown. Values of RATE are per second. */
  readonly unit: string;
  /** Type of the metric. */
  readonly type: MetricType;
  /** The series, each with its points. */
  readonly series: readonly AnswerSeries[];
}

/** A metric of a history. */
export interface KnownMetric {
  /** OpenTelemetry name, if known. */
  readonly name: string;
  /** Type of the metric. */
  readonly type: MetricType;
  /** UCUM unit of the metric, empty if unknown. */
  readonly unit: string;
  /** Number of series. */
  readonly series: number;
}

/** A filter of events. */
export interface EventQuestion {
  /** Type of the events. @defaultValue all types */
  readonly type?: string;
  /** Source of the events. @defaultValue all sources */
  readonly source?: string;
  /** Start, included. @defaultValue the time of the oldest event */
  readonly from?: Time;
  /** End, included. @defaultValue ten minutes from now, because events may be slightly in the future */
  readonly to?: Time;
  /** Conditions on fields of `data`; nested fields use dots: `{ "order.state": "paid" }`. */
  readonly where?: Where;
  /** Aborts the query, which then fails with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** Size and content of a history. Times are in seconds since the epoch. */
export interface Usage {
  /** Size in bytes; NaN for a remote history. */
  readonly bytes: number;
  /** Maximum size in bytes; NaN for a remote history. */
  readonly maxBytes: number;
  /** `bytes` divided by `maxBytes`, from 0 to 1. */
  readonly share: number;
  /** Number of stored points; NaN for a remote history. */
  readonly points: number;
  /** Number of stored series; NaN if unknown. */
  readonly series: number;
  /** Time of the oldest point or event; absent if the history is empty. */
  readonly oldest?: number;
  /** Time of the newest point or event; absent if the history is empty. */
  readonly newest?: number;
  /** Rows that could not be read since the history was opened, and were left out of results; missing if zero. */
  readonly unreadable?: number;
}

/** A question is invalid. The message lists all problems. */
export class QuestionError extends Error {
  /** Always `QuestionError`. */
  override readonly name = "QuestionError";
  /** Always `TACHYMETER_QUESTION`. */
  readonly code = "TACHYMETER_QUESTION";

  constructor(metric: unknown, problems: readonly string[]) {
    super(`question about "${String(metric)}": ${problems.join("; ")}`);
  }
}

/** A time: a `Date`, ISO 8601 (UTC without a zone), or seconds since the epoch. */
export type Time = Date | string | number;

/** Converts a time to whole milliseconds since the epoch; `undefined` if it is invalid. */
export function wholeMillisFrom(time: unknown): number | undefined {
  const millis = unixMillisFrom(time);
  return millis === undefined ? undefined : Math.round(millis);
}
