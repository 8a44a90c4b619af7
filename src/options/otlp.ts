// How OTLP readers are set up.
import { type Check, type Checks, duration, isObject, oneOf, texts, url } from "./check.ts";
import { textFrom } from "./environment.ts";
import { type OutboxSettings, parseOutbox } from "./outbox.ts";
import type { Parser, RawOptions } from "./parser.ts";
import { ownInterval, PUSH, type PushSettings } from "./push.ts";

export type OtlpProtocol = "http/protobuf" | "http/json" | "grpc";

export type TemporalityPreference = "cumulative" | "delta" | "lowmemory";

export interface OtlpSettings extends PushSettings {
  readonly kind: "otlp";
  readonly protocol: OtlpProtocol;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly temporality: TemporalityPreference | undefined;
  /** The option's, in place of the time-out that all exports have. */
  readonly timeout: number | undefined;
  /** Of the requests of one export, tries that failed included. */
  readonly requestTimeout: number;
  readonly outbox: OutboxSettings | undefined;
  /** Where problems of the outbox are: an option, or the variable that names its directory. */
  readonly outboxPlace: string;
}

interface OtlpOptions extends Partial<PushSettings> {
  readonly protocol?: OtlpProtocol;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly temporality?: TemporalityPreference;
  readonly timeout?: number;
  readonly outbox?: object;
}

const OTLP_PROTOCOL: Check<OtlpProtocol> = oneOf("http/protobuf", "http/json", "grpc");
const CHECKS: Checks<OtlpOptions> = {
  protocol: OTLP_PROTOCOL,
  url,
  headers: texts,
  temporality: oneOf("cumulative", "delta", "lowmemory"),
  timeout: duration,
  outbox: { must: "be an object with a directory", read: (value) => (isObject(value) ? value : undefined) },
  ...PUSH,
};

const OUTBOX_VARIABLE = "TACHYMETER_OUTBOX_DIRECTORY";

/** Parses the options of a reader and OpenTelemetry's variables; `interval` is that of all readers. */
export function parseOtlp(parser: Parser, given: RawOptions, place: string, interval: number): OtlpSettings {
  const fields = parser.fields(place, given, CHECKS);
  const directory = textFrom(parser.environment, OUTBOX_VARIABLE);
  const isFromVariable = given["outbox"] === undefined && directory !== undefined;
  const outbox = isFromVariable ? { directory } : fields.outbox;
  const outboxPlace = isFromVariable ? OUTBOX_VARIABLE : `${place}.outbox`;
  return {
    kind: "otlp",
    protocol: fields.protocol ?? protocolFromEnvironment(parser),
    url: fields.url,
    headers: fields.headers,
    temporality: fields.temporality,
    timeout: fields.timeout,
    requestTimeout: fields.timeout ?? requestTimeoutFromEnvironment(parser),
    interval: ownInterval(parser, fields.interval, place) ?? interval,
    metricFilter: fields.metricFilter,
    outbox: outbox === undefined ? undefined : parseOutbox(parser, outbox, outboxPlace),
    outboxPlace,
  };
}

/** Whether the environment names a valid receiver. */
export function isOtlpEndpointSet(parser: Parser): boolean {
  const variables = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
  const usable = variables.filter((variable) => {
    const value = textFrom(parser.environment, variable);
    if (value === undefined) return false;
    // Upstream reads it too, and takes one for grpc that has no scheme.
    if (url.read(value) !== undefined || protocolFromEnvironment(parser) === "grpc") return true;
    parser.refuseVariable(variable, value, url.must);
    return false;
  });
  return usable.length > 0;
}

function protocolFromEnvironment(parser: Parser): OtlpProtocol {
  const variables = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
  for (const variable of variables) {
    const value = textFrom(parser.environment, variable);
    if (value === undefined) continue;
    const protocol = OTLP_PROTOCOL.read(value);
    if (protocol !== undefined) return protocol;
    parser.refuseVariable(variable, value, OTLP_PROTOCOL.must);
  }
  return "http/protobuf";
}

// What cannot be used is left to upstream to report, which reads these variables too.
function requestTimeoutFromEnvironment(parser: Parser): number {
  for (const variable of ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]) {
    const seconds = duration.read(Number(textFrom(parser.environment, variable)) / 1_000);
    if (seconds !== undefined) return seconds;
  }
  return 10;
}
