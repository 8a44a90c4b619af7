// Upstream's OTLP exporters, for the protocols that are not ours.
import { createRequire } from "node:module";
import type { PushMetricExporter } from "../../engine/index.ts";
import { jsonExporter, type UpstreamOtlpOptions } from "./upstream.ts";

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
    throw new GrpcHeadersError('protocol "grpc": headers are a function; give an object');
  }
  const { OTLPMetricExporter, Metadata } = grpcModules();
  if (headers === undefined) return new OTLPMetricExporter(others);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new OTLPMetricExporter({ ...others, metadata });
}

/** An optional package is not installed. */
export class MissingPackageError extends Error {
  override readonly name = "MissingPackageError";
  readonly code = "TACHYMETER_MISSING_PACKAGE";
}

/** The headers cannot be sent by grpc. */
export class GrpcHeadersError extends TypeError {
  override readonly name = "GrpcHeadersError";
  readonly code = "TACHYMETER_GRPC_HEADERS";
}

function grpcModules(): GrpcModules {
  const require = createRequire(import.meta.url);
  try {
    const { OTLPMetricExporter }: Pick<GrpcModules, "OTLPMetricExporter"> = require(GRPC_PACKAGE);
    // The exporter's own copy.
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
