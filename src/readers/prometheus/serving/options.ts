// How the Prometheus exporter is set up: options over environment variables over defaults.
import { types } from "node:util";
import type { ExporterConfig } from "../upstream.ts";
import { isMetricFilter } from "../../../engine/collection/metric-filter.ts";
import type { AggregationSelector, MetricFilter } from "../../../engine/index.ts";
import { isObject, isUnset, OptionReading, variable, warnOfVariable } from "./option-reading.ts";
import { PrometheusOptionsError, type PrometheusOptionsProblem } from "./options-error.ts";
import type { TranslationStrategy } from "../../../translation/strategy.ts";
import type { RenderingSettings } from "../exposition.ts";
import { type SecurityOptions, type SecuritySettings, securityFrom } from "./security-options.ts";

/** Upstream's options and more; what differs is said here. */
export interface PrometheusExporterOptions extends ExporterConfig, SecurityOptions {
  /**
   * Address that the server listens on; else `OTEL_EXPORTER_PROMETHEUS_HOST`.
   *
   * @defaultValue "127.0.0.1": a scraper in another container needs "0.0.0.0" here
   */
  readonly host?: string;
  /**
   * Port that the server listens on, 0 for any free one; else `OTEL_EXPORTER_PROMETHEUS_PORT`.
   *
   * @defaultValue 9464
   */
  readonly port?: number;
  /**
   * Put before every metric's name, with a `_`; such as `shop`.
   *
   * @defaultValue none
   */
  readonly prefix?: string;
  /**
   * Which aggregation instruments of a kind have where no view says; exponential histograms become native ones of
   * Prometheus.
   *
   * @defaultValue OpenTelemetry's default aggregation of each kind
   */
  readonly aggregationSelector?: AggregationSelector;
  /**
   * Which metrics and series are collected, the provider's and those of `metricProducers`.
   *
   * @defaultValue all
   */
  readonly metricFilter?: MetricFilter;
  /**
   * How names are made of OpenTelemetry's.
   *
   * @defaultValue "UnderscoreEscapingWithSuffixes"
   * @see OpenTelemetry's specification, "Metrics Exporter - Prometheus", translation strategy
   */
  readonly translationStrategy?: TranslationStrategy;
  /**
   * Labels `otel_scope_name` and `otel_scope_version` of every series; else upstream's `withoutScopeInfo`, else
   * `TACHYMETER_PROMETHEUS_SCOPE_LABELS`.
   *
   * @defaultValue true, as the specification requires
   */
  readonly scopeLabels?: boolean;
  /**
   * Counters get no `_total`.
   *
   * @defaultValue false
   */
  readonly withoutCounterSuffix?: boolean;
  /**
   * OpenMetrics says nothing of when counters and histograms began.
   *
   * @defaultValue false
   */
  readonly withoutCreated?: boolean;
  /**
   * Time for one scrape in seconds, where the scraper does not say by header `X-Prometheus-Scrape-Timeout-Seconds` how
   * long it waits; 120 at most, whoever says it. The callbacks of observable instruments have three fifths of it, and what they do not answer by then
   * is left out. Taking the answer may last as long again, then the connection is cut.
   *
   * @defaultValue 10
   */
  readonly scrapeTimeout?: number;
  /**
   * Scrapes that are answered at the same time. Beyond it, a client to which nothing could be sent for a second is cut off
   * and loses its place; if no place becomes free within 1.5 s, the answer is 503.
   *
   * @defaultValue 16
   */
  readonly maxConcurrentScrapes?: number;
  /**
   * Further names under which the server is asked: without authentication, one that listens on a loopback address
   * answers requests for another host than `localhost`, a loopback address and `host` by 421, so that no page of the web
   * reads the metrics by way of a browser.
   */
  readonly allowedHosts?: readonly string[];
}

/** The options of one exporter, settled. */
export interface PrometheusSettings {
  readonly host: string;
  readonly port: number;
  /** The path, as a URL writes it. */
  readonly endpoint: string;
  readonly rendering: RenderingSettings;
  readonly aggregationSelector: AggregationSelector | undefined;
  readonly metricFilter: MetricFilter | undefined;
  readonly scrapeTimeoutMillis: number;
  readonly maxConcurrentScrapes: number;
  /** Hosts that are answered beside the loopback ones; `undefined` is any. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly security: SecuritySettings;
}

/**
 * Settles where the exporter listens, whom it answers and what its metrics are called.
 *
 * @throws PrometheusOptionsError with everything that is wrong.
 */
export function settingsFromOptions(options: PrometheusExporterOptions): PrometheusSettings {
  const reading = new OptionReading();
  const settings = readOptions(options, reading);
  if (reading.problems.length > 0) throw new PrometheusOptionsError("prometheus exporter", reading.problems);
  return settings;
}

/** Everything that is wrong with the options of an exporter. @internal */
export function problemsOfOptions(options: PrometheusExporterOptions): readonly PrometheusOptionsProblem[] {
  const reading = new OptionReading();
  readOptions(options, reading);
  return reading.problems;
}

const STRATEGIES = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const satisfies readonly TranslationStrategy[];
const TIMEOUT = { min: 0.1, max: 120, whole: false, unit: " of seconds" };
const CONCURRENCY = { min: 1, max: 1_000, whole: true, unit: "" };

function readOptions(options: PrometheusExporterOptions, reading: OptionReading): PrometheusSettings {
  const host = hostFrom(options.host, reading);
  const port = portFrom(options.port, reading);
  const endpoint = endpointFrom(options.endpoint, reading);
  const prefix = prefixFrom(options.prefix, reading);
  const flag = (name: FlagName): boolean => reading.flag(name, options[name]) === true;
  const rendering = {
    prefix,
    strategy: reading.word("translationStrategy", options.translationStrategy, STRATEGIES),
    timestamps: flag("appendTimestamp"),
    scopeLabels: scopeLabelsFrom(options, reading),
    targetInfo: !flag("withoutTargetInfo"),
    counterSuffix: !flag("withoutCounterSuffix"),
    created: !flag("withoutCreated"),
    resourceLabels: patternFrom(options.withResourceConstantLabels, reading),
  };
  flag("preventServerStart");
  checkProducers(options.metricProducers, reading);
  const timeout = reading.number("scrapeTimeout", options.scrapeTimeout, TIMEOUT) ?? 10;
  const concurrency = reading.number("maxConcurrentScrapes", options.maxConcurrentScrapes, CONCURRENCY) ?? 16;
  const security = securityFrom(options, reading);
  const isProtected = security.authentication !== undefined || security.certificates?.asksClients === true;
  const hosts = hostsFrom(options.allowedHosts, reading);
  return {
    host,
    port,
    endpoint,
    rendering,
    aggregationSelector: selectorFrom(options.aggregationSelector, reading),
    metricFilter: filterFrom(options.metricFilter, reading),
    scrapeTimeoutMillis: timeout * 1_000,
    maxConcurrentScrapes: concurrency,
    allowedHosts: isProtected || !isLoopback(host) ? undefined : [host.toLowerCase(), ...hosts],
    security,
  };
}

/** Whether a host, as a URL or an option writes it, is this machine's loopback interface. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function hostsFrom(given: unknown, reading: OptionReading): readonly string[] {
  if (isUnset(given)) return [];
  const isList =
    Array.isArray(given) && given.every((host) => typeof host === "string" && /^[^\s/:]+$/.test(host));
  if (isList) return given.map((host: string) => host.toLowerCase());
  reading.problem("allowedHosts", given, "a list of host names, without ports");
  return [];
}

const SCOPE_LABELS_VARIABLE = "TACHYMETER_PROMETHEUS_SCOPE_LABELS";

function scopeLabelsFrom(options: PrometheusExporterOptions, reading: OptionReading): boolean {
  const without = reading.flag("withoutScopeInfo", options.withoutScopeInfo);
  const given = reading.flag("scopeLabels", options.scopeLabels);
  if (given !== undefined) return given;
  if (without !== undefined) return !without;
  const text = variable(SCOPE_LABELS_VARIABLE)?.toLowerCase();
  if (text !== undefined && text !== "true" && text !== "false") {
    warnOfVariable(SCOPE_LABELS_VARIABLE, text, "true or false");
  }
  return text !== "false";
}

type FlagName =
  | "appendTimestamp"
  | "preventServerStart"
  | "withoutCounterSuffix"
  | "withoutCreated"
  | "withoutTargetInfo";

const HOST_VARIABLE = "OTEL_EXPORTER_PROMETHEUS_HOST";
const DEFAULT_PORT = 9464;
const PORT_VARIABLE = "OTEL_EXPORTER_PROMETHEUS_PORT";

function hostFrom(given: unknown, reading: OptionReading): string {
  if (isUnset(given)) return variable(HOST_VARIABLE) ?? "127.0.0.1";
  if (typeof given === "string" && !/[\s/]/.test(given)) return given;
  reading.problem("host", given, "a host name or an IP address, without a port");
  return "";
}

function portFrom(given: unknown, reading: OptionReading): number {
  const allowed = "a whole number from 0 (any free port) to 65535";
  if (!isUnset(given)) {
    if (isPort(given)) return given;
    reading.problem("port", given, allowed);
    return 0;
  }
  const text = variable(PORT_VARIABLE);
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (isPort(port)) return port;
  warnOfVariable(PORT_VARIABLE, text, allowed);
  return DEFAULT_PORT;
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

function endpointFrom(given: unknown, reading: OptionReading): string {
  if (isUnset(given)) return "/metrics";
  const path = typeof given === "string" ? given.replace(/^([^/])/, "/$1") : "";
  if (/^\/(?!\/)[\w.~!$*()+,;=:@%/-]*$/.test(path)) return new URL(path, "http://localhost").pathname;
  reading.problem("endpoint", given, 'a path such as "/metrics", without "?" and "#"');
  return "";
}

function prefixFrom(given: unknown, reading: OptionReading): string {
  if (isUnset(given)) return "";
  if (typeof given === "string" && /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(given)) return given;
  reading.problem("prefix", given, "letters, digits and _, not beginning with a digit");
  return "";
}

function patternFrom(given: unknown, reading: OptionReading): RegExp | undefined {
  if (isUnset(given)) return undefined;
  if (types.isRegExp(given)) return given;
  reading.problem("withResourceConstantLabels", given, "a regular expression such as /^k8s\\./");
  return undefined;
}

function selectorFrom(
  given: AggregationSelector | undefined,
  reading: OptionReading,
): AggregationSelector | undefined {
  if (isUnset(given) || typeof given === "function") return given ?? undefined;
  reading.problem("aggregationSelector", given, "a function from an InstrumentType to an AggregationOption");
  return undefined;
}

function filterFrom(given: unknown, reading: OptionReading): MetricFilter | undefined {
  if (isUnset(given)) return undefined;
  if (isMetricFilter(given)) return given;
  reading.problem("metricFilter", given, "an object with the methods testMetric and testAttributes");
  return undefined;
}

function isProducer(value: unknown): boolean {
  return isObject(value) && typeof value["collect"] === "function";
}

function checkProducers(given: unknown, reading: OptionReading): void {
  if (isUnset(given)) return;
  if (Array.isArray(given) && given.every(isProducer)) return;
  reading.problem("metricProducers", given, "an array of MetricProducer");
}
