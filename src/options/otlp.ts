// How OTLP readers are set up.
import { type Check, duration, oneOf, texts, url } from "./checks.ts";
import { textFrom } from "./environment.ts";
import type { Reading } from "./reading.ts";

export type OtlpProtocol = "http/protobuf" | "http/json" | "grpc";

export type TemporalityPreference = "cumulative" | "delta" | "lowmemory";

export interface OtlpSettings {
  readonly kind: "otlp";
  readonly protocol: OtlpProtocol;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly temporality: TemporalityPreference | undefined;
  /** The option's, in place of the time-out that all exports have. */
  readonly timeout: number | undefined;
  /** Of the requests of one export, tries that failed included. */
  readonly requestTimeout: number;
  readonly interval: number;
  /** Checked: it has the methods of a MetricFilter. */
  readonly metricFilter: unknown;
  /** As it was given: the outbox checks its options itself. */
  readonly outbox: unknown;
  /** What problems of the outbox are told of: an option, or the variable that names its directory. */
  readonly outboxPlace: string;
}

const OTLP_PROTOCOL: Check<OtlpProtocol> = oneOf("http/protobuf", "http/json", "grpc");
const TEMPORALITY: Check<TemporalityPreference> = oneOf("cumulative", "delta", "lowmemory");

const OUTBOX_VARIABLE = "TACHYMETER_OUTBOX_DIRECTORY";

/** Reads one option of a reader; `undefined` where it is not given, or cannot be used. */
export type ReadOption = <T>(key: string, check: Check<T>) => T | undefined;

/** The settings of an OTLP reader, from its options and from OpenTelemetry's variables. */
export function otlpSettings(
  reading: Reading,
  read: ReadOption,
  collecting: { readonly interval: number; readonly metricFilter: unknown },
  outbox: { readonly value: unknown; readonly place: string },
): OtlpSettings {
  const timeout = read("timeout", duration);
  const directory = textFrom(reading.environment, OUTBOX_VARIABLE);
  const isFromVariable = outbox.value === undefined && directory !== undefined;
  return {
    kind: "otlp",
    protocol: read("protocol", OTLP_PROTOCOL) ?? protocolFromEnvironment(reading),
    url: read("url", url),
    headers: read("headers", texts),
    temporality: read("temporality", TEMPORALITY),
    timeout,
    requestTimeout: timeout ?? requestTimeoutFromEnvironment(reading),
    ...collecting,
    outbox: isFromVariable ? { directory } : outbox.value,
    outboxPlace: isFromVariable ? OUTBOX_VARIABLE : outbox.place,
  };
}

/** Whether the environment names a valid receiver. */
export function isOtlpEndpointSet(reading: Reading): boolean {
  const variables = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
  const usable = variables.filter((variable) => {
    const value = textFrom(reading.environment, variable);
    if (value === undefined) return false;
    // Upstream reads it too, and takes one for grpc that has no scheme.
    if (url.read(value) !== undefined || protocolFromEnvironment(reading) === "grpc") return true;
    reading.refuseVariable(variable, value, url.allowed);
    return false;
  });
  return usable.length > 0;
}

function protocolFromEnvironment(reading: Reading): OtlpProtocol {
  const variables = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
  for (const variable of variables) {
    const value = textFrom(reading.environment, variable);
    if (value === undefined) continue;
    const protocol = OTLP_PROTOCOL.read(value);
    if (protocol !== undefined) return protocol;
    reading.refuseVariable(variable, value, OTLP_PROTOCOL.allowed);
  }
  return "http/protobuf";
}

// What cannot be used is left to upstream to report, which reads these variables too.
function requestTimeoutFromEnvironment(reading: Reading): number {
  for (const variable of ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]) {
    const seconds = duration.read(Number(textFrom(reading.environment, variable)) / 1_000);
    if (seconds !== undefined) return seconds;
  }
  return 10;
}
