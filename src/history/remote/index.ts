// History stored by a remote server for many machines.
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../../events/event.ts";
import { GivenSource, SAMPLES } from "../../query/given-source.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import type { ExpressionOptions, ExpressionRangeOptions } from "../../query/expression-options.ts";
import type { QueryResult } from "../../query/result.ts";
import type { SampleSeries, Selection, Source } from "../../query/source.ts";
import { type ChangePoint, changePointsOf } from "../analysis/change-points.ts";
import { type Comparison, comparisonOf } from "../analysis/compare.ts";
import { levelChanges } from "../analysis/level-changes.ts";
import { type AnalysisOptions, type Forecast, forecastOf, type Trend, trendOf } from "../analysis/trend.ts";
import type { Answer, EventQuestion, KnownMetric, Question, Time, Usage, Where } from "../question.ts";
import type { HistorySource } from "../source.ts";
import { inSlices } from "../../io/yield.ts";
import { NUMBER_OF_SERIES } from "./answers.ts";
import { ApiClient } from "./api-client.ts";
import { type ApiServer, remoteServer } from "./api-server.ts";
import { RemoteExpressions } from "./expressions.ts";
import { MetricCatalogue } from "./metric-catalogue.ts";
import { type RemoteHistoryOptions, remoteSettings } from "./options.ts";
import { RemoteQuestions } from "./questions.ts";

/**
 * A remote history on Prometheus, VictoriaMetrics, Mimir, Thanos or any server with the Prometheus HTTP API. It has the
 * same interface as `History`. Questions are translated to PromQL and evaluated by the server. Metrics are written to
 * it by scrapes or OTLP.
 *
 * Differences to `History`:
 *
 * - Attributes are labels (`messaging_destination_name`), except those that the question names by key.
 * - An aggregate cannot be a function.
 * - There are no events.
 *
 * @example
 * const history = new RemoteHistory({ url: "http://127.0.0.1:9090" });
 * const { series } = await history.query({ metric: "messages.sent", aggregate: "RATE", from: "2026-11-20", step: 3600 });
 */
export class RemoteHistory implements HistorySource, Source {
  readonly #client: ApiClient;
  readonly #catalogue: MetricCatalogue;
  readonly #questions: RemoteQuestions;
  readonly #expressions: RemoteExpressions;

  /** @throws OptionsError with all invalid options */
  constructor(options: RemoteHistoryOptions);
  /** @internal */
  constructor(given: RemoteHistoryOptions | { readonly server: ApiServer });
  constructor(given: RemoteHistoryOptions | { readonly server: ApiServer }) {
    this.#client = new ApiClient("server" in given ? given.server : remoteServer(remoteSettings(given)));
    this.#catalogue = new MetricCatalogue(this.#client);
    this.#questions = new RemoteQuestions(this.#client, this.#catalogue);
    this.#expressions = new RemoteExpressions(this.#client);
  }

  /**
   * Queries a metric. For increases, VictoriaMetrics starts at the last point before the range; other servers
   * extrapolate.
   *
   * @throws QuestionError with all problems of the question
   * @throws RemoteHistoryError if the request fails
   * @throws the reason of the question's signal if it is aborted
   */
  query(question: Question): Promise<Answer>;
  /**
   * Evaluates an expression at one time, by default now. It is sent to the server as it is.
   *
   * @throws QueryError if the server refuses the expression, the request fails, or the signal aborts
   */
  query(expression: string, options?: ExpressionOptions): Promise<QueryResult>;
  query(asked: Question | string, options: ExpressionOptions = {}): Promise<Answer> | Promise<QueryResult> {
    return typeof asked === "string"
      ? this.#expressions.query(asked, options)
      : this.#questions.answer(asked);
  }

  /**
   * Evaluates an expression at equally spaced times. It is sent to the server as it is.
   *
   * @throws QueryError if the server refuses the expression, the request fails, or the signal aborts
   */
  queryRange(expression: string, options: ExpressionRangeOptions): Promise<QueryResult> {
    return this.#expressions.queryRange(expression, options);
  }

  /**
   * Selects samples, for queries that this process evaluates.
   *
   * @throws QueryError if the request fails
   * @throws the reason of the signal if it is aborted
   */
  select(selection: Selection): AsyncGenerator<SampleSeries, void, undefined> {
    return this.#expressions.select(selection);
  }

  /** Iterates over all metrics. `series` counts those with points in the last minutes. */
  async *metrics(): AsyncIterable<KnownMetric> {
    yield* await this.#catalogue.metrics();
  }

  /** @internal This history as a source of queries of the product. */
  [SAMPLES](): SampleSource {
    return new GivenSource(this.#expressions, { metadata: () => this.#catalogue.described() });
  }

  /** Iterates over the labels of a metric's series. */
  series(metric: string, where: Where = {}): AsyncIterable<Attributes> {
    return this.#questions.series(metric, where);
  }

  /** Not supported by remote servers. @throws RemoteHistoryError always */
  // oxlint-disable-next-line require-yield -- a generator, so that the error rejects and is not thrown
  async *events(_question?: EventQuestion): AsyncIterable<TelemetryEvent> {
    throw this.#client.error("events are not supported; query the History of each machine, or a log backend");
  }

  async trend(question: Question, options?: AnalysisOptions): Promise<Trend> {
    return trendOf(this.#asked, question, options);
  }

  async forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast> {
    return forecastOf(this.#asked, question, threshold, options);
  }

  async compare(
    question: Question,
    before: readonly [Time, Time],
    after: readonly [Time, Time],
  ): Promise<Comparison> {
    return comparisonOf(this.#asked, question, before, after);
  }

  async changePoints(question: Question): Promise<ChangePoint[]> {
    return changePointsOf(this.#asked, question, (values, signal) =>
      inSlices(levelChanges(values), { signal }),
    );
  }

  /** Returns the number of series; all other figures are NaN. */
  async usage(): Promise<Usage> {
    const { data } = await this.#client.ask("status/tsdb", NUMBER_OF_SERIES, {});
    const series = data.totalSeries ?? data.headStats?.numSeries ?? NaN;
    return { bytes: NaN, maxBytes: NaN, share: NaN, points: NaN, series };
  }

  /** @internal Time of a metric's oldest point, in seconds. */
  oldest(metric: string): Promise<number | undefined> {
    return this.#questions.oldest({ metric });
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  get #asked(): Parameters<typeof trendOf>[0] {
    return {
      query: (question) => this.query(question),
      oldest: (question) => this.#questions.oldest(question),
    };
  }
}
