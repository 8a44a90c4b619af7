import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { collectionFromMetrics } from "../../src/engine/collection/collection-from-metrics.ts";
import { snapshotEntries } from "../../src/translation/snapshot.ts";
import type { SnapshotEntry } from "../../src/translation/snapshot-document.ts";

/** The series of a collection in the format of a snapshot. */
export function snapshotMetrics(metrics: ResourceMetrics): Record<string, SnapshotEntry> {
  return Object.fromEntries(snapshotEntries(collectionFromMetrics(metrics)));
}
