// The Prometheus reader: upstream's exporter with a server and a text format of our own.
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { diag } from "@opentelemetry/api";
import { PrometheusExporter as UpstreamExporter } from "@opentelemetry/exporter-prometheus";
import type { AggregationTemporality, InstrumentType, ResourceMetrics } from "../../engine/index.ts";
import { temporalityOf } from "../observed-gauges.ts";
import { familiesFromMetrics, type TranslationOptions } from "../series/families.ts";
import { warnOnce } from "../series/warn-once.ts";
import { encodeText, TEXT_CONTENT_TYPE } from "./encode.ts";
import { type PrometheusExporterOptions, type PrometheusSettings, settingsFromOptions } from "./options.ts";
import { ScrapeServer } from "./scrape-server.ts";

// Together below the 10 s that Prometheus waits for an answer by default.
const COLLECTION_TIMEOUT_MILLIS = 6_000;
const DETECTION_TIMEOUT_MILLIS = 2_000;

/**
 * Serves the metrics of a provider to Prometheus. Takes upstream's options and environment variables, and may stand in
 * its place; the host is 127.0.0.1 unless set, and names and units are translated as OpenTelemetry's specification
 * says. The server never keeps a program running.
 *
 * @throws PrometheusOptionsError at once, with all options that cannot be used.
 *
 * @example
 * const exporter = new PrometheusExporter({ port: 9464 });
 * const provider = new MeterProvider({ readers: [exporter] });
 */
export class PrometheusExporter extends UpstreamExporter {
  readonly #settings: PrometheusSettings;
  readonly #translation: TranslationOptions;
  readonly #timestamps: boolean;
  readonly #server: ScrapeServer;
  #listening: Promise<void> | undefined;
  #closing: Promise<void> = Promise.resolve();

  /** @param callback called once the server listens, with the error where it cannot; soon, where it shall not start. */
  constructor(options: PrometheusExporterOptions = {}, callback: (error: Error | void) => void = () => {}) {
    const settings = settingsFromOptions(options);
    super({ ...options, preventServerStart: true });
    this.#settings = settings;
    this.#translation = {
      prefix: settings.prefix,
      scopeLabels: options.withoutScopeInfo !== true,
      targetInfo: options.withoutTargetInfo !== true,
      resourceLabels: options.withResourceConstantLabels,
    };
    this.#timestamps = options.appendTimestamp === true;
    this.#server = new ScrapeServer((request, response) => this.#answer(request, response));
    if (options.preventServerStart === true) {
      queueMicrotask(() => callback());
      return;
    }
    this.startServer().then(callback, (error: Error) => {
      diag.error(error.message);
      callback(error);
    });
  }

  override selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return temporalityOf(instrumentType, super.selectAggregationTemporality(instrumentType));
  }

  /** Where the metrics are, `http://127.0.0.1:9464/metrics`, while the server listens. */
  get url(): string | undefined {
    const { origin } = this.#server;
    return origin === undefined ? undefined : `${origin}${this.#settings.endpoint}`;
  }

  /**
   * Starts the server; one that runs already stays as it is.
   *
   * @throws PortInUseError, ListenError by the promise.
   */
  override startServer(): Promise<void> {
    return this.listen({ anyPort: false });
  }

  /**
   * Starts the server; with `anyPort`, on the next free port where its own is in use.
   *
   * @internal
   */
  listen({ anyPort }: { readonly anyPort: boolean }): Promise<void> {
    if (this.#listening !== undefined) return this.#listening;
    const listening = this.#open(anyPort);
    this.#listening = listening;
    // What failed may be tried again; whoever awaits `listening` has the error.
    listening.catch(() => {
      if (this.#listening === listening) this.#listening = undefined;
    });
    return listening;
  }

  /** Stops the server and ends its connections. It may be started again. */
  override stopServer(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    if (listening !== undefined) {
      this.#closing = listening.then(
        () => this.#server.close(),
        () => {},
      );
    }
    return this.#closing;
  }

  /**
   * Answers with all metrics at this moment, for those who have a server of their own.
   *
   * @example
   * app.get("/metrics", (request, response) => exporter.getMetricsRequestHandler(request, response));
   */
  override getMetricsRequestHandler(_request: IncomingMessage, response: ServerResponse): void {
    void this.#answerWithMetrics(response);
  }

  async #open(anyPort: boolean): Promise<void> {
    await this.#closing;
    const { host, port } = this.#settings;
    await this.#server.listen({ host, port, anyPort });
    diag.debug(`prometheus exporter: listening at ${this.url}`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { endpoint } = this.#settings;
    const path = pathOf(request);
    if (path === undefined) return answerBriefly(response, 400, "this is no URL");
    if (path !== endpoint && path !== "/")
      return answerBriefly(response, 404, `the metrics are at ${endpoint}`);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return answerBriefly(response, 405, "only GET and HEAD are answered");
    }
    if (path === endpoint) this.getMetricsRequestHandler(request, response);
    else answer(response, 200, "text/html; charset=utf-8", `<a href="${endpoint}">${endpoint}</a>\n`);
  }

  async #answerWithMetrics(response: ServerResponse): Promise<void> {
    try {
      const text = await this.#text();
      answer(response, 200, TEXT_CONTENT_TYPE, text);
    } catch (error) {
      warnOnce(`prometheus exporter: a scrape failed with ${messageOf(error)}`);
      answerBriefly(response, 500, "collecting the metrics failed; the application's log has the reason");
    }
  }

  async #text(): Promise<string> {
    const { resourceMetrics, errors } = await this.collect({ timeoutMillis: COLLECTION_TIMEOUT_MILLIS });
    for (const error of errors) {
      warnOnce(
        `prometheus exporter: a part of a collection failed with ${messageOf(error)}; the rest was served`,
      );
    }
    await settled(resourceMetrics.resource);
    return encodeText(familiesFromMetrics(resourceMetrics, this.#translation), {
      timestamps: this.#timestamps,
    });
  }
}

// Attributes of detectors that have not answered yet are missing in `target_info` otherwise.
async function settled(resource: ResourceMetrics["resource"]): Promise<void> {
  if (resource.asyncAttributesPending !== true) return;
  const timeout = setTimeout(DETECTION_TIMEOUT_MILLIS, undefined, { ref: false });
  await Promise.race([resource.waitForAsyncAttributes?.(), timeout]);
}

function pathOf(request: IncomingMessage): string | undefined {
  try {
    return new URL(request.url ?? "/", "http://localhost").pathname;
  } catch {
    return undefined;
  }
}

function answerBriefly(response: ServerResponse, status: number, text: string): void {
  answer(response, status, "text/plain; charset=utf-8", `${text}\n`);
}

function answer(response: ServerResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(text);
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", body.length);
  response.end(body);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
