import { HIDDEN } from "../diagnostics/redact.ts";
import {
  type Check,
  type Checks,
  bytes,
  durationMillis,
  grpcHeaders,
  headers,
  isGrpcHeader,
  isHeader,
  isObject,
  oneOf,
  path,
  timerMillis,
  url,
} from "./check.ts";
import { type Environment, listFrom, textFrom, wordFrom } from "./environment.ts";
import { OUTBOX, OUTBOX_OPTION, type OutboxSettings } from "./outbox.ts";
import type { Parser, RawOptions } from "./parser.ts";
import { PUSH, type PushOptions, type PushSettings, pushSettings } from "./push.ts";
import { SELECTION, type SelectionOptions } from "./selection.ts";

export type OtlpProtocol = "http/protobuf" | "http/json" | "grpc";

/** Files of certificates for the connection to the backend, in PEM format. */
export interface OtlpTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface OtlpSettings extends PushSettings, SelectionOptions {
  readonly kind: "otlp";
  readonly protocol: OtlpProtocol;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly compression: "none" | "gzip" | undefined;
  readonly tls: OtlpTls | undefined;
  readonly maxRequestBytes: number | undefined;
  readonly maxResponseBytes: number | undefined;
  /** Name of the reader in problems; empty if variables add it. */
  readonly place: string;
  /** Option `timeout`, which overrides the time-out of all exports. */
  readonly timeoutMillis: number | undefined;
  /** For all requests of one export together, failed attempts included. */
  readonly requestTimeoutMillis: number;
  readonly outbox: OutboxSettings | undefined;
  /** Name of the outbox in problems: an option, or the variable that sets its directory. */
  readonly outboxPlace: string;
}

interface OtlpOptions extends PushOptions, SelectionOptions {
  readonly protocol?: OtlpProtocol;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly compression?: "none" | "gzip";
  readonly tls?: object;
  readonly maxRequestBytes?: number;
  readonly maxResponseBytes?: number;
  readonly timeout?: number;
  readonly outbox?: object;
}

const OTLP_PROTOCOL: Check<OtlpProtocol> = oneOf("http/protobuf", "http/json", "grpc");
const CHECKS: Checks<OtlpOptions> = {
  protocol: OTLP_PROTOCOL,
  url,
  headers,
  compression: oneOf("none", "gzip"),
  tls: {
    must: "be an object with caFile, certFile, keyFile",
    read: (value) => (isObject(value) ? value : undefined),
  },
  maxRequestBytes: bytes(1),
  maxResponseBytes: bytes(1),
  ...SELECTION,
  timeout: durationMillis,
  outbox: OUTBOX_OPTION,
  ...PUSH,
};

const FILE = path("a file in PEM format");
const TLS: Checks<OtlpTls> = { caFile: FILE, certFile: FILE, keyFile: FILE };

const METRICS_ENDPOINT = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
/** The variables with headers for a backend. */
export const HEADER_VARIABLES: readonly string[] = [
  "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
  "OTEL_EXPORTER_OTLP_HEADERS",
];
/** OTLP's default URL of a backend over HTTP. */
export const HTTP_URL = "http://localhost:4318/v1/metrics";
const OUTBOX_VARIABLE = "TACHYMETER_OUTBOX_DIRECTORY";

/** Parses a reader's options and OpenTelemetry's variables; `intervalMillis` is the default interval of all readers. */
export function parseOtlp(
  parser: Parser,
  given: RawOptions,
  place: string,
  intervalMillis: number,
): OtlpSettings {
  const fields = parser.fields(place, given, CHECKS);
  const protocol = fields.protocol ?? protocolFromEnvironment(parser);
  warnOfHeaders(parser);
  if (protocol !== "grpc" && fields.url === undefined) warnOfEndpoint(parser);
  if (protocol === "grpc") {
    checkGrpcHeaders(parser, `${place}.headers`, fields.headers);
    checkGrpcResponses(parser, `${place}.maxResponseBytes`, fields.maxResponseBytes);
  }
  const directory = textFrom(parser.environment, OUTBOX_VARIABLE);
  const isFromVariable = given["outbox"] === undefined && directory !== undefined;
  const outbox = isFromVariable ? { directory } : fields.outbox;
  const outboxPlace = isFromVariable ? OUTBOX_VARIABLE : `${place}.outbox`;
  return {
    kind: "otlp",
    protocol,
    url: fields.url,
    headers: fields.headers,
    temporality: fields.temporality,
    histogramAggregation: fields.histogramAggregation,
    compression: fields.compression,
    place,
    tls: fields.tls && parser.fields(`${place}.tls`, fields.tls, TLS),
    maxRequestBytes: fields.maxRequestBytes,
    maxResponseBytes: fields.maxResponseBytes,
    maxExportBatchSize: fields.maxExportBatchSize,
    timeoutMillis: fields.timeout,
    requestTimeoutMillis: fields.timeout ?? requestTimeoutFromEnvironment(parser),
    ...pushSettings(parser, fields, place, intervalMillis),
    outbox: outbox === undefined ? undefined : OUTBOX.parse(parser, outbox, outboxPlace),
    outboxPlace,
  };
}

/** The URL for OTLP over HTTP that the environment sets; `undefined` without one, or if it is invalid. */
export function endpointUrl(environment: Environment): string | undefined {
  const own = url.read(textFrom(environment, METRICS_ENDPOINT));
  if (own !== undefined) return own;
  const base = url.read(textFrom(environment, ENDPOINT));
  if (base === undefined) return undefined;
  const target = new URL(base);
  target.pathname = `${target.pathname.replace(/\/$/, "")}/v1/metrics`;
  return target.href;
}

/** Whether the environment sets a valid OTLP endpoint. */
export function isOtlpEndpointSet(parser: Parser): boolean {
  const isSet = (variable: string): boolean => textFrom(parser.environment, variable) !== undefined;
  // Upstream reads it too; for grpc it accepts an endpoint without a scheme.
  if (protocolFromEnvironment(parser) === "grpc") return [METRICS_ENDPOINT, ENDPOINT].some(isSet);
  return endpointVariable(parser) !== undefined;
}

// The variable that sets the endpoint. Those before it are invalid, and refused.
function endpointVariable(parser: Parser): string | undefined {
  return [METRICS_ENDPOINT, ENDPOINT].find((variable) => {
    const value = textFrom(parser.environment, variable);
    if (value === undefined || url.read(value) !== undefined) return value !== undefined;
    parser.refuseVariable(variable, value, url.must);
    return false;
  });
}

// The specification says that the path of metrics is appended to this variable.
function warnOfEndpoint(parser: Parser): void {
  const { environment, warnings } = parser;
  if (endpointVariable(parser) !== ENDPOINT) return;
  if (/\/v1\/metrics\/?$/.test(url.read(textFrom(environment, ENDPOINT)) ?? ""))
    warnings.push(
      `variable ${ENDPOINT} must be the URL without /v1/metrics, since that is appended; remove it there, or set ${METRICS_ENDPOINT}`,
    );
}

// Upstream reads these variables too, and ignores such entries. The values are secret.
function warnOfHeaders(parser: Parser): void {
  for (const variable of HEADER_VARIABLES) {
    const entries = listFrom(parser.environment, variable);
    if (!entries.every((entry) => entry.includes("=")))
      parser.warnings.push(
        `variable ${variable} must be a list such as key1=value1,key2=value2; entries without "=" were ignored`,
      );
    if (!entries.every((entry) => decoded(entry) !== undefined))
      parser.warnings.push(
        `variable ${variable} must be percent-encoded, with %25 for each "%"; entries that are not were ignored`,
      );
    if (!entries.every((entry) => isSendable(entry, isHeader)))
      parser.warnings.push(
        `variable ${variable} must have HTTP headers, each value one line; exports with other headers fail`,
      );
  }
}

/** Checks the headers of protocol `grpc`, those of variables included. The errors of its package contain their values. */
export function checkGrpcHeaders(parser: Parser, name: string, given: unknown): void {
  parser.optional(name, given, grpcHeaders);
  for (const variable of HEADER_VARIABLES)
    if (!listFrom(parser.environment, variable).every((entry) => isSendable(entry, isGrpcHeader)))
      parser.problem(variable, HIDDEN, grpcHeaders.must);
}

/** Default maximum of a response, as the specification says; that of protocol `grpc` is fixed. */
export const MAX_RESPONSE_BYTES: number = 4 * 1024 * 1024;

/** Checks the maximum of responses with protocol `grpc`, whose exporter has no option for it. */
export function checkGrpcResponses(parser: Parser, name: string, given: number | undefined): void {
  if (given !== undefined && given !== MAX_RESPONSE_BYTES)
    parser.problem(
      name,
      given,
      `be left out with protocol grpc, since its package has a maximum of its own, ${MAX_RESPONSE_BYTES}`,
    );
}

// As upstream reads an entry.
function isSendable(entry: string, rule: typeof isHeader): boolean {
  const [name = "", value = ""] = decoded(entry) ?? [];
  return !entry.includes("=") || decoded(entry) === undefined || rule(name, value);
}

function decoded(entry: string): readonly string[] | undefined {
  const parts = entry.replace(/;.*/s, "").split(/=(.*)/s);
  try {
    return parts.map((part) => decodeURIComponent(part.trim()));
  } catch {
    return undefined;
  }
}

function protocolFromEnvironment(parser: Parser): OtlpProtocol {
  const variables = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
  for (const variable of variables) {
    const value = wordFrom(parser.environment, variable);
    if (value === undefined) continue;
    const protocol = OTLP_PROTOCOL.read(value);
    if (protocol !== undefined) return protocol;
    parser.refuseVariable(variable, value, OTLP_PROTOCOL.must);
  }
  return "http/protobuf";
}

// Upstream reads these variables too, and reports invalid values.
function requestTimeoutFromEnvironment(parser: Parser): number {
  for (const variable of ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]) {
    const millis = timerMillis.read(Number(textFrom(parser.environment, variable)));
    if (millis !== undefined) return millis;
  }
  return 10_000;
}
