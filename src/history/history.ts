// Public API of a history stored in a local file.
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../events/event.ts";
import { type ChangePoint, changePointsOf } from "./analysis/change-points.ts";
import { type Comparison, comparisonOf } from "./analysis/compare.ts";
import { type AnalysisOptions, type Forecast, forecastOf, type Trend, trendOf } from "./analysis/trend.ts";
import { SAMPLES } from "../query/given-source.ts";
import { plainSelection } from "../query/sample-source.ts";
import type { SampleSeries, Selection, Source } from "../query/source.ts";
import { readEvents } from "./events/read.ts";
import { inSlices, nowOrInSlices } from "../io/yield.ts";
import type { HistorySource } from "./source.ts";
import { ownAggregate, unpackedSeries } from "./query/points.ts";
import {
  type Answer,
  type EventQuestion,
  type KnownMetric,
  type Question,
  QuestionError,
  type Time,
  type Usage,
  type Where,
} from "./question.ts";
import { HistoryStore, type OpenHistoryOptions } from "./history-store.ts";
import { checkedWhere, resolvedQuestion } from "./resolved-question.ts";
import { STORE } from "./store-of.ts";
import type { ViewedHistory } from "./select/viewed-history.ts";

let made: (store: HistoryStore) => History;

/**
 * A store of metrics and events in one SQLite file, which runs in its own thread. Several processes can write to the
 * file and read it at the same time.
 *
 * @example
 * ```ts
 * import { History } from "tachymeter/history";
 *
 * const history = await History.open({ path: "tachymeter.db" });
 * const { series } = await history.query({ metric: "messages.sent", aggregate: "INCREASE", step: 3600, by: [] });
 * for (const { points } of series) console.log(points);
 * await history.close();
 * ```
 */
export class History implements HistorySource, Source, AsyncDisposable {
  readonly #store: HistoryStore;

  private constructor(store: HistoryStore) {
    this.#store = store;
  }

  static {
    made = (store) => new History(store);
  }

  /**
   * Opens a store, and creates it if it does not exist.
   *
   * @throws HistoryOptionsError with all invalid options
   * @throws HistoryStoreError if the file cannot be used, or if this Node.js has no SQLite
   */
  static async open(options: OpenHistoryOptions = {}): Promise<History> {
    return new History(await HistoryStore.open(options));
  }

  /**
   * Queries a metric.
   *
   * @throws QuestionError with all problems of the question
   * @throws the reason of the question's signal if it is aborted, or an error of its aggregate function
   */
  async query(question: Question): Promise<Answer> {
    const resolved = resolvedQuestion(question, Date.now());
    const { metric, aggregate, signal } = question;
    const result = await this.#store.ask({ kind: "query", given: resolved }, signal);
    if (result.problem !== undefined) throw new QuestionError(metric, [result.problem]);
    const series = await nowOrInSlices(unpackedSeries(result), (rest) => inSlices(rest, { signal }));
    return {
      metric,
      unit: result.unit,
      type: result.type,
      series: typeof aggregate === "function" ? ownAggregate(aggregate, resolved, series) : series,
    };
  }

  /**
   * Selects series for queries in PromQL, which makes a history a source of `tachymeter/query`. Names and labels are those
   * that the Prometheus reader exports by default. Series of processes that ran at the same time, in
   * the range or not, differ in `service_instance_id`.
   *
   * @throws QueryError if there are too many samples
   * @throws the reason of the signal if it is aborted
   */
  select(selection: Selection): AsyncGenerator<SampleSeries, void, undefined> {
    // Other fields of the object may be values that cannot be sent to the thread.
    return this.#store.viewed({}).select(plainSelection(selection));
  }

  /** @internal The store itself, for the parts of the product. */
  get [STORE](): HistoryStore {
    return this.#store;
  }

  /** @internal This history as a source of queries, which computes values of windows in the thread of the store. */
  [SAMPLES](): ViewedHistory {
    return this.#store.viewed({});
  }

  /**
   * Iterates over all metrics in order of their names. Metrics with the same name and type in several scopes count as
   * one.
   */
  async *metrics(): AsyncGenerator<KnownMetric, void, undefined> {
    const known = new Map<string, KnownMetric>();
    for (const { name, type, unit, series } of await this.#store.ask({ kind: "metrics", given: undefined })) {
      const key = `${type} ${name}`;
      const same = known.get(key);
      known.set(key, { name, type, unit: same?.unit ?? unit, series: series + (same?.series ?? 0) });
    }
    yield* known.values();
  }

  /**
   * Iterates over the attributes of a metric's series, each distinct set once, across all processes.
   *
   * @throws QuestionError if `where` is invalid
   */
  async *series(metric: string, where: Where = {}): AsyncGenerator<Attributes, void, undefined> {
    const given = { metric, where: checkedWhere(metric, where) };
    yield* await this.#store.ask({ kind: "series", given });
  }

  /**
   * Iterates over events, oldest first.
   *
   * @throws QuestionError with all problems of the question
   * @throws the reason of the question's signal if it is aborted
   */
  async *events(question: EventQuestion = {}): AsyncGenerator<TelemetryEvent, void, undefined> {
    yield* readEvents(question, (filter) =>
      this.#store.ask({ kind: "events", given: filter }, question.signal),
    );
  }

  trend(question: Question, options?: AnalysisOptions): Promise<Trend> {
    return trendOf(this.#asked, question, options);
  }

  forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast> {
    return forecastOf(this.#asked, question, threshold, options);
  }

  compare(
    question: Question,
    before: readonly [Time, Time],
    after: readonly [Time, Time],
  ): Promise<Comparison> {
    return comparisonOf(this.#asked, question, before, after);
  }

  changePoints(question: Question): Promise<ChangePoint[]> {
    return changePointsOf(this.#asked, question, (values, signal) =>
      this.#store.ask({ kind: "levelChanges", given: values }, signal),
    );
  }

  /** Returns the size, the number of points and series, and the covered time. */
  async usage(): Promise<Usage> {
    const { bytes, maxBytes, points, series, oldest, newest, unreadable } = await this.#store.storeUsage();
    return {
      bytes,
      maxBytes,
      share: bytes / maxBytes,
      points,
      series,
      ...(oldest !== undefined && { oldest: oldest / 1_000 }),
      ...(newest !== undefined && { newest: newest / 1_000 }),
      ...(unreadable > 0 && { unreadable }),
    };
  }

  /** Completes earlier requests and closes the file. Idempotent. */
  close(): Promise<void> {
    return this.#store.close();
  }

  /** Calls `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #asked(): Parameters<typeof trendOf>[0] {
    return {
      query: (question) => this.query(question),
      oldest: async (question) => {
        const given = resolvedQuestion(question, Date.now());
        return (await this.#store.ask({ kind: "oldest", given }, question.signal)) / 1_000;
      },
    };
  }
}

/** A history of the public API on a store. */
export function historyOn(store: HistoryStore): History {
  return made(store);
}
