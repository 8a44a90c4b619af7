// How the Prometheus exporter is set up: options over environment variables over defaults.
import { types } from "node:util";
import { diag } from "@opentelemetry/api";
import type { ExporterConfig } from "@opentelemetry/exporter-prometheus";
import { PrometheusOptionsError, type PrometheusOptionsProblem } from "./options-error.ts";

/** Upstream's options; what differs is said here. */
export interface PrometheusExporterOptions extends ExporterConfig {
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
}

/** The options of one exporter, settled. */
export interface PrometheusSettings {
  readonly host: string;
  readonly port: number;
  /** The path, as a URL writes it. */
  readonly endpoint: string;
  readonly prefix: string;
}

/**
 * Settles where the exporter listens and what its metrics are called.
 *
 * @throws PrometheusOptionsError with everything that is wrong.
 */
export function settingsFromOptions(options: PrometheusExporterOptions): PrometheusSettings {
  const { settings, problems } = readOptions(options);
  if (problems.length > 0) throw new PrometheusOptionsError("prometheus exporter", problems);
  return settings;
}

/** Everything that is wrong with the options of an exporter. @internal */
export function problemsOfOptions(options: PrometheusExporterOptions): readonly PrometheusOptionsProblem[] {
  return readOptions(options).problems;
}

function readOptions(options: PrometheusExporterOptions): {
  readonly settings: PrometheusSettings;
  readonly problems: readonly PrometheusOptionsProblem[];
} {
  const problems: PrometheusOptionsProblem[] = [];
  const settings = {
    host: hostFrom(options.host, problems),
    port: portFrom(options.port, problems),
    endpoint: endpointFrom(options.endpoint, problems),
    prefix: prefixFrom(options.prefix, problems),
  };
  checkTypes(options, problems);
  return { settings, problems };
}

const HOST_VARIABLE = "OTEL_EXPORTER_PROMETHEUS_HOST";
const DEFAULT_PORT = 9464;
const PORT_VARIABLE = "OTEL_EXPORTER_PROMETHEUS_PORT";

function hostFrom(given: unknown, problems: PrometheusOptionsProblem[]): string {
  if (isUnset(given)) return process.env[HOST_VARIABLE]?.trim() || "127.0.0.1";
  if (typeof given === "string" && !/[\s/]/.test(given)) return given;
  problems.push({ name: "host", value: given, allowed: "a host name or an IP address, without a port" });
  return "";
}

function portFrom(given: unknown, problems: PrometheusOptionsProblem[]): number {
  const allowed = "a whole number from 0 (any free port) to 65535";
  if (!isUnset(given)) {
    if (isPort(given)) return given;
    problems.push({ name: "port", value: given, allowed });
    return 0;
  }
  const text = process.env[PORT_VARIABLE]?.trim();
  if (!text) return DEFAULT_PORT;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (isPort(port)) return port;
  // OpenTelemetry wants a variable that cannot be used to be reported and ignored.
  diag.warn(`variable ${PORT_VARIABLE} is "${text}" and was ignored; give ${allowed}`);
  return DEFAULT_PORT;
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

function endpointFrom(given: unknown, problems: PrometheusOptionsProblem[]): string {
  if (isUnset(given)) return "/metrics";
  const path = typeof given === "string" ? given.replace(/^([^/])/, "/$1") : "";
  if (/^\/(?!\/)[\w.~!$*()+,;=:@%/-]*$/.test(path)) return new URL(path, "http://localhost").pathname;
  problems.push({
    name: "endpoint",
    value: given,
    allowed: 'a path such as "/metrics", without "?" and "#"',
  });
  return "";
}

function prefixFrom(given: unknown, problems: PrometheusOptionsProblem[]): string {
  if (isUnset(given)) return "";
  if (typeof given === "string" && /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(given)) return given;
  problems.push({
    name: "prefix",
    value: given,
    allowed: "letters, digits and _, not beginning with a digit",
  });
  return "";
}

function checkTypes(options: PrometheusExporterOptions, problems: PrometheusOptionsProblem[]): void {
  const flags = ["appendTimestamp", "preventServerStart", "withoutScopeInfo", "withoutTargetInfo"] as const;
  for (const name of flags) {
    const value: unknown = options[name];
    if (!isUnset(value) && typeof value !== "boolean")
      problems.push({ name, value, allowed: "true or false" });
  }
  const pattern: unknown = options.withResourceConstantLabels;
  if (!isUnset(pattern) && !types.isRegExp(pattern)) {
    problems.push({
      name: "withResourceConstantLabels",
      value: pattern,
      allowed: "a regular expression such as /^k8s\\./",
    });
  }
  const producers: unknown = options.metricProducers;
  if (!isUnset(producers) && !Array.isArray(producers)) {
    problems.push({ name: "metricProducers", value: producers, allowed: "an array of MetricProducer" });
  }
}

// As upstream does, an empty text counts as not given.
function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
