// What a history is asked, and what it answers.
import type { Attributes } from "@opentelemetry/api";
import { unixMillisFrom } from "../events/time.ts";

/** All aggregates that have a name. */
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

/** What is worked out of the points of a range or a step, by name. */
export type AggregateName = (typeof AGGREGATES)[number];

/** A stored or worked out value, with its time in seconds since the epoch. */
export type Point = [time: number, value: number];

/**
 * What is worked out of the points of a range or a step: by name, or by a function of the points, in the order of their
 * times. Its answer may be NaN, which makes no point.
 */
export type Aggregate = AggregateName | ((points: Iterable<Point>) => number);

/**
 * Which series are asked for. Each attribute must have the value, one of the values, or another value than `not`; an
 * attribute that a series does not have counts as empty. Attributes are found by their keys or by the names of their
 * Prometheus labels, those of the metric before those of the resource; values are compared as texts.
 */
export type Where = Readonly<Record<string, string | readonly string[] | { readonly not: string }>>;

/**
 * A question to a history. What the answer holds depends on `aggregate` and `step`:
 *
 * - neither: the stored points of `from` to `to`, both included; of a histogram, its count
 * - `aggregate` alone: one point a series, at `to`, over all of `from` to `to`
 * - `step`: a point at the end of each step that holds any, over what came after the step before and not after its own end
 *
 * @example
 * const question: Question = { metric: "messages.sent", aggregate: "RATE", step: 60, by: ["messaging.system"] };
 */
export interface Question {
  /** By its OpenTelemetry name, `messages.sent`, or by its Prometheus name, `messages_sent_total`. */
  readonly metric: string;
  readonly where?: Where;
  /** @defaultValue the oldest point; steps are then counted back from `to` */
  readonly from?: Time;
  /** @defaultValue now */
  readonly to?: Time;
  /** In seconds. Steps are counted from `from`; what is left of the range behind the last is not answered. */
  readonly step?: number;
  /** @defaultValue "LAST", with a step */
  readonly aggregate?: Aggregate;
  /** From 0 to 1, for QUANTILE. @defaultValue 0.95 */
  readonly quantile?: number;
  /** Series that agree in these attributes are added up first; `[]` adds up all. */
  readonly by?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What kind of metric: of `counter` only the rise says something, a `histogram` has buckets. */
export type MetricType = "counter" | "gauge" | "histogram";

/** One series of an answer. */
export interface AnswerSeries {
  /** Those of the metric; with `by`, only these. Of processes that ran side by side, `service.instance.id` too. */
  readonly attributes: Attributes;
  /** In the order of their times. */
  readonly points: readonly Point[];
}

/** The answer to a {@link Question}. A metric that is not known has no series. */
export interface Answer {
  /** As it was asked for. */
  readonly metric: string;
  /** The metric's own, as UCUM writes it: a RATE is so much a second. Empty where there is none. */
  readonly unit: string;
  readonly type: MetricType;
  readonly series: readonly AnswerSeries[];
}

/** A metric that a history holds. */
export interface KnownMetric {
  /** Its OpenTelemetry name, where that is known. */
  readonly name: string;
  readonly type: MetricType;
  readonly unit: string;
  /** How many series it has. */
  readonly series: number;
}

/** Which events are asked for. */
export interface EventQuestion {
  readonly type?: string;
  readonly source?: string;
  readonly from?: Time;
  readonly to?: Time;
  /** Fields of `data`, of deeper ones with dots: `{ "order.state": "paid" }`. */
  readonly where?: Where;
  readonly signal?: AbortSignal;
}

/** How much a history holds. Times are in seconds since the epoch. */
export interface Usage {
  readonly bytes: number;
  readonly maxBytes: number;
  /** `bytes` of `maxBytes`: 0 to 1. */
  readonly share: number;
  readonly points: number;
  readonly series: number;
  readonly oldest?: number;
  readonly newest?: number;
  /** Rows that could not be read since the history was opened and are left out of answers; missing if there are none. */
  readonly unreadable?: number;
}

/** Thrown where a question cannot be answered as it was asked; the message says all that is wrong with it. */
export class QuestionError extends Error {
  override readonly name = "QuestionError";
  readonly code = "TACHYMETER_QUESTION";

  constructor(metric: unknown, problems: readonly string[]) {
    super(`question about "${String(metric)}": ${problems.join("; ")}`);
  }
}

/** A moment: a `Date`, ISO 8601 (without a zone: UTC), or seconds since the epoch. */
export type Time = Date | string | number;

/** In whole milliseconds since the epoch, as it is stored; `undefined` if it is invalid. */
export function wholeMillisFrom(time: unknown): number | undefined {
  const millis = unixMillisFrom(time);
  return millis === undefined ? undefined : Math.round(millis);
}
