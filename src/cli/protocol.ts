// The protocol that OpenTelemetry's variables name.
import { UsageError } from "./usage-error.ts";

const PROTOCOLS = ["http/protobuf", "http/json", "grpc"] as const;

type Protocol = (typeof PROTOCOLS)[number];

const VARIABLES = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];

/** @throws UsageError where a variable names none that there is. */
export function otlpProtocol(environment: Readonly<Record<string, string | undefined>>): Protocol {
  const variable = VARIABLES.find((name) => (environment[name]?.trim() ?? "") !== "");
  if (variable === undefined) return "http/protobuf";
  const value = environment[variable]?.trim();
  const protocol = PROTOCOLS.find((each) => each === value);
  if (protocol !== undefined) return protocol;
  throw new UsageError(`variable ${variable} is "${value}"; give one of ${PROTOCOLS.join(", ")}`);
}
