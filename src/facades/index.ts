/**
 * The facades: what an application does, mapped onto OpenTelemetry instruments. Needs only `@opentelemetry/api`.
 *
 * @module tachymeter/facades
 */
export { type Labels, type Snapshot, type SnapshotEntry, type SnapshotHistogram } from "./snapshot.ts";
export { type MetricDescription, MetricsExporter, type MetricsSource } from "./metrics-exporter.ts";
export { Coordination, type CoordinationMessageOptions, type CoordinationOptions } from "./coordination.ts";
export { Messaging, type MessagingOptions } from "./messaging.ts";
export { type BoundDestination, type DestinationOptions } from "./bound-destination.ts";
export { Health, type HealthCheckOptions, type HealthOptions } from "./health.ts";
export { type ComponentHealth, type HealthReport, type HealthStatus } from "./health-report.ts";
