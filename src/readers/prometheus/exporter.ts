// Prometheus reader with upstream's interface.
import type { IncomingMessage, ServerResponse } from "node:http";
import { diag } from "@opentelemetry/api";
import type {
  AggregationOption,
  CollectionResult,
  InstrumentType,
  MetricCollectOptions,
} from "../../engine/index.ts";
import { AggregationTemporality } from "../../engine/sdk-values.ts";
import { Reader, temporalityOf } from "../reader.ts";
import { BoundedProducer } from "../collecting.ts";
import { answerFetch, answerNode } from "./serving/answer.ts";
import { MetricsEndpoint } from "./serving/metrics-endpoint.ts";
import { PROMETHEUS, type PrometheusExporterOptions, type PrometheusSettings } from "./serving/options.ts";
import { ScrapeServer } from "./serving/scrape-server.ts";

// OpenTelemetry's default time-out of exports. Other providers may never finish, and scrapes would wait with them.
const BY_HAND_TIMEOUT_MILLIS = 30_000;

/**
 * Serves the metrics of a provider to Prometheus. The headers of a scrape select the format and the compression;
 * `?name[]=jobs_total` selects metrics. Takes upstream's options and environment variables, as a drop-in replacement. The
 * host is 127.0.0.1 by default, and names and units are translated as OpenTelemetry's specification requires.
 *
 * Scrapes are rendered in slices, so the event loop stays responsive. Equal concurrent scrapes share one body. Observable
 * instruments with callbacks too slow for the scraper are left out. The server never keeps the process running.
 *
 * @throws OptionsError with all invalid options.
 *
 * @example
 * const exporter = new PrometheusExporter({ port: 9464 });
 * const provider = new MeterProvider({ readers: [exporter] });
 */
export class PrometheusExporter extends Reader {
  /** The same as those of upstream's exporter. */
  static readonly DEFAULT_OPTIONS: {
    /** Address; `undefined` selects the default of option `host`. */
    readonly host: string | undefined;
    /** Port. */
    readonly port: number;
    /** Path of the metrics. */
    readonly endpoint: string;
    /** Prefix of metric names; empty for none. */
    readonly prefix: string;
    /** Whether samples have timestamps. */
    readonly appendTimestamp: boolean;
    /** Pattern of resource attributes that become labels; `undefined` for none. */
    readonly withResourceConstantLabels: undefined;
    /** Whether labels of scopes are left out. */
    readonly withoutScopeInfo: boolean;
    /** Whether `target_info` is left out. */
    readonly withoutTargetInfo: boolean;
  } = {
    host: undefined,
    port: 9464,
    endpoint: "/metrics",
    prefix: "",
    appendTimestamp: false,
    withResourceConstantLabels: undefined,
    withoutScopeInfo: false,
    withoutTargetInfo: false,
  };

  readonly #settings: PrometheusSettings;
  /** Handles the requests; further paths are added to it. @internal */
  readonly metrics: MetricsEndpoint;
  readonly #server: ScrapeServer;
  #listening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param callback called once the server listens, or with the error if it cannot. If no server is to be started, called
   * asynchronously without an error.
   */
  constructor(options?: PrometheusExporterOptions, callback?: (error: Error | void) => void);
  /** Starts no server: `start()` calls `listen`. @internal */
  constructor(settings: PrometheusSettings);
  constructor(given: object = {}, callback: (error: Error | void) => void = () => {}) {
    const settings = PROMETHEUS.settings(given);
    super({
      componentType: "prometheus_http_text_metric_exporter",
      metricFilter: settings.metricFilter,
      cardinalityLimits: settings.cardinalityLimits,
      furtherProducers: settings.metricProducers.map(
        (producer) => new BoundedProducer(producer, BY_HAND_TIMEOUT_MILLIS),
      ),
    });
    this.#settings = settings;
    this.metrics = new MetricsEndpoint(settings, this.collecting);
    this.#server = new ScrapeServer((request, response) => {
      void answerNode(request, response, (asked) => this.metrics.answerAtPath(asked));
    }, settings.admission.certificates);
    if (!settings.startsServer || settings === given) {
      queueMicrotask(() => callback());
      return;
    }
    this.startServer().then(callback, (error: Error) => {
      diag.error(error.message);
      callback(error);
    });
  }

  /** Returns the aggregation that `aggregationSelector` selects for a type of instrument, or the default. */
  override selectAggregation(instrumentType: InstrumentType): AggregationOption {
    return this.#settings.aggregationSelector?.(instrumentType) ?? super.selectAggregation(instrumentType);
  }

  /** Returns cumulative temporality, or delta for observable gauges, whose values are the same under either. */
  override selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return temporalityOf(instrumentType, AggregationTemporality.CUMULATIVE);
  }

  /** URL of the metrics, such as `http://127.0.0.1:9464/metrics`; undefined unless the server listens. */
  get url(): string | undefined {
    const { origin } = this.#server;
    return origin === undefined ? undefined : `${origin}${this.#settings.endpoint}`;
  }

  /**
   * Starts the server; does nothing if it is already running.
   *
   * @throws PortInUseError, ListenError (rejection).
   */
  startServer(): Promise<void> {
    return this.listen({ anyPort: false });
  }

  /**
   * Starts the server; with `anyPort`, on the next free port if its own is in use.
   *
   * @internal
   */
  listen({ anyPort }: { readonly anyPort: boolean }): Promise<void> {
    if (this.#listening !== undefined) return this.#listening;
    const listening = this.#open(anyPort);
    this.#listening = listening;
    // Allows another attempt after a failure; callers that await `listening` receive the error.
    listening.catch(() => {
      if (this.#listening === listening) this.#listening = undefined;
    });
    return listening;
  }

  /** Whether its server prevents that of `other`. @internal */
  hasPortOf(other: PrometheusExporter): boolean {
    const { port } = other.#settings;
    return port !== 0 && (port === this.#settings.port || port === this.#server.port);
  }

  /** Stops the server and closes its connections. It may be started again. */
  stopServer(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    if (listening !== undefined) {
      this.#closing = listening.then(
        () => this.#server.close(),
        () => {},
      );
    }
    return this.#closing ?? Promise.resolve();
  }

  /** Stops the server. */
  protected override async onShutdown(): Promise<void> {
    await this.stopServer();
  }

  /** Collects as upstream does, but never while a scrape is being rendered. */
  override collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const timeoutMillis = options?.timeoutMillis ?? BY_HAND_TIMEOUT_MILLIS;
    return this.collecting.collect({ timeoutMillis });
  }

  /**
   * Handles a request for metrics, whatever its path, for use in an application's own server. Authentication options
   * apply here too.
   *
   * @example
   * app.get("/metrics", (request, response) => exporter.getMetricsRequestHandler(request, response));
   */
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    void answerNode(request, response, (asked) => this.metrics.answer(asked));
  }

  /**
   * Handler for servers with the Fetch API, such as Hono and Next.
   *
   * @example
   * const metrics = exporter.fetchHandler();
   * app.get("/metrics", (context) => metrics(context.req.raw));
   */
  fetchHandler(): (request: Request) => Promise<Response> {
    return (request) => answerFetch(request, (asked) => this.metrics.answer(asked));
  }

  async #open(anyPort: boolean): Promise<void> {
    // Awaited only if a close is running, so that otherwise the server listens before this call returns.
    if (this.#closing !== undefined) await this.#closing;
    const { host, port } = this.#settings;
    await this.#server.listen({ host, port, anyPort });
    diag.debug(`prometheus exporter: listening at ${this.url}`);
  }
}
