// What every history can be asked, wherever it is kept.
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../events/event.ts";
import type { Comparison } from "./analysis/compare.ts";
import type { AnalysisOptions, Forecast, Trend } from "./analysis/trend.ts";
import type { Answer, EventQuestion, KnownMetric, Question, Time, Usage, Where } from "./question.ts";

/** Where history is kept and asked: a store of one machine, or an engine for many. */
export interface HistorySource {
  /**
   * Answers a question.
   *
   * @throws QuestionError with all that is wrong with the question; the signal's reason where it is aborted.
   */
  query(question: Question): Promise<Answer>;
  /** All metrics, by their names. */
  metrics(): AsyncIterable<KnownMetric>;
  /** The attributes of a metric's series, each set once. */
  series(metric: string, where?: Where): AsyncIterable<Attributes>;
  /** Events, the oldest first. */
  events(question?: EventQuestion): AsyncIterable<TelemetryEvent>;
  /**
   * Where the series of a question are going: lines through them, with the limits of their slopes. Without an aggregate
   * of a counter its RATE, else the MEAN; without a step one that suits the range.
   *
   * @throws QuestionError with what is wrong with the question.
   */
  trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
  /**
   * When the series of a question reach `threshold` if they go on so, and between which times.
   *
   * @throws QuestionError with what is wrong with the question.
   */
  forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
  /**
   * How the series of a question differ between two ranges, by a rank test; `from` and `to` of the question do not count.
   *
   * @throws QuestionError with what is wrong with the question.
   */
  compare(
    question: Question,
    before: readonly [Time, Time],
    after: readonly [Time, Time],
  ): Promise<Comparison>;
  /** How much is held. */
  usage(): Promise<Usage>;
  /** Lets go of everything. Idempotent. */
  close(): Promise<void>;
}
