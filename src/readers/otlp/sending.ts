import type { PushMetricExporter } from "../../engine/index.ts";
import { exportInTime } from "../collection-exporter.ts";
import { componentOfType } from "../exporter-metrics.ts";
import { metricsFromRequest } from "./decode/index.ts";
import { HttpSender, httpTarget, serverOf } from "./http-sender.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { unpack, unreadable } from "./attempt.ts";
import type { QueuedExporterOptions } from "./queued-exporter.ts";
import { timeoutOfEnvironment, type UpstreamOtlpOptions, jsonExporter } from "./upstream.ts";
import { createRequire } from "node:module";

/** A method of sending records, with its name and attributes. */
type Sending = Pick<
  QueuedExporterOptions,
  "name" | "component" | "send" | "remoteTarget" | "close" | "timeoutMillis"
>;

// OTLP's default time-out of a request.
const DEFAULT_TIMEOUT_MILLIS = 10_000;

const COMPONENT_TYPES = {
  "http/json": "otlp_http_json_metric_exporter",
  grpc: "otlp_grpc_metric_exporter",
} as const;

/**
 * The sender selected by the options and OpenTelemetry's variables: our own for `http/protobuf`, otherwise upstream's
 * exporters.
 *
 * @throws MissingPackageError if the package of protocol `grpc` is not installed.
 */
export function sendingOf(
  protocol: NonNullable<OtlpExporterOptions["protocol"]>,
  options: UpstreamOtlpOptions,
): Sending {
  if (protocol !== "http/protobuf") {
    const { timeoutMillis = timeoutOfEnvironment() ?? DEFAULT_TIMEOUT_MILLIS } = options;
    return {
      ...sendingBy(upstreamExporter(protocol, options), timeoutMillis),
      // Omits the URL: for grpc it may have no scheme.
      name: `otlp exporter of protocol "${protocol}"`,
      component: componentOfType(COMPONENT_TYPES[protocol]),
    };
  }
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

/**
 * Sends through an exporter with upstream's interface. It takes objects and reports only success or failure, so each
 * failure and time-out is retried.
 */
export function sendingBy(
  exporter: PushMetricExporter,
  timeoutMillis: number,
): Pick<Sending, "send" | "close" | "timeoutMillis"> {
  return {
    send: async ({ body }) => {
      const metrics = await unpack(body).then(metricsFromRequest).catch(unreadable);
      if ("kind" in metrics) return metrics;
      try {
        await exportInTime(exporter, metrics, timeoutMillis);
        return { kind: "delivered", rejectedPoints: 0 };
      } catch (error) {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        return { kind: "failed", errorType: name, message };
      }
    },
    close: () => exporter.shutdown(),
    timeoutMillis,
  };
}

const GRPC_PACKAGE = "@opentelemetry/exporter-metrics-otlp-grpc";

/**
 * @throws MissingPackageError if the package of protocol `grpc` is not installed.
 * @throws GrpcHeadersError if headers for `grpc` are a function, which it cannot take.
 */
export function upstreamExporter(
  protocol: "http/json" | "grpc",
  options: UpstreamOtlpOptions,
): PushMetricExporter {
  if (protocol === "http/json") return jsonExporter(options);
  const { headers, ...others } = options;
  if (typeof headers === "function") {
    throw new GrpcHeadersError('protocol "grpc": headers must be an object, got a function');
  }
  const { OTLPMetricExporter, Metadata } = grpcModules();
  if (headers === undefined) return new OTLPMetricExporter(others);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new OTLPMetricExporter({ ...others, metadata });
}

/** An optional package is not installed. */
export class MissingPackageError extends Error {
  /** Always `MissingPackageError`. */
  override readonly name = "MissingPackageError";
  /** Always `TACHYMETER_MISSING_PACKAGE`. */
  readonly code = "TACHYMETER_MISSING_PACKAGE";
}

/** The headers cannot be sent by grpc. */
export class GrpcHeadersError extends TypeError {
  /** Always `GrpcHeadersError`. */
  override readonly name = "GrpcHeadersError";
  /** Always `TACHYMETER_GRPC_HEADERS`. */
  readonly code = "TACHYMETER_GRPC_HEADERS";
}

function grpcModules(): GrpcModules {
  const require = createRequire(import.meta.url);
  try {
    const { OTLPMetricExporter }: Pick<GrpcModules, "OTLPMetricExporter"> = require(GRPC_PACKAGE);
    // The copy used by the exporter.
    const { Metadata }: Pick<GrpcModules, "Metadata"> = createRequire(require.resolve(GRPC_PACKAGE))(
      "@grpc/grpc-js",
    );
    return { OTLPMetricExporter, Metadata };
  } catch (cause) {
    throw new MissingPackageError(
      `protocol "grpc": package ${GRPC_PACKAGE} cannot be loaded; run npm install ${GRPC_PACKAGE}`,
      { cause },
    );
  }
}

interface GrpcModules {
  readonly OTLPMetricExporter: new (
    options: UpstreamOtlpOptions & { readonly metadata?: GrpcMetadata },
  ) => PushMetricExporter;
  readonly Metadata: new () => GrpcMetadata;
}

interface GrpcMetadata {
  set(name: string, value: string): void;
}
