// History stored by a remote server for many machines.
import { show } from "../../diagnostics/show.ts";
import { QueryError } from "../../query/query-error.ts";
import type { QueryResult } from "../../query/result.ts";
import type { SampleSeries, Selection, Source } from "../../query/source.ts";
import { grouped, keyOf } from "../grouped.ts";
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../../events/event.ts";
import { type Comparison, comparisonOf } from "../analysis/compare.ts";
import { type AnalysisOptions, type Forecast, forecastOf, type Trend, trendOf } from "../analysis/trend.ts";
import type { HistorySource } from "../source.ts";
import {
  type Answer,
  type EventQuestion,
  type KnownMetric,
  type Point,
  type Question,
  QuestionError,
  type Time,
  type Usage,
  type Where,
  wholeMillisFrom,
} from "../question.ts";
import { resolvedQuestion } from "../resolved-question.ts";
import { ApiClient, FRESH, type RemoteSeries } from "./api-client.ts";
import {
  expressionOf,
  intervalOfPoints,
  isAddedUpFirst,
  momentsOf,
  oldestPoint,
  type RemoteQuestion,
} from "./expression.ts";
import { expressionOfSelection, resultFrom, samplesFrom } from "./expression-result.ts";
import {
  attributesFrom,
  type LabelOf,
  MetricCatalogue,
  type RemoteMetric,
  selectorOf,
  seriesName,
} from "./metric-catalogue.ts";
import { type RemoteHistoryOptions, remoteSettings } from "./options.ts";

const MAX_SERIES = 10_000;
const MAX_POINTS = 2_000_000;
// Limit of evaluation times per window.
const MAX_MOMENTS = 10_000;

/** Options of an expression at one time. */
export interface RemoteQueryOptions {
  /** Time of evaluation. @defaultValue now, by the clock of the server */
  readonly time?: Time | undefined;
  /** Ends the query, which then rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of an expression over a range. */
export interface RemoteQueryRangeOptions {
  /** Time of the first evaluation. */
  readonly from: Time;
  /** No evaluation is later. @defaultValue now */
  readonly to?: Time | undefined;
  /** Seconds between two evaluations. */
  readonly step: number;
  /** Ends the query, which then rejects. */
  readonly signal?: AbortSignal | undefined;
}

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
  #engine: Promise<Engine> | undefined;

  /** @throws OptionsError with all invalid options */
  constructor(options: RemoteHistoryOptions) {
    this.#client = new ApiClient(remoteSettings(options));
    this.#catalogue = new MetricCatalogue(this.#client);
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
   * @throws RemoteHistoryError if the request fails
   * @throws the reason of the signal if it is aborted
   */
  query(expression: string, options?: RemoteQueryOptions): Promise<QueryResult>;
  query(asked: Question | string, options: RemoteQueryOptions = {}): Promise<Answer> | Promise<QueryResult> {
    return typeof asked === "string" ? this.#evaluated(asked, options) : this.#answered(asked);
  }

  /**
   * Evaluates an expression at equally spaced times. It is sent to the server as it is.
   *
   * @throws RemoteHistoryError if the request fails
   * @throws the reason of the signal if it is aborted
   */
  async queryRange(expression: string, options: RemoteQueryRangeOptions): Promise<QueryResult> {
    const { from, to, step, signal } = options;
    const start = secondsFrom("from", from);
    const end = to === undefined ? Date.now() / 1_000 : secondsFrom("to", to);
    const parameters = { query: expression, start, end, step, ...FRESH };
    return resultFrom(await this.#client.evaluate("query_range", parameters, signal));
  }

  /** Selects samples, for queries that this process evaluates. */
  async *select(selection: Selection): AsyncGenerator<SampleSeries, void, undefined> {
    const query = expressionOfSelection(selection);
    const parameters = { query, time: selection.to / 1_000, ...FRESH };
    yield* samplesFrom(resultFrom(await this.#client.evaluate("query", parameters, selection.signal)));
  }

  async #evaluated(query: string, { time, signal }: RemoteQueryOptions): Promise<QueryResult> {
    const at = time === undefined ? {} : { time: secondsFrom("time", time) };
    return resultFrom(await this.#client.evaluate("query", { query, ...at, ...FRESH }, signal));
  }

  async #answered(question: Question): Promise<Answer> {
    const resolved = remoteQuestion(question);
    const { signal } = question;
    const { metric: name, where, by = [] } = resolved;
    const metric = await this.#catalogue.metric(name, signal);
    if (metric === undefined) return { metric: name, unit: "", type: "gauge", series: [] };
    const labelOf = await this.#catalogue.labelOf(metric, [...Object.keys(where), ...by], signal);
    const keys = [...Object.keys(where), ...by];
    const results = await this.#results(resolved, metric, labelOf, signal);
    const series = [...grouped(results, (result) => keyOf(result.metric)).values()].map((parts) => ({
      attributes: attributesFrom(parts[0]?.metric ?? {}, keys, labelOf),
      points: parts.flatMap(pointsOf),
    }));
    return {
      metric: name,
      unit: metric.unit,
      type: metric.type,
      series: series.filter(({ points }) => points.length > 0),
    };
  }

  /** Iterates over all metrics. `series` counts those with points in the last minutes. */
  async *metrics(): AsyncIterable<KnownMetric> {
    yield* await this.#catalogue.metrics();
  }

  /** Iterates over the labels of a metric's series. */
  async *series(metric: string, where: Where = {}): AsyncIterable<Attributes> {
    const known = await this.#catalogue.metric(metric);
    if (known === undefined) return;
    const keys = Object.keys(where);
    const labelOf = await this.#catalogue.labelOf(known, keys);
    const answer = await this.#client.ask("series", {
      "match[]": selectorOf(seriesName(known), where, labelOf),
      start: 1,
      limit: MAX_SERIES + 1,
    });
    this.#checkNumber(answer.data.length);
    for (const labels of answer.data) yield attributesFrom(labels, keys, labelOf);
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

  /** Returns the number of series; all other figures are NaN. */
  async usage(): Promise<Usage> {
    const { data } = await this.#client.ask("status/tsdb", {});
    const series = data.totalSeries ?? data.headStats?.numSeries ?? NaN;
    return { bytes: NaN, maxBytes: NaN, share: NaN, points: NaN, series };
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  get #asked(): Parameters<typeof trendOf>[0] {
    return {
      query: (question) => this.query(question),
      oldest: async (question) => {
        const resolved = remoteQuestion({ ...question, aggregate: "LAST" });
        const metric = await this.#catalogue.metric(resolved.metric, question.signal);
        if (metric === undefined) return undefined;
        const labelOf = await this.#catalogue.labelOf(metric, Object.keys(resolved.where), question.signal);
        const selector = selectorOf(seriesName(metric), resolved.where, labelOf);
        const millis = await oldestPoint(this.#client, selector, resolved.to, question.signal);
        return millis === undefined ? undefined : millis / 1_000;
      },
    };
  }

  async #results(
    question: RemoteQuestion,
    metric: RemoteMetric,
    labelOf: LabelOf,
    signal: AbortSignal | undefined,
  ): Promise<readonly RemoteSeries[]> {
    const selector = selectorOf(seriesName(metric), question.where, labelOf);
    const from = question.from ?? (await oldestPoint(this.#client, selector, question.to, signal));
    if (from === undefined) return [];
    const { requests, windowMillis } = momentsOf(question, from);
    const engine = await this.#engineOnce();
    const interval = isAddedUpFirst(question, metric)
      ? await intervalOfPoints(this.#client, selector, { from, to: question.to }, signal)
      : 0;
    const query = expressionOf({
      question,
      metric,
      labelOf,
      isVictoriaMetrics: engine.isVictoriaMetrics,
      windowMillis: windowOf(engine, windowMillis),
      wholeMillis: windowMillis,
      resolutionMillis: Math.max(interval, Math.ceil(windowMillis / MAX_MOMENTS)),
    });
    const results: RemoteSeries[] = [];
    let points = 0;
    for (const { path, parameters } of requests) {
      const all = { query, ...parameters, limit: MAX_SERIES + 1, ...FRESH };
      const { data } = await this.#client.ask(path, all, signal);
      this.#checkNumber(data.result.length);
      results.push(...data.result);
      points += data.result.reduce((sum, { values = [] }) => sum + values.length, 0);
      if (points > MAX_POINTS) {
        throw this.#client.error(
          `the result has more than ${MAX_POINTS} points; use a shorter range, wider steps or fewer series`,
        );
      }
    }
    return results;
  }

  #checkNumber(series: number): void {
    if (series <= MAX_SERIES) return;
    throw this.#client.error(
      `the result has more than ${MAX_SERIES} series; filter them with \`where\`, or add them up with \`by\``,
    );
  }

  #engineOnce(): Promise<Engine> {
    this.#engine ??= engineBehind(this.#client).catch((error: unknown) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
  }
}

function secondsFrom(name: string, time: Time): number {
  const millis = wholeMillisFrom(time);
  if (millis !== undefined) return millis / 1_000;
  const rule = "a Date, an ISO 8601 string or seconds since the epoch";
  throw new QueryError("bad_data", `${name} must be ${rule}, got ${show(time)}`);
}

function remoteQuestion(question: Question): RemoteQuestion {
  const { aggregate, ...resolved } = resolvedQuestion(question, Date.now());
  if (aggregate !== "POINTS") return { ...resolved, aggregate };
  throw new QuestionError(question.metric, [
    "aggregate must be a name, got a function; remote points are aggregated by the server",
  ]);
}

function pointsOf({
  value,
  values = value === undefined ? [] : [value],
  histograms = [],
}: RemoteSeries): Point[] {
  // Only the count of native histograms.
  const counts = histograms.map(([time, { count }]) => [time, count] as const);
  return [...values, ...counts].flatMap(([time, text]): Point[] => {
    const number = text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
    return Number.isNaN(number) ? [] : [[time, number]];
  });
}

interface Engine {
  /** Prometheus 2 includes both ends of a range, all others only the later one. */
  readonly takesBothEnds: boolean;
  readonly isVictoriaMetrics: boolean;
}

// Counts steps at 8, 9 and 10 s.
const ENDS_EXPRESSION = "count_over_time(vector(1)[2s:1s])";

/** Detects the kind of server by a query that requires no data. */
async function engineBehind(client: ApiClient): Promise<Engine> {
  const { data, stats } = await client.ask("query", { query: ENDS_EXPRESSION, time: 10, nocache: 1 });
  return { takesBothEnds: data.result[0]?.value?.[1] === "3", isVictoriaMetrics: stats !== undefined };
}

/** The length of a window that excludes its start. */
function windowOf({ takesBothEnds }: Engine, millis: number): number {
  return takesBothEnds ? Math.max(millis - 1, 1) : millis;
}
