/**
 * OTLP: metrics to a collector, over HTTP as protobuf or JSON, by upstream's exporters.
 *
 * @module tachymeter/otlp
 */
export { MissingPackageError, OtlpExporter } from "./exporter.ts";
export type { OtlpExporterOptions } from "./options.ts";
