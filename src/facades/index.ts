/**
 * The facades: what an application does, mapped onto OpenTelemetry instruments. Needs only `@opentelemetry/api`.
 *
 * @module tachymeter/facades
 */
export { type Labels, type Snapshot, type SnapshotEntry, type SnapshotHistogram } from "./snapshot.ts";
export { type MetricDescription, MetricsExporter, type MetricsSource } from "./metrics-exporter.ts";
