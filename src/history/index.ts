/**
 * History on this machine, and questions to it: what was collected, and what happened.
 *
 * @example
 * ```ts
 * import { History } from "tachymeter/history";
 *
 * const history = await History.open({ path: "tachymeter.db", readOnly: true });
 * ```
 */
export { History, type OpenHistoryOptions } from "./history.ts";
export { type HistoryOptions, HistoryOptionsError, type HistoryOptionsProblem } from "./history-options.ts";
export type { HistorySource } from "./history-source.ts";
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
  Usage,
  Where,
} from "./question.ts";
export { QuestionError } from "./question-error.ts";
export { HistoryStoreError } from "./thread/history-store-error.ts";
export type { Time } from "./time.ts";
