/**
 * The engine: every name of `@opentelemetry/sdk-metrics`, from one place, so that our provider can take the place of
 * upstream's behind the same import.
 *
 * @module tachymeter/metrics
 */
export * from "@opentelemetry/sdk-metrics";
