// What every history can be asked, wherever it is kept.
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../events/telemetry-event.ts";
import type { Answer, EventQuestion, KnownMetric, Question, Usage, Where } from "./question.ts";

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
  /** How much is held. */
  usage(): Promise<Usage>;
  /** Lets go of everything. Idempotent. */
  close(): Promise<void>;
}
