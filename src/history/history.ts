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
import { eventFrom } from "./events/store.ts";
import type { MetricTotals, TotalsRequest } from "./query/totals.ts";
import type { EncodedCollection } from "./encoded-collection.ts";
import type { JointModel } from "./models/joint-model.ts";
import type { TrainingRange, Untrained } from "./models/training.ts";
import type { WindowModel } from "./models/window-model.ts";
import { inSlices, nowOrInSlices } from "../io/yield.ts";
import { type HistoryOptions, type HistorySettings, openedSettings } from "../options/history.ts";
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
import { checkedWhere, resolvedQuestion } from "./resolved-question.ts";
import type { StoredView } from "./select/stored-view.ts";
import { ViewedHistory } from "./select/viewed-history.ts";
import type { LatestFilter, Sample, StoredEvent, StoredModel, StoreUsage } from "./store/stored.ts";
import { packedEvents, packedSamples } from "./thread/packed.ts";
import { type FinalWrites, HistoryThread, type StoreWarning } from "./thread/index.ts";
import type { Answered, Request, RequestKind } from "./thread/message.ts";

const DAY_MILLIS = 86_400_000;
const DEFAULT_INTERVAL_MILLIS = 60_000;
// Less than the grace period of common process supervisors.
const LAST_LIMIT_MILLIS = 2_000;

/** Options of `History.open`. */
export interface OpenHistoryOptions extends HistoryOptions {
  /** Opens the existing file without writing to it. @defaultValue false */
  readonly readOnly?: boolean | undefined;
}

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
  readonly #settings: HistorySettings;
  readonly #thread: HistoryThread;
  #closed: Promise<void> | undefined;

  private constructor(settings: HistorySettings, intervalMillis: number, readOnly = false) {
    this.#settings = settings;
    const { path, metricsDays, eventsDays, maxBytes } = settings;
    this.#thread = new HistoryThread({
      path,
      readOnly,
      intervalMillis,
      metricsMillis: metricsDays * DAY_MILLIS,
      eventsMillis: eventsDays * DAY_MILLIS,
      maxBytes,
    });
    // A failure is reported by `ready` and by later calls.
    this.#thread.opened.catch(() => {});
  }

  /**
   * Opens a store, and creates it if it does not exist.
   *
   * @throws HistoryOptionsError with all invalid options
   * @throws HistoryStoreError if the file cannot be used, or if this Node.js has no SQLite
   */
  static async open(options: OpenHistoryOptions = {}): Promise<History> {
    const { readOnly, ...settings } = openedSettings(options);
    const history = new History(settings, DEFAULT_INTERVAL_MILLIS, readOnly);
    await history.ready();
    return history;
  }

  /** @internal Use `ready` to wait until the store is open. */
  static begin(settings: HistorySettings, intervalMillis: number): History {
    return new History(settings, intervalMillis);
  }

  /** @internal Rejects if the store cannot be opened. */
  ready(): Promise<void> {
    return this.#thread.opened;
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
    const result = await this.#ask({ kind: "query", given: resolved }, signal);
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
    return this.viewed({}).select(plainSelection(selection));
  }

  /** @internal This history as a source of queries, which computes values of windows in the thread of the store. */
  [SAMPLES](): ViewedHistory {
    return this.viewed({});
  }

  /** @internal This history under the names of a reader, beside the live samples of this process. */
  viewed(view: StoredView): ViewedHistory {
    return new ViewedHistory(
      {
        ask: <Kind extends RequestKind>(
          request: Request & { readonly kind: Kind },
          signal?: AbortSignal,
        ): Promise<Answered<Kind>> => this.#ask<Kind>(request, signal),
        ready: () => this.ready(),
      },
      view,
    );
  }

  /**
   * Iterates over all metrics in order of their names. Metrics with the same name and type in several scopes count as
   * one.
   */
  async *metrics(): AsyncGenerator<KnownMetric, void, undefined> {
    const known = new Map<string, KnownMetric>();
    for (const { name, type, unit, series } of await this.#ask({ kind: "metrics", given: undefined })) {
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
    yield* await this.#ask({ kind: "series", given });
  }

  /**
   * Iterates over events, oldest first.
   *
   * @throws QuestionError with all problems of the question
   * @throws the reason of the question's signal if it is aborted
   */
  async *events(question: EventQuestion = {}): AsyncGenerator<TelemetryEvent, void, undefined> {
    yield* readEvents(question, (filter) => this.#ask({ kind: "events", given: filter }, question.signal));
  }

  /** @internal The latest events, oldest first. */
  async latestEvents(filter: LatestFilter, signal: AbortSignal): Promise<readonly TelemetryEvent[]> {
    return (await this.#ask({ kind: "latestEvents", given: filter }, signal)).map(eventFrom);
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
      this.#ask({ kind: "levelChanges", given: values }, signal),
    );
  }

  /** @internal Learns the windows of a series, in the thread of the store. */
  trainWindow(
    values: Float64Array,
    range: TrainingRange,
    signal?: AbortSignal,
  ): Promise<WindowModel | Untrained> {
    return this.#ask({ kind: "trainWindow", given: { values, range } }, signal);
  }

  /** @internal Learns the correlations of a group, in the thread of the store. */
  trainJoint(
    columns: readonly Float64Array[],
    range: TrainingRange,
    signal?: AbortSignal,
  ): Promise<JointModel | Untrained> {
    return this.#ask({ kind: "trainJoint", given: { columns, range } }, signal);
  }

  /** @internal Stored models. */
  models(): Promise<readonly StoredModel[]> {
    return this.#ask({ kind: "models", given: undefined });
  }

  /** @internal Stores a model under its name, or removes it. Rejects if the store is read-only. */
  putModel(name: string, document: string | undefined): Promise<void> {
    return this.#ask({ kind: "putModel", given: { name, document } });
  }

  /** Returns the size, the number of points and series, and the covered time. */
  async usage(): Promise<Usage> {
    const { bytes, maxBytes, points, series, oldest, newest, unreadable } = await this.storeUsage();
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
    return (this.#closed ??= this.#thread.opened.then(
      () => this.#thread.close(),
      () => {},
    ));
  }

  /** Calls `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  get retention(): Pick<HistorySettings, "eventsDays" | "metricsDays"> {
    return this.#settings;
  }

  /** @internal Resolves once the collection is committed. */
  appendCollection(collection: EncodedCollection): Promise<void> {
    return this.#ask({ kind: "append", given: collection });
  }

  /** @internal Resolves once the events are committed, to the ids that other stored events have. */
  async appendEvents(events: readonly StoredEvent[]): Promise<readonly string[]> {
    const request = { kind: "appendEvents", given: packedEvents(events) } as const;
    try {
      return await this.#ask(request);
    } catch {
      // Retried because the thread may have died; events with known ids are not stored again.
      return this.#ask(request);
    }
  }

  /** @internal Resolves once the samples are committed. */
  async appendSamples(samples: readonly Sample[]): Promise<void> {
    await this.#ask({ kind: "appendSamples", given: packedSamples(samples) });
  }

  /** @internal Exact totals, for the bridge and the report. */
  totals(request: TotalsRequest): Promise<readonly MetricTotals[]> {
    return this.#ask({ kind: "totals", given: request });
  }

  /** @internal Usage in milliseconds, with the state of the store. */
  storeUsage(): Promise<StoreUsage> {
    return this.#ask({ kind: "usage", given: undefined });
  }

  /** @internal The last warning of the store since the start of the process. */
  get lastWarning(): StoreWarning | undefined {
    return this.#thread.lastWarning;
  }

  /** @internal Blocks, for the end of a process. Returns whether the data was stored. */
  appendLast(words: FinalWrites): boolean {
    return this.#thread.appendSync(words, LAST_LIMIT_MILLIS);
  }

  async #ask<Kind extends RequestKind>(
    request: Request & { readonly kind: Kind },
    signal?: AbortSignal,
  ): Promise<Answered<Kind>> {
    signal?.throwIfAborted();
    await this.#thread.opened;
    return this.#thread.ask<Kind>(request, signal);
  }

  get #asked(): Parameters<typeof trendOf>[0] {
    return {
      query: (question) => this.query(question),
      oldest: async (question) => {
        const given = resolvedQuestion(question, Date.now());
        return (await this.#ask({ kind: "oldest", given }, question.signal)) / 1_000;
      },
    };
  }
}
