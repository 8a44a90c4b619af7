// The snapshot document of the JSON export, `getSnapshot()` and `snapshot()`.
import type { Labels } from "../events/labels.ts";
import type { ClassicHistogram } from "./family.ts";

export type { Labels } from "../events/labels.ts";

/** A histogram in a snapshot. `buckets` maps each upper bound to the cumulative count, `+Inf` last. */
export interface SnapshotHistogram {
  /** Number of measurements. */
  readonly count: number;
  /** Sum of the measurements. */
  readonly sum: number;
  /** Least measurement; `null` if it is unknown. */
  readonly min: number | null;
  /** Greatest measurement; `null` if it is unknown. */
  readonly max: number | null;
  /** Cumulative counts, by upper bound. */
  readonly buckets: Readonly<Record<string, number>>;
}

/** One series of a snapshot. A number that JSON cannot represent is `'NaN'`, `'+Inf'` or `'-Inf'`. */
export interface SnapshotEntry {
  /** A number, the text of a number that JSON cannot represent, or a histogram. */
  readonly value: number | string | SnapshotHistogram;
  /** Labels of the series. */
  readonly labels: Labels;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

/** All series of a source at one moment. */
export interface Snapshot {
  /** Seconds since the epoch. */
  readonly timestamp: number;
  /**
   * Keyed by Prometheus name and sorted labels, `messages_sent_total{messaging_destination_name="jobs"}`, with label
   * values escaped as in the Prometheus text format.
   */
  readonly metrics: Readonly<Record<string, SnapshotEntry>>;
  /** Events recorded and accepted since the start. */
  readonly events_count: number;
  /** Whether periodic collection runs. */
  readonly running: boolean;
}

/** Escapes a label value as the Prometheus text format does: backslash, quote and line feed. */
export function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
    : value;
}

/**
 * The Prometheus label name of an attribute key: runs of invalid characters become `_`, and a leading digit gets the
 * prefix `_`.
 */
export function labelNameFromKey(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9]+/g, "_");
  return /^[a-zA-Z_]/.test(name) ? name : `_${name}`;
}

/** The Prometheus name of a metric: every invalid character becomes `_`. */
export function metricNameFromName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_:]/g, "_");
}

/** A number as written in a snapshot: numbers that JSON cannot represent become Prometheus' words for them. */
export function snapshotNumber(value: number): number | string {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** A histogram of a snapshot. */
export function snapshotHistogram({
  bounds,
  cumulativeCounts,
  count,
  sum,
  min,
  max,
}: ClassicHistogram): SnapshotHistogram {
  const buckets: Record<string, number> = {};
  for (const [i, bound] of bounds.entries()) buckets[String(bound)] = cumulativeCounts[i]!;
  buckets["+Inf"] = count;
  return { count, sum: sum ?? 0, min: min ?? null, max: max ?? null, buckets };
}

/** A histogram without measurements. */
export function emptyHistogram(bounds: readonly number[]): SnapshotHistogram {
  const cumulativeCounts = bounds.map(() => 0);
  return snapshotHistogram({ bounds, cumulativeCounts, count: 0, sum: 0, min: undefined, max: undefined });
}
