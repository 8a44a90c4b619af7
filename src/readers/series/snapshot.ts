// One collection as the figures of a snapshot.
import type { ResourceMetrics } from "../../engine/index.ts";
import {
  type Labels,
  type SnapshotEntry,
  type SnapshotHistogram,
  snapshotNumber,
} from "../../facades/snapshot.ts";
import { familiesFromMetrics } from "./families.ts";
import type { Buckets, Label, Series } from "./family.ts";

/**
 * The series of a collection by their keys, such as `messages_sent_total{messaging_destination_name="jobs"}`: the names
 * and labels of the Prometheus text, without `target_info` and without scope labels. Where series of two scopes have
 * one key, the later one's has the label `otel_scope_name`.
 */
export function snapshotMetrics(metrics: ResourceMetrics): Record<string, SnapshotEntry> {
  const entries: Record<string, SnapshotEntry> = {};
  for (const { name, series } of familiesFromMetrics(metrics, { scopeLabels: false, targetInfo: false })) {
    for (const one of series) {
      const key = one.labelText === "" ? name : `${name}{${one.labelText}}`;
      entries[key] = { value: valueOf(one), labels: labelsOf(one.labels), timestamp: secondsOf(one) };
    }
  }
  return entries;
}

function valueOf({ value }: Series): SnapshotEntry["value"] {
  return typeof value === "number" ? snapshotNumber(value) : histogramOf(value);
}

function histogramOf({ bounds, cumulativeCounts, count, sum, min, max }: Buckets): SnapshotHistogram {
  const buckets: Record<string, number> = {};
  for (const [i, bound] of bounds.entries()) buckets[String(bound)] = cumulativeCounts[i]!;
  buckets["+Inf"] = count;
  return { count, sum: sum ?? 0, min: finiteOrNull(min), max: finiteOrNull(max), buckets };
}

// A histogram without measurements has infinite extremes under some engines.
function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function labelsOf(labels: readonly Label[]): Labels {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]));
}

function secondsOf({ time }: Series): number {
  return time === undefined ? 0 : time[0] + time[1] / 1e9;
}
