// Queries over the metrics of the running Tachymeter. Their code is loaded with the first one.
import type { Attributes } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ExpressionOptions, ExpressionRangeOptions } from "../query/expression-options.ts";
import type { SampleSource } from "../query/sample-source.ts";
import type { HistoryStore } from "../history/parts.ts";
import type { LiveExemplars } from "../query/live/live-exemplars.ts";
import type { LiveSource } from "../query/live/live-source.ts";
import type { ApiAnswer } from "../query/http/answer.ts";
import type { ApiRequest, QueryApi } from "../query/http/api.ts";
import type { ServedRules } from "../query/http/served-rules.ts";
import type { QueryResult } from "../query/result.ts";
import type { SampleSeries, Selection, Source } from "../query/source.ts";
import type { PrometheusExporter } from "../readers/prometheus/index.ts";
import type { SnapshotReader } from "../readers/reader.ts";
import { VERSION } from "../version.ts";
import { type CheckedConfiguration, translationOf } from "./reader-problems.ts";
import type { Change, SettingsInUse } from "./settings-in-use.ts";
import { part } from "#on-demand";

interface QueriedParts {
  readonly inUse: SettingsInUse;
  /** Reader of the live metrics; `undefined` if another SDK or another thread has them. */
  readonly snapshots: SnapshotReader | undefined;
  /** The history, if there is one. */
  readonly exports: { readonly stored: Pick<HistoryStore, "viewed"> | undefined };
  /** Resource of the metrics, unless their provider has another one. */
  readonly resource: Resource;
}

/** Parts of the alerts for queries and the HTTP API. */
export interface QueriedAlerts {
  /** The metrics of this process alone, together with the series that the rules write. */
  readonly source: SampleSource;
  /** Other metrics together with these series. */
  readonly withWritten: (metrics: SampleSource) => SampleSource;
  readonly served: ServedRules;
}

/** Live and stored metrics as one source. */
export class Queries implements Source {
  /** The alerts, which are made after this. */
  alerts: { readonly queried: QueriedAlerts | undefined } | undefined;
  readonly #parts: QueriedParts;
  #live: LiveSource | undefined;
  #collected: SampleSource | undefined;
  #exemplars: LiveExemplars | undefined;
  // That of the last collection: a provider of the application's may have its own.
  #resource: Resource | undefined;
  readonly #hastened = new Set<{ readonly millis: number }>();
  // Other processes that write to the store after it run at the same time.
  #sinceUnixMillis = Date.now();
  #isEnded = false;

  constructor(parts: QueriedParts) {
    this.#parts = parts;
  }

  async query(expression: string, options: ExpressionOptions = {}): Promise<QueryResult> {
    const { time, exact, experimental = this.#experimental, signal } = options;
    const source = await this.#readySource(signal);
    return part("liveQuery").query(expression, { source, time, exact, experimental, signal });
  }

  async queryRange(expression: string, options: ExpressionRangeOptions): Promise<QueryResult> {
    const { from, to, step, exact, experimental = this.#experimental, signal } = options;
    const source = await this.#readySource(signal);
    const asked = { source, from, to, step, exact, experimental, signal };
    return part("liveQuery").queryRange(expression, asked);
  }

  get #experimental(): boolean {
    return this.#configuration.live.experimental;
  }

  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    yield* this.#source().select(selection);
  }

  /** Serves Prometheus' HTTP API, and begins to collect. */
  serve(exporter: PrometheusExporter): void {
    exporter.metrics.addRoute(this.#api());
    this.#beginLive();
  }

  /** The response of this API, without a socket. Never rejects. */
  answer(request: ApiRequest): Promise<ApiAnswer> {
    return this.#api().answer(request);
  }

  #api(): QueryApi {
    return new (part("liveQuery").QueryApi)({
      source: () => this.#source(),
      version: VERSION,
      rules: () => this.alerts?.queried?.served,
      experimental: this.#experimental,
    });
  }

  /** The metrics of this process, which begin to be collected, without those of rules. */
  collected(): SampleSource {
    this.#beginLive();
    // Without any metrics, it is refused now.
    this.#metrics();
    return new (part("liveQuery").RecentSource)({
      recent: () => this.#liveSource(),
      all: () => this.#metrics(true),
      older: () => this.#viewed(true, true),
    });
  }

  /** The metrics for the live page, with the series that rules write. */
  shown(): SampleSource {
    this.#collected ??= this.collected();
    return this.alerts?.queried?.source ?? this.#collected;
  }

  /** The exemplars of metrics that the live page watches. */
  exemplars(): LiveExemplars {
    return (this.#exemplars ??= new (part("liveQuery").LiveExemplars)(
      translationOf(this.#configuration.readers),
    ));
  }

  /** Attributes of the resource of the metrics. */
  get attributes(): Attributes {
    return (this.#resource ?? this.#parts.resource).attributes;
  }

  /** Time of the last collection, in Unix milliseconds; -Infinity before the first. */
  get lastUnixMillis(): number {
    return this.#live?.lastUnixMillis ?? -Infinity;
  }

  /** Collects at least each `millis` until the returned function is called. */
  hasten(millis: number): () => void {
    const entry = { millis };
    this.#hastened.add(entry);
    this.#live?.hasten();
    return () => void this.#hastened.delete(entry);
  }

  /**
   * Forgets the samples so far, since the role of this process has changed: those of a group do not continue those of one
   * process. Collections begin again with the next query or endpoint.
   */
  restart(): void {
    this.#live?.end();
    this.#live = undefined;
    this.#sinceUnixMillis = Date.now();
  }

  /** Forgets the samples in memory, if their names and labels are no longer those that Prometheus scrapes. */
  changed({ isRenamed }: Change): void {
    if (!isRenamed) return;
    this.#exemplars = undefined;
    if (this.#live === undefined) return;
    this.#live.end();
    this.#live = undefined;
    this.#beginLive();
  }

  /** Ends the collections. Later queries reject. */
  end(): void {
    this.#isEnded = true;
    this.restart();
  }

  // A first collection may hang in a callback of the application.
  async #readySource(signal: AbortSignal | undefined): Promise<SampleSource> {
    const source = this.#source();
    const ready = source.catalogue().ready();
    await (signal === undefined ? ready : part("liveQuery").untilAborted(ready, signal));
    // The resource of the metrics is known now.
    return this.#source();
  }

  // After the start, with the instruments of the application.
  #beginLive(): void {
    queueMicrotask(() => this.#liveSource()?.begin());
  }

  #source(): SampleSource {
    const metrics = this.#metrics();
    return this.alerts?.queried?.withWritten(metrics) ?? metrics;
  }

  // The history of a member begins when it becomes the aggregator.
  #metrics(isAlone = false): SampleSource {
    const { JoinedSource, QueryError } = part("liveQuery");
    if (this.#isEnded)
      throw new QueryError("execution", "the SDK is shut down; query before, or open its history");
    const live = this.#liveSource();
    const stored = this.#viewed(live !== undefined, isAlone);
    if (live !== undefined && stored !== undefined) return new JoinedSource(stored, live);
    const source = live ?? stored;
    if (source !== undefined) return source;
    throw new QueryError(
      "execution",
      "there are no metrics to query here: another SDK's provider has them, or the main thread; query there, or use option history",
    );
  }

  #viewed(hasLive: boolean, isAlone: boolean): SampleSource | undefined {
    const { attributes } = this;
    const instance = attributes["service.instance.id"];
    const own = {
      instance: instance === undefined ? undefined : String(instance),
      service: String(attributes["service.name"] ?? ""),
      sinceUnixMillis: this.#sinceUnixMillis,
      isAlone,
    };
    return this.#parts.exports.stored?.viewed({
      translation: translationOf(this.#configuration.readers),
      ...(hasLive && { own }),
    });
  }

  get #configuration(): CheckedConfiguration {
    return this.#parts.inUse.configuration;
  }

  get #resolutionMillis(): number {
    const wanted = [...this.#hastened].map(({ millis }) => millis);
    return Math.min(this.#configuration.live.resolutionMillis, ...wanted);
  }

  #liveSource(): LiveSource | undefined {
    const { snapshots } = this.#parts;
    if (snapshots === undefined || this.#isEnded) return undefined;
    const { live, readers } = this.#configuration;
    return (this.#live ??= new (part("liveQuery").LiveSource)({
      resolutionMillis: () => this.#resolutionMillis,
      maxBytes: live.maxBytes,
      sinceUnixMillis: this.#sinceUnixMillis,
      translation: translationOf(readers),
      collect: (use) =>
        snapshots.collected(async (collection) => {
          this.#resource = collection.resource;
          await this.#exemplars?.take(collection);
          await use(collection);
        }),
    }));
  }
}
