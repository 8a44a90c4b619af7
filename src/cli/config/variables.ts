// The variables of options, for the origins of values.
import { currentEnvironment, textFrom } from "../../options/environment.ts";
import { GROUP_SETTINGS } from "../../options/group.ts";
import { SETTINGS } from "../../options/settings.ts";
import type { Settings } from "../../sdk/settings.ts";
import { optionOf } from "./named-options.ts";

// Variables by option, in the order of their precedence. Options of readers begin with the reader's type. The test
// compares these with docs/configuration.md.
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [...Object.entries(SETTINGS), ...Object.entries(GROUP_SETTINGS)].flatMap(
      ([name, { option = optionOf(name), variable }]) =>
        variable === undefined ? [] : [[option, [variable]]],
    ),
  ),
  serviceName: ["OTEL_SERVICE_NAME"],
  resource: ["OTEL_RESOURCE_ATTRIBUTES"],
  instrumentations: ["OTEL_NODE_ENABLED_INSTRUMENTATIONS", "OTEL_NODE_DISABLED_INSTRUMENTATIONS"],
  eventLog: ["TACHYMETER_EVENT_LOG"],
  "eventLog.file": ["TACHYMETER_EVENT_LOG"],
  history: ["TACHYMETER_HISTORY"],
  "history.path": ["TACHYMETER_HISTORY"],
  page: ["TACHYMETER_PAGE"],
  mcp: ["TACHYMETER_MCP"],
  profiles: ["TACHYMETER_PROFILES"],
  alerts: ["TACHYMETER_ALERTS"],
  "alerts.rules": ["TACHYMETER_ALERTS"],
  "alerts.receivers": ["TACHYMETER_ALERTMANAGER"],
  anomalies: ["TACHYMETER_ANOMALIES"],
  group: ["TACHYMETER_GROUP"],
  "group.name": ["TACHYMETER_GROUP"],
  "prometheus.host": ["OTEL_EXPORTER_PROMETHEUS_HOST"],
  "prometheus.port": ["OTEL_EXPORTER_PROMETHEUS_PORT"],
  "prometheus.health": ["TACHYMETER_HEALTH_ENDPOINTS"],
  "prometheus.scopeLabels": ["TACHYMETER_PROMETHEUS_SCOPE_LABELS"],
  "prometheus.bearerToken": ["TACHYMETER_PROMETHEUS_BEARER_TOKEN"],
  "prometheus.bearerTokenFile": ["TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE"],
  "prometheus.basicAuth.username": ["TACHYMETER_PROMETHEUS_USERNAME"],
  "prometheus.basicAuth.password": ["TACHYMETER_PROMETHEUS_PASSWORD"],
  "prometheus.basicAuth.passwordFile": ["TACHYMETER_PROMETHEUS_PASSWORD_FILE"],
  "prometheus.tls.certFile": ["TACHYMETER_PROMETHEUS_TLS_CERT_FILE"],
  "prometheus.tls.keyFile": ["TACHYMETER_PROMETHEUS_TLS_KEY_FILE"],
  "prometheus.tls.clientCaFile": ["TACHYMETER_PROMETHEUS_TLS_CLIENT_CA_FILE"],
  "otlp.protocol": ofOtlp("PROTOCOL"),
  "otlp.url": ofOtlp("ENDPOINT"),
  "otlp.headers": ofOtlp("HEADERS"),
  "otlp.compression": ofOtlp("COMPRESSION"),
  "otlp.timeout": ofOtlp("TIMEOUT"),
  "otlp.temporality": ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
  "otlp.histogramAggregation": ["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
  "otlp.tls.caFile": ofOtlp("CERTIFICATE"),
  "otlp.tls.certFile": ofOtlp("CLIENT_CERTIFICATE"),
  "otlp.tls.keyFile": ofOtlp("CLIENT_KEY"),
  "otlp.outbox.directory": ["TACHYMETER_OUTBOX_DIRECTORY"],
  "json.file": ["TACHYMETER_JSON_FILE"],
};

// Options to which each of their variables adds.
const MERGED = ["instrumentations", "otlp.headers"];

/** Names of the variables that set this value of an option. A configuration file replaces all of them. */
export function variablesOf(
  { file, configuration }: Settings,
  option: string,
  value: unknown = true,
): readonly string[] {
  if (file !== undefined) return [];
  const used = (VARIABLES[option] ?? []).filter((variable) => {
    const text = textFrom(currentEnvironment(), variable);
    const isIgnored = configuration.warnings.some(
      (each) => each.startsWith(`variable ${variable} `) && each.endsWith("; it was ignored"),
    );
    // `true` turns the history on, and leaves its path to the default.
    const isSwitch = text?.toLowerCase() === "true" && typeof value === "string" && value !== text;
    return text !== undefined && !isIgnored && !isSwitch;
  });
  return MERGED.includes(option) ? used : used.slice(0, 1);
}

/** Options of a type of reader that have variables. */
export function optionsOf(kind: string): readonly string[] {
  return Object.keys(VARIABLES).filter((option) => option.startsWith(`${kind}.`));
}

function ofOtlp(name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}
