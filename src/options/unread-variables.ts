// The variables that are read, and messages about those that are not, but were meant to be.
import { firstTexts } from "../diagnostics/first-texts.ts";
import { isMisspelt, nearestNames } from "../diagnostics/nearest-names.ts";
import { type Environment, textFrom } from "./environment.ts";
import { VARIABLES_ELSEWHERE } from "./guessed-names.ts";
import type { Parser } from "./parser.ts";
import type { ReaderSettings } from "./readers.ts";

const PREFIX = "TACHYMETER_";

const VARIABLES: readonly string[] = [
  "ALERTMANAGER",
  "ALERTS",
  "ANOMALIES",
  "API",
  "CARDINALITY_LIMIT",
  "EVENT_LOG",
  "EXIT_TIMEOUT",
  "GPU",
  "GROUP",
  "GROUP_DIRECTORY",
  "GROUP_GAUGES",
  "GROUP_INTERVAL",
  "GROUP_REPORTER",
  "GROUP_WORKER_ATTRIBUTE",
  "HEALTH_ENDPOINTS",
  "HISTORY",
  "HOST",
  "HTTP_IGNORE",
  "HTTP_REQUEST_HEADERS",
  "JSON_FILE",
  "KERNELS",
  "LOADER",
  "MCP",
  "OTEL_INSTRUMENTATIONS",
  "OUTBOX_DIRECTORY",
  "PAGE",
  "PROFILES",
  "PROMETHEUS_BEARER_TOKEN",
  "PROMETHEUS_BEARER_TOKEN_FILE",
  "PROMETHEUS_PASSWORD",
  "PROMETHEUS_PASSWORD_FILE",
  "PROMETHEUS_SCOPE_LABELS",
  "PROMETHEUS_TLS_CERT_FILE",
  "PROMETHEUS_TLS_CLIENT_CA_FILE",
  "PROMETHEUS_TLS_KEY_FILE",
  "PROMETHEUS_USERNAME",
  "RUNTIME",
  "SERIES_TTL",
  "SIGNALS",
  "TOOLS",
].map((name) => `${PREFIX}${name}`);

// Those of OpenTelemetry that are read here or by its packages.
const OTEL_VARIABLES: readonly string[] = [
  "CONFIG_FILE",
  "EXPERIMENTAL_CONFIG_FILE",
  "EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
  "EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
  ...[
    "CERTIFICATE",
    "CLIENT_CERTIFICATE",
    "CLIENT_KEY",
    "COMPRESSION",
    "ENDPOINT",
    "HEADERS",
    "PROTOCOL",
    "TIMEOUT",
  ].flatMap((name) => [`EXPORTER_OTLP_${name}`, `EXPORTER_OTLP_METRICS_${name}`]),
  "EXPORTER_PROMETHEUS_HOST",
  "EXPORTER_PROMETHEUS_PORT",
  "INSTRUMENTATION_HTTP_KNOWN_METHODS",
  "LOG_LEVEL",
  "METRIC_EXPORT_INTERVAL",
  "METRIC_EXPORT_TIMEOUT",
  "METRICS_EXEMPLAR_FILTER",
  "METRICS_EXPORTER",
  "NODE_DISABLED_INSTRUMENTATIONS",
  "NODE_ENABLED_INSTRUMENTATIONS",
  "RESOURCE_ATTRIBUTES",
  "SDK_DISABLED",
  "SEMCONV_STABILITY_OPT_IN",
  "SERVICE_NAME",
].map((name) => `OTEL_${name}`);

// Set by a process of a group for its children.
const PARENT = "TACHYMETER_GROUP_PARENT";
const DIRECTORY_OF_PARENT = "TACHYMETER_GROUP_DIRECTORY";
const FOR_CHILDREN: readonly string[] = ["TACHYMETER_GROUP_ID", PARENT];

// Kubernetes sets such variables in every container for each service, and a service may be named like this package.
const OF_A_SERVICE = /_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT_\d+_/;
const ADDRESS_OF_A_SERVICE = /^(?:tcp|udp|sctp):/;

/** Warns about unknown variables and an outbox directory without a reader `otlp`. Their values are not shown. */
export function warnOfUnreadVariables(parser: Parser, readers: readonly ReaderSettings[]): void {
  for (const [name, value = ""] of Object.entries(parser.environment)) {
    if (name.startsWith("OTEL_") && value.trim() !== "") warnOfMisspelt(parser, name);
    const isOurs = name.startsWith(PREFIX) && !VARIABLES.includes(name) && !FOR_CHILDREN.includes(name);
    const isOfService =
      OF_A_SERVICE.test(name) || (name.endsWith("_PORT") && ADDRESS_OF_A_SERVICE.test(value));
    if (!isOurs || isOfService) continue;
    parser.warnings.push(`variable ${name} is unknown and was ignored; ${remedyOf(name)}`);
  }
  const outbox = "TACHYMETER_OUTBOX_DIRECTORY";
  if (textFrom(parser.environment, outbox) !== undefined && !readers.some(({ kind }) => kind === "otlp")) {
    parser.warnings.push(
      `variable ${outbox} was ignored, since only a reader 'otlp' has an outbox; add such a reader`,
    );
  }
}

// No variable of OpenTelemetry, for any signal and language, is this similar to one that is read.
function warnOfMisspelt({ warnings }: Parser, variable: string): void {
  if (OTEL_VARIABLES.includes(variable)) return;
  const similar = OTEL_VARIABLES.find((known) => isMisspelt(variable, known));
  if (similar !== undefined) warnings.push(`variable ${variable} is unknown and was ignored; use ${similar}`);
}

function remedyOf(variable: string): string {
  const name = variable.slice(PREFIX.length);
  const instead = VARIABLES_ELSEWHERE.get(name);
  if (instead !== undefined) return `use ${instead}`;
  const byName = new Map(
    [...OTEL_VARIABLES, ...VARIABLES].map((known) => [
      known.replace(/^TACHYMETER_|^OTEL_(?:EXPORTER_)?/, ""),
      known,
    ]),
  );
  const [similar] = nearestNames(name, [...byName.keys()], 1);
  return similar === undefined ? `known variables are ${VARIABLES.join(", ")}` : `use ${byName.get(similar)}`;
}

/** A message about set variables that a configuration file replaces, and that its text does not refer to. */
export function replacedVariables(environment: Environment, file: string, text: string): string | undefined {
  const isChild = textFrom(environment, PARENT) !== undefined;
  const replaced = [...OTEL_VARIABLES, ...VARIABLES].filter(
    (name) =>
      textFrom(environment, name) !== undefined &&
      !name.endsWith("_CONFIG_FILE") &&
      !(isChild && name === DIRECTORY_OF_PARENT) &&
      !text.includes(name),
  );
  const [first] = replaced;
  if (first === undefined) return undefined;
  return `${file} replaces variables, so these were ignored: ${firstTexts(replaced, String).join(", ")}; set them in the file, with a reference such as \${${first}}`;
}
