// The interface of instrumentations, which OpenTelemetry's package `@opentelemetry/instrumentation` has, too.
import type { MeterProvider, TracerProvider } from "@opentelemetry/api";

/** Options that all instrumentations have. */
export interface InstrumentationConfig {
  /** `false`: records nothing until `enable()` is called. @defaultValue true */
  enabled?: boolean;
}

/** An instrumentation: one of OpenTelemetry's, or one of the application. */
export interface Instrumentation<Config extends InstrumentationConfig = InstrumentationConfig> {
  /** The name, which is that of its package. */
  instrumentationName: string;
  /** The version of its package. */
  instrumentationVersion: string;
  /** Starts recording. */
  enable(): void;
  /** Stops recording. */
  disable(): void;
  /** Sets the provider of its spans. */
  setTracerProvider(tracerProvider: TracerProvider): void;
  /** Sets the provider of its metrics. */
  setMeterProvider(meterProvider: MeterProvider): void;
  /** Replaces its options. */
  setConfig(config: Config): void;
  /** Its options. */
  getConfig(): Config;
}
