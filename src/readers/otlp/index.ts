/**
 * OTLP: metrics sent to a backend and kept until accepted; and an outbox for any other exporter.
 *
 * @module tachymeter/otlp
 */
export { OutboxError } from "../../io/outbox/disk-trouble.ts";
export type { OutboxOptions } from "../../options/outbox.ts";
export {
  OptionsError as OutboxOptionsError,
  type OptionsProblem as OutboxOptionsProblem,
} from "../../options/options-error.ts";
export { DurableExporter } from "./durable-exporter.ts";
export { OtlpExporter } from "./exporter.ts";
export {
  type FlushedOutbox,
  flushOutbox,
  type FlushOutboxOptions,
  type FlushProgress,
} from "./flush-outbox.ts";
export type { OtlpExporterOptions } from "./options.ts";
export { GrpcHeadersError, MissingPackageError } from "./sending.ts";
