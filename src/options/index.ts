/**
 * The configuration. Options override environment variables, which override defaults. All problems are reported
 * together.
 */
export { type Configuration, readConfiguration } from "./start.ts";
export { OptionsError, type OptionsProblem } from "./options-error.ts";
export type { InstrumentationSettings } from "./instrumentations.ts";
export type { GroupOptions } from "./group.ts";
export type { CardinalityLimits } from "./push.ts";
export type { LiveOptions } from "./live.ts";
export type { PageOptions } from "./page.ts";
export type { McpOptions, McpSettings } from "./mcp.ts";
export type { ProfileOptions } from "./profiles.ts";
export type { OtlpSettings } from "./otlp.ts";
export type { PrometheusReader, ReaderSettings } from "./readers.ts";
export type { Detector, ResourceDetection } from "./resource-detection.ts";
export { LOG_LEVELS, type LogLevel, OTEL_NAMES, type OtelName } from "./settings.ts";
