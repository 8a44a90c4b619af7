/**
 * Tachymeter: OpenTelemetry metrics for Node.js, registered at process start.
 *
 * @module tachymeter
 */
export { ConfigurationError, type ConfigurationProblem } from "./config/index.ts";
export type { Options, Reader, ReaderConfig, SdkMeterProvider } from "./options.ts";
export { AlreadyStartedError, ForeignMeterProviderError, running, start } from "./start.ts";
export { Tachymeter } from "./tachymeter.ts";
