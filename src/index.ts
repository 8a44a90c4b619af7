/**
 * Tachymeter: OpenTelemetry metrics for Node.js, registered at process start.
 *
 * @module tachymeter
 */
export {
  type CardinalityLimits,
  type GroupOptions,
  type LiveOptions,
  type McpOptions,
  type PageOptions,
  OptionsError,
  OptionsError as ConfigurationError,
  type OptionsProblem,
  type OptionsProblem as ConfigurationProblem,
  type ResourceDetection,
} from "./options/index.ts";
export type {
  AggregationOptions,
  ExportOptions,
  Options,
  Reader,
  ReaderConfig,
  SdkMeterProvider,
} from "./sdk/options.ts";
export { AlreadyStartedError, ForeignMeterProviderError, running, start } from "./sdk/start.ts";
export {
  type ExpressionOptions,
  type ExpressionRangeOptions,
  type Group,
  type GroupMember,
  type ReloadResult,
  Tachymeter,
} from "./sdk/tachymeter.ts";
