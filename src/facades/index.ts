/**
 * Facades: classes that record what an application does (messages, health, commands, calls) as OpenTelemetry metrics.
 * Loads only `@opentelemetry/api` and the core of the engine, so that libraries can depend on it.
 *
 * @module tachymeter/facades
 */
export {
  type Labels,
  type Snapshot,
  type SnapshotEntry,
  type SnapshotHistogram,
} from "../translation/snapshot-document.ts";
export {
  type MetricDescription,
  MetricsExporter,
  type MetricsSource,
} from "../collector/metrics-exporter.ts";
export {
  Coordination,
  type CoordinationMessageOptions,
  type CoordinationOptions,
} from "./coordination/index.ts";
export { Messaging, type MessagingOptions } from "./messaging/index.ts";
export { type BoundDestination, type DestinationOptions } from "./messaging/bound-destination.ts";
export { GenAi, type GenAiOptions, type GenAiRequest } from "./gen-ai/index.ts";
export { type GenAiOperation } from "./gen-ai/operation.ts";
export { type GenAiUsage } from "./gen-ai/usage.ts";
export { Health, type HealthOptions } from "./health/index.ts";
export { HealthCheckError, type HealthCheckOptions } from "./health/check.ts";
export type {
  HealthAnswer,
  HealthAnswerOptions,
  HealthFetchHandler,
  HealthRequestHandler,
} from "./health/answer.ts";
export { type ComponentHealth, type HealthReport, type HealthStatus } from "./health/report.ts";
export type { SystemThresholds, SystemWatchOptions } from "./health/system-watch.ts";
export { type EventCallback, Events, EventsError, type EventsOptions } from "../events/events.ts";
export { EventLog, EventLogError, type EventLogOptions } from "../events/log.ts";
export { type EventToRecord, type TelemetryEvent } from "../events/event.ts";
export { Commands, type CommandsOptions, type CommandStats } from "./commands/index.ts";
export { type FailurePattern } from "./commands/history.ts";
export { type NetworkIo, type SystemMetrics } from "./commands/system-metrics.ts";
export { Kernels, type KernelsSummary } from "./kernels/index.ts";
export type { KernelLaunchOptions, KernelsOptions } from "./kernels/options.ts";
export type { KernelQueue } from "./kernels/record.ts";
export type { KernelState, KernelTelemetry } from "./kernels/telemetry.ts";
export { type KernelResources } from "./kernels/resources.ts";
export { type KernelLatency } from "./kernels/latency-sketch.ts";
export { type KernelRuntime, KernelRuntimeError } from "./kernels/runtime.ts";
export { KernelMonitorError } from "./kernels/monitor.ts";
export { Application, type ApplicationOptions, getApplicationCollector } from "./application/index.ts";
export { type AnyFunction, type Timer, TimerTargetError } from "./application/timer.ts";
export { type TrackedBlock } from "./application/call-recorder.ts";
export { type TrackedScope } from "./application/timed-function.ts";
export { Custom, type CustomOptions, getCustomCollector } from "./custom/index.ts";
export { getSystemCollector, System, type SystemOptions } from "./system/index.ts";
export {
  getNetworkCollector,
  Network,
  type NetworkOptions,
  type NetworkWatchOptions,
} from "./network/index.ts";
export { type NetworkWatch } from "./network/probe.ts";
export { httpAgent, mysqlPool, pgPool, type PoolFigures, undiciPool } from "./network/pool-figures.ts";
export { type PerformanceMetric } from "./metric-buffer.ts";
export { type ModelPrice } from "../options/prices.ts";
export {
  OptionsError as FacadeOptionsError,
  OptionsError as ExporterOptionsError,
} from "../options/options-error.ts";
export { type CollectorOptions, type NamedHistogramOptions, TelemetryCollector } from "../collector/index.ts";
export { setupCoordinationHooks, setupHealthHooks, setupMessagingHooks } from "../collector/hooks.ts";
export { type NamedCounter, type NamedGauge, type NamedHistogram } from "../collector/named-metrics.ts";
export { MetricRegistrationError } from "../collector/metric-registration.ts";
export { MultiExporter, type MultiExporterOptions, MultiExportError } from "../collector/multi-exporter.ts";
export { PeriodicExporter, type PeriodicExporterOptions } from "../collector/periodic-exporter.ts";
