/**
 * The configuration: options over environment variables over defaults, one schema, one result, all problems at once.
 */
export { ConfigurationError, type ConfigurationProblem } from "./configuration-error.ts";
export type { Environment } from "./environment.ts";
export {
  INSTRUMENTATION_NAMES,
  type InstrumentationName,
  type InstrumentationSettings,
} from "./instrumentations.ts";
export type {
  ConsoleSettings,
  JsonSettings,
  OtlpProtocol,
  OtlpSettings,
  PrometheusSettings,
  ReaderSettings,
  TemporalityPreference,
} from "./readers.ts";
export type { LogLevel } from "./settings.ts";
export { type Configuration, readConfiguration } from "./configuration.ts";
