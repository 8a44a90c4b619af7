// What sends an OTLP exporter's records.
import { componentOfType } from "../exporter-metrics.ts";
import type { QueuedExporterOptions } from "./queued-exporter.ts";
import { HttpSender } from "./http-sender.ts";
import { httpTarget, serverOf } from "./http-target.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { timeoutOfEnvironment, type UpstreamOtlpOptions } from "./upstream.ts";
import { sendingBy } from "./sending-by.ts";
import { upstreamExporter } from "./upstream-exporter.ts";

/** What sends records, and what it is called. */
export type Sending = Pick<
  QueuedExporterOptions,
  "name" | "component" | "send" | "remoteTarget" | "close" | "timeoutMillis"
>;

/**
 * The sending by options and OpenTelemetry's variables: our own for `http/protobuf`, upstream's exporters else.
 *
 * @throws MissingPackageError where protocol `grpc` is asked for and its package is not installed.
 */
export function sendingOf(
  protocol: NonNullable<OtlpExporterOptions["protocol"]>,
  options: UpstreamOtlpOptions,
): Sending {
  return protocol === "http/protobuf" ? byHttp(options) : byUpstream(protocol, options);
}

function byHttp(options: UpstreamOtlpOptions): Sending {
  const target = httpTarget(options);
  const sender = new HttpSender(target);
  return {
    name: `otlp exporter "${target.shownUrl}"`,
    component: componentOfType("otlp_http_metric_exporter", serverOf(target.url)),
    send: ({ body }, signal) => sender.send(body, signal),
    remoteTarget: options,
    close: () => sender.close(),
    timeoutMillis: target.timeoutMillis,
  };
}

// OpenTelemetry's, of OTLP's requests.
const DEFAULT_TIMEOUT_MILLIS = 10_000;

const COMPONENT_TYPES = {
  "http/json": "otlp_http_json_metric_exporter",
  grpc: "otlp_grpc_metric_exporter",
} as const;

function byUpstream(protocol: "http/json" | "grpc", options: UpstreamOtlpOptions): Sending {
  // Without its URL, which may be one of grpc's own: without a scheme.
  const { timeoutMillis = timeoutOfEnvironment() } = options;
  return {
    ...sendingBy(upstreamExporter(protocol, options), timeoutMillis ?? DEFAULT_TIMEOUT_MILLIS),
    name: `otlp exporter of protocol "${protocol}"`,
    component: componentOfType(COMPONENT_TYPES[protocol]),
  };
}
