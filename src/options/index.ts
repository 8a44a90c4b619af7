/**
 * The configuration: options over environment variables over defaults, one schema, one result, all problems at once.
 */
export { type Configuration, readConfiguration } from "./configuration.ts";
export { ConfigurationError, type ConfigurationProblem } from "./configuration-error.ts";
export {
  INSTRUMENTATION_NAMES,
  type InstrumentationName,
  type InstrumentationSettings,
  type SwitchName,
  UPSTREAM_NAMES,
} from "./instrumentations.ts";
export type { OtlpSettings } from "./otlp.ts";
export type { JsonSettings, PrometheusSettings, ReaderSettings } from "./readers.ts";
export { LOG_LEVELS, type LogLevel } from "./settings.ts";
