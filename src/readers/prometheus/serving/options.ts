import { type Parser, prefixOf, Section } from "../../../options/parser.ts";
import { flagFromText, textFrom } from "../../../options/environment.ts";
import {
  check,
  flag,
  inMillis,
  isObject,
  oneOf,
  type Check,
  whole,
  withMethods,
} from "../../../options/check.ts";
import { CARDINALITY_LIMITS, type CardinalityLimits, METRIC_FILTER } from "../../../options/push.ts";
import { types } from "node:util";
import type { AggregationSelector, MetricFilter } from "../../../engine/index.ts";
import type { TranslationStrategy } from "../../../translation/strategy.ts";
import type { RenderingSettings } from "../exposition.ts";
import type { Admission } from "./admission.ts";
import { admissionFrom, SECURITY_OPTIONS, type SecurityOptions } from "./security-options.ts";
import type { MetricProducer } from "../../../engine/index.ts";

/** Options of the Prometheus exporter: those of upstream's exporter, and more. */
export interface PrometheusExporterOptions extends SecurityOptions {
  /**
   * Address that the server listens on. A scraper in another container needs "0.0.0.0".
   *
   * @defaultValue `OTEL_EXPORTER_PROMETHEUS_HOST`, then "127.0.0.1"
   */
  readonly host?: string;
  /** Port of the server, 0 for any free one. @defaultValue `OTEL_EXPORTER_PROMETHEUS_PORT`, then 9464 */
  readonly port?: number;
  /** Path of the metrics. @defaultValue "/metrics" */
  endpoint?: string;
  /** Starts no server: call `startServer()`, or use a server of your own. @defaultValue false */
  preventServerStart?: boolean;
  /** Prefix of every metric name, joined with `_`; such as `shop`. @defaultValue none */
  readonly prefix?: string;
  /** Writes a timestamp with each sample. @defaultValue false */
  appendTimestamp?: boolean;
  /** Pattern of resource attribute keys that become labels of every series. */
  withResourceConstantLabels?: RegExp;
  /** Leaves out the labels of instrumentation scopes. @defaultValue false */
  withoutScopeInfo?: boolean;
  /** Leaves out `target_info`. @defaultValue false */
  withoutTargetInfo?: boolean;
  /** Sources of metrics in addition to the provider. */
  metricProducers?: MetricProducer[];
  /**
   * Aggregation of each kind of instrument, if no view selects one. Exponential histograms become native histograms.
   *
   * @defaultValue OpenTelemetry's default aggregation of each kind
   */
  readonly aggregationSelector?: AggregationSelector;
  /** Selects the collected metrics and series, of the provider and of `metricProducers`. @defaultValue all */
  readonly metricFilter?: MetricFilter;
  /**
   * Maximum number of series of an instrument by its kind, such as `{ default: 1000, histogram: 200 }`.
   *
   * @defaultValue option `cardinalityLimit`
   */
  readonly cardinalityLimits?: CardinalityLimits;
  /**
   * Translation of OpenTelemetry names to Prometheus names.
   *
   * @defaultValue "UnderscoreEscapingWithSuffixes"
   * @see OpenTelemetry's specification, "Metrics Exporter - Prometheus", translation strategy
   */
  readonly translationStrategy?: TranslationStrategy;
  /**
   * Whether every series has the labels `otel_scope_name` and `otel_scope_version`. If not set, upstream's
   * `withoutScopeInfo` decides, then `TACHYMETER_PROMETHEUS_SCOPE_LABELS`.
   *
   * @defaultValue true, as the specification requires
   */
  readonly scopeLabels?: boolean;
  /** Omits `_total` from counters. @defaultValue false */
  readonly withoutCounterSuffix?: boolean;
  /**
   * Time-out of a scrape in seconds, at most 120, if the scraper sends no header `X-Prometheus-Scrape-Timeout-Seconds`.
   * Callbacks of observable instruments have three fifths of it; later values are left out. Sending the response may take
   * as long again, then the connection is closed.
   *
   * @defaultValue 10
   */
  readonly scrapeTimeout?: number;
  /**
   * Maximum number of concurrent scrapes. If it is reached, a client that has received nothing for a second is
   * disconnected and loses its place. If no place becomes free within 3 s, the response is 503.
   *
   * @defaultValue 16
   */
  readonly maxConcurrentScrapes?: number;
  /**
   * Further host names of the server. Without authentication, a server on a loopback address accepts only requests for
   * `localhost`, a loopback address, `host` and these names. Others get status 421, so that no web page can read the
   * metrics through a browser. On other addresses only the HTTP API and the page refuse them, and accept IP addresses.
   */
  readonly allowedHosts?: readonly string[];
}

export interface PrometheusSettings {
  readonly host: string;
  readonly port: number;
  /** The path, percent-encoded. */
  readonly endpoint: string;
  readonly rendering: RenderingSettings;
  readonly aggregationSelector: AggregationSelector | undefined;
  readonly metricFilter: MetricFilter | undefined;
  readonly cardinalityLimits: CardinalityLimits | undefined;
  readonly metricProducers: readonly MetricProducer[];
  readonly startsServer: boolean;
  readonly scrapeTimeoutMillis: number;
  readonly maxConcurrentScrapes: number;
  readonly admission: Admission;
}

/** Options of the Prometheus exporter: address, security and naming. @internal */
export const PROMETHEUS: Section<PrometheusSettings> = new Section("prometheus exporter", parseOptions);

const PORT: Check<number> = {
  ...whole(0, 65_535),
  must: "be a whole number from 0 (any free port) to 65535",
};
const PATH = /^\/(?!\/)[\w.~!$*()+,;=:@%/-]*$/;

// Checks of options and variables, except those for security. As in upstream, an empty text counts as unset.
const CHECKS = {
  host: pattern("be a host name or an IP address, without a port", /^[^\s/]+$/),
  port: PORT,
  endpoint: {
    must: 'be a path such as "/metrics", without "?" and "#"',
    read: (given: unknown) => {
      const path = typeof given === "string" ? given.replace(/^([^/])/, "/$1") : "";
      return PATH.test(path) ? new URL(path, "http://localhost").pathname : undefined;
    },
  },
  prefix: pattern("be letters, digits and _, not beginning with a digit", /^[a-zA-Z_:][a-zA-Z0-9_:]*$/),
  appendTimestamp: flag,
  preventServerStart: flag,
  scopeLabels: flag,
  withoutCounterSuffix: flag,
  withoutScopeInfo: flag,
  withoutTargetInfo: flag,
  withResourceConstantLabels: check("be a regular expression such as /^k8s\\./", types.isRegExp),
  translationStrategy: oneOf(
    "UnderscoreEscapingWithSuffixes",
    "UnderscoreEscapingWithoutSuffixes",
    "NoUTF8EscapingWithSuffixes",
    "NoTranslation",
  ) satisfies Check<TranslationStrategy>,
  scrapeTimeout: inMillis(
    check(
      "be a number of seconds from 0.1 to 120",
      (given): given is number => typeof given === "number" && given >= 0.1 && given <= 120,
    ),
  ),
  maxConcurrentScrapes: whole(1, 1_000),
  allowedHosts: check(
    "be a list of host names, without ports",
    (given): given is readonly string[] =>
      Array.isArray(given) && given.every((host) => typeof host === "string" && /^[^\s/:]+$/.test(host)),
  ),
  aggregationSelector: check(
    "be a function from an InstrumentType to an AggregationOption",
    (given): given is AggregationSelector => typeof given === "function",
  ),
  metricFilter: METRIC_FILTER,
  cardinalityLimits: CARDINALITY_LIMITS,
  metricProducers: check(
    "be an array of MetricProducer",
    (given): given is readonly MetricProducer[] =>
      Array.isArray(given) && given.every((each) => PRODUCER.read(each) !== undefined),
  ),
};
const OPTION_NAMES = [...Object.keys(CHECKS), ...SECURITY_OPTIONS];
const PRODUCER = withMethods<MetricProducer>("be a MetricProducer", "collect");

const [HOST_VARIABLE, PORT_VARIABLE] = ["OTEL_EXPORTER_PROMETHEUS_HOST", "OTEL_EXPORTER_PROMETHEUS_PORT"];
const SCOPE_LABELS_VARIABLE = "TACHYMETER_PROMETHEUS_SCOPE_LABELS";

function parseOptions(parser: Parser, given: unknown, place: string): PrometheusSettings {
  if (!isObject(given)) parser.problem(place, given, "be an object such as { port: 9464 }");
  const options = isObject(given) ? given : {};
  parser.refuseUnknown(prefixOf(place), options, OPTION_NAMES);
  const fields = parser.known(
    place,
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== "" && value !== null)),
    CHECKS,
  );
  const named = fields.host ?? textFrom(parser.environment, HOST_VARIABLE) ?? "127.0.0.1";
  // As in a URL.
  const host = /^\[(.*:.*)\]$/.exec(named)?.[1] ?? named;
  const rendering = {
    prefix: fields.prefix ?? "",
    strategy: fields.translationStrategy,
    timestamps: fields.appendTimestamp === true,
    scopeLabels: scopeLabelsFrom(fields, parser),
    targetInfo: fields.withoutTargetInfo !== true,
    counterSuffix: fields.withoutCounterSuffix !== true,
    resourceLabels: fields.withResourceConstantLabels,
  };
  return {
    host,
    port: fields.port ?? portFromEnvironment(parser),
    endpoint: fields.endpoint ?? "/metrics",
    rendering,
    aggregationSelector: fields.aggregationSelector,
    metricFilter: fields.metricFilter,
    cardinalityLimits: fields.cardinalityLimits,
    metricProducers: fields.metricProducers ?? [],
    startsServer: fields.preventServerStart !== true,
    scrapeTimeoutMillis: fields.scrapeTimeout ?? 10_000,
    maxConcurrentScrapes: fields.maxConcurrentScrapes ?? 16,
    admission: admissionFrom(options, parser, [host, ...(fields.allowedHosts ?? [])]),
  };
}

function pattern(must: string, expression: RegExp): Check<string> {
  return check(must, (given): given is string => typeof given === "string" && expression.test(given));
}

function portFromEnvironment(parser: Parser): number {
  const text = textFrom(parser.environment, PORT_VARIABLE);
  if (text === undefined) return 9464;
  const port = /^\d+$/.test(text) ? PORT.read(Number(text)) : undefined;
  if (port === undefined) parser.ignoreVariable(PORT_VARIABLE, text, PORT.must);
  return port ?? 9464;
}

function scopeLabelsFrom(
  { scopeLabels, withoutScopeInfo }: { scopeLabels?: boolean; withoutScopeInfo?: boolean },
  parser: Parser,
): boolean {
  if (scopeLabels !== undefined) return scopeLabels;
  if (withoutScopeInfo !== undefined) return !withoutScopeInfo;
  const text = textFrom(parser.environment, SCOPE_LABELS_VARIABLE);
  const value = text === undefined ? true : flagFromText(text);
  if (typeof value === "boolean") return value;
  parser.ignoreVariable(SCOPE_LABELS_VARIABLE, value, flag.must);
  return true;
}
