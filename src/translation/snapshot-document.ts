// The document in which all figures are given back: JSON export, `getSnapshot()`, `snapshot()`.
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { isLabelValue, type Labels } from "../events/labels.ts";

export type { Labels } from "../events/labels.ts";

/** A histogram in a snapshot. `buckets` maps each upper bound to the cumulative count, `+Inf` last. */
export interface SnapshotHistogram {
  readonly count: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly buckets: Readonly<Record<string, number>>;
}

/** One series of a snapshot. A number that JSON cannot hold is `'NaN'`, `'+Inf'` or `'-Inf'`. */
export interface SnapshotEntry {
  readonly value: number | string | SnapshotHistogram;
  readonly labels: Labels;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

/** All series of a source at one moment, keyed by Prometheus name and sorted labels: see `seriesKey`. */
export interface Snapshot {
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly metrics: Readonly<Record<string, SnapshotEntry>>;
  /** Events recorded and accepted since the start. */
  readonly events_count: number;
  /** Whether periodic collection runs. */
  readonly running: boolean;
}

/**
 * The key of a series in a snapshot: `messages_sent_total{messaging_destination_name="jobs"}`, bare if there are no
 * labels. Names are Prometheus names already; values are escaped as in the Prometheus text format.
 */
export function seriesKey(name: string, labels: Readonly<Labels>): string {
  const keys = Object.keys(labels).toSorted();
  if (keys.length === 0) return name;
  return `${name}{${keys.map((key) => `${key}="${escapeLabelValue(String(labels[key]))}"`).join(",")}}`;
}

/** Escapes a label value as the Prometheus text format does: backslash, quote and line feed. */
export function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
    : value;
}

/**
 * A label name of Prometheus from an attribute key: a run of other characters and of `_` becomes one `_`, which a
 * leading digit gets too.
 */
export function labelNameFromKey(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9]+/g, "_");
  return /^[a-zA-Z_]/.test(name) ? name : `_${name}`;
}

/**
 * The labels of a series from its attributes: label names of Prometheus; scalar values as they are, but lists and
 * numbers that JSON cannot hold as text. Values whose keys become one label name are joined by `;` in the order of their
 * keys, as OpenTelemetry's Prometheus compatibility rules say.
 */
export function labelsFromAttributes(attributes: Readonly<Attributes>): Labels {
  const labels: Labels = {};
  for (const key of Object.keys(attributes).toSorted()) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    const name = labelNameFromKey(key);
    const label = labelValueFrom(value);
    labels[name] = Object.hasOwn(labels, name) ? `${labels[name]};${label}` : label;
  }
  return labels;
}

function labelValueFrom(value: AttributeValue): string | number | boolean {
  if (!isLabelValue(value)) return JSON.stringify(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** A metric name of Prometheus: every character that it cannot have becomes `_`. */
export function metricNameFromName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_:]/g, "_");
}

/** A number as a snapshot holds it: what JSON cannot write becomes Prometheus' word for it. */
export function snapshotNumber(value: number): number | string {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}
