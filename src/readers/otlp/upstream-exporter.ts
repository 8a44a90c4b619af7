// Upstream's OTLP exporters, for the protocols that are not ours.
import { createRequire } from "node:module";
import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import type { PushMetricExporter } from "../../engine/index.ts";
import { MissingPackageError } from "./missing-package-error.ts";
import type { UpstreamOtlpOptions } from "./options.ts";

const GRPC_PACKAGE = "@opentelemetry/exporter-metrics-otlp-grpc";

/** @throws MissingPackageError where protocol `grpc` is asked for and its package is not installed. */
export function upstreamExporter(
  protocol: "http/json" | "grpc",
  options: UpstreamOtlpOptions,
): PushMetricExporter {
  if (protocol === "http/json") return new JsonExporter(options);
  const require = createRequire(import.meta.url);
  try {
    const { OTLPMetricExporter }: GrpcModule = require(GRPC_PACKAGE);
    return new OTLPMetricExporter(options);
  } catch (cause) {
    throw new MissingPackageError(
      `protocol "grpc": package ${GRPC_PACKAGE} cannot be loaded; run npm install ${GRPC_PACKAGE}`,
      { cause },
    );
  }
}

interface GrpcModule {
  readonly OTLPMetricExporter: new (options: UpstreamOtlpOptions) => PushMetricExporter;
}
