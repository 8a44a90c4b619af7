// The form between OpenTelemetry's metrics and the documents that speak Prometheus' language.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import type { NativeHistogram } from "./native-buckets.ts";

/** What is said of all series that have one name. */
export interface FamilyHead {
  readonly name: string;
  /** `info` is `target_info` alone; `untyped` has no known type. */
  readonly kind: "counter" | "gauge" | "histogram" | "info" | "untyped";
  /** Without it no HELP is written. */
  readonly help: string | undefined;
  /** In one word, `bytes_per_second`; empty if there is none. */
  readonly unit: string;
}

/** One metric of Prometheus as the metrics of a collection that have its name, in their order. */
export interface Family extends FamilyHead {
  readonly metrics: readonly FamilyMetric[];
}

/** One metric of a family. */
export interface FamilyMetric {
  /** The same object in each collection. */
  readonly plan: MetricPlan;
  readonly metric: CollectedMetric;
}

/** All that is the same in each collection of one metric. */
export interface MetricPlan {
  readonly head: FamilyHead;
  /** What every series has beside its attributes, sorted by name, each name once. */
  readonly constantLabels: readonly KeyedLabel[];
}

/** One metric of Prometheus with its series in a list. */
export interface ListedFamily extends FamilyHead {
  readonly series: readonly Series[];
}

/** One series: a number, or a histogram's classic buckets. */
export interface Series {
  /** Sorted by name, each name once. */
  readonly labels: readonly Label[];
  readonly value: number | Buckets;
  /** The histogram with its own buckets, where it was asked for and has such a form. */
  readonly native?: NativeHistogram | undefined;
  /** When it was collected, if that is known. */
  readonly timeUnixMillis?: number | undefined;
  /** Since when it counts, if that is known. */
  readonly startTimeUnixMillis?: number | undefined;
  readonly exemplars?: readonly Exemplar[] | undefined;
}

/** A label of Prometheus; the value keeps the type that its attribute had. */
export interface Label {
  readonly name: string;
  readonly value: string | number | boolean;
}

/** A label that knows the attribute key it comes from, since keys decide where several become one label. */
export interface KeyedLabel extends Label {
  readonly key: string;
}

/**
 * A histogram as Prometheus' classic buckets.
 *
 * ```
 * bounds            0.1   0.5   1      (upper, inclusive, finite, rising)
 * cumulativeCounts  2     5     5      count 6: one lies above the last bound
 * ```
 */
export interface Buckets {
  readonly bounds: readonly number[];
  /** Of each bound: how many values are not above it. */
  readonly cumulativeCounts: readonly number[];
  readonly count: number;
  /** Missing if the instrument may record negative values. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}
