// Common interface of local and remote histories.
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../events/event.ts";
import type { ChangePoint } from "./analysis/change-points.ts";
import type { Comparison } from "./analysis/compare.ts";
import type { AnalysisOptions, Forecast, Trend } from "./analysis/trend.ts";
import type { Answer, EventQuestion, KnownMetric, Question, Time, Usage, Where } from "./question.ts";

/** A source of historical data: a store on this machine, or a remote server for many machines. */
export interface HistorySource {
  /**
   * Queries a metric.
   *
   * @throws QuestionError with all problems of the question
   * @throws the reason of the question's signal if it is aborted
   */
  query(question: Question): Promise<Answer>;
  /** Iterates over all metrics in order of their names. */
  metrics(): AsyncIterable<KnownMetric>;
  /** Iterates over the attributes of a metric's series, each distinct set once. */
  series(metric: string, where?: Where): AsyncIterable<Attributes>;
  /** Iterates over events, oldest first. */
  events(question?: EventQuestion): AsyncIterable<TelemetryEvent>;
  /**
   * Fits a line through the points of each series, with confidence limits of the slope. The default aggregate is RATE
   * for counters and MEAN for other metrics; the default step depends on the range.
   *
   * @throws QuestionError with all problems of the question
   */
  trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
  /**
   * Forecasts when the series of a question reach `threshold`, with confidence limits.
   *
   * @throws QuestionError with all problems of the question
   */
  forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
  /**
   * Compares the series of a question between two ranges by a rank test. Ignores `from` and `to` of the question.
   *
   * @throws QuestionError with all problems of the question
   */
  compare(
    question: Question,
    before: readonly [Time, Time],
    after: readonly [Time, Time],
  ): Promise<Comparison>;
  /**
   * Finds the times at which the level of each series of a question changed, in the order of time. Autocorrelation,
   * seasons, trends and outliers do not count. At most 5 of 100 series without a change have one. A change must last for 2 %
   * of the range. Aggregate and step have the defaults of `trend`.
   *
   * @throws QuestionError with all problems of the question
   * @throws the reason of the question's signal if it is aborted
   */
  changePoints(question: Question): Promise<ChangePoint[]>;
  /** Returns the size and content. */
  usage(): Promise<Usage>;
  /** Releases all resources. Idempotent. */
  close(): Promise<void>;
}
