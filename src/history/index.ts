/**
 * A history of metrics and events on this machine, and queries over it.
 *
 * @example
 * ```ts
 * import { History } from "tachymeter/history";
 *
 * const history = await History.open({ path: "tachymeter.db", readOnly: true });
 * ```
 *
 * @module tachymeter/history
 */
export type { ChangePoint } from "./analysis/change-points.ts";
export type { ComparedRange, Comparison, SeriesComparison } from "./analysis/compare.ts";
export type { AnalysisOptions, Forecast, SeriesForecast, SeriesTrend, Trend } from "./analysis/trend.ts";
export { type BridgeEvent, BridgeTelemetry } from "./bridge/telemetry.ts";
export type {
  BridgeErrorCode,
  ErrorResponse,
  EventResponse,
  HealthResponse,
  MetricAggregate,
  MetricsResponse,
  ValidationError,
} from "./bridge/documents.ts";
export { BacklogError } from "./events/store.ts";
export type { BridgeAggregation } from "./bridge/checks.ts";
export { type BridgeMonitor, BridgeMonitorError, type RecordedMetric } from "./bridge/monitors.ts";
export type { BridgeConfig } from "./bridge/options.ts";
export { History } from "./history.ts";
export type { OpenHistoryOptions } from "./history-store.ts";
export type { HistoryOptions } from "../options/history.ts";
export {
  OptionsError as BridgeConfigError,
  OptionsError as HistoryOptionsError,
  type OptionsProblem as HistoryOptionsProblem,
} from "../options/options-error.ts";
export type { HistorySource } from "./source.ts";
export type {
  Aggregate,
  AggregateName,
  Answer,
  AnswerSeries,
  EventQuestion,
  KnownMetric,
  MetricType,
  Point,
  Question,
  Time,
  Usage,
  Where,
} from "./question.ts";
export { QuestionError } from "./question.ts";
export type { ExpressionOptions, ExpressionRangeOptions } from "../query/expression-options.ts";
export { RemoteHistory } from "./remote/index.ts";
export { type RemoteHistoryOptions } from "./remote/options.ts";
export { RemoteHistoryError } from "./remote/api-client.ts";
export { HistoryStoreError } from "./thread/message.ts";
