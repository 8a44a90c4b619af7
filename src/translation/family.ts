// Intermediate form between OpenTelemetry metrics and the documents that use Prometheus names.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import type { NativeHistogram } from "./native-buckets.ts";

/** Metadata shared by all series of one name. */
export interface FamilyHead {
  readonly name: string;
  /** `info` is used for `target_info` only; the type of `untyped` is unknown. */
  readonly kind: "counter" | "gauge" | "histogram" | "info" | "untyped";
  /** If undefined, no HELP line is written. */
  readonly help: string | undefined;
  /** In words, such as `bytes_per_second`; empty without a unit. */
  readonly unit: string;
}

/** One Prometheus metric: the metrics of a collection that share its name, in their order. */
export interface Family extends FamilyHead {
  readonly metrics: readonly FamilyMetric[];
}

/** One metric of a family. */
export interface FamilyMetric {
  /** The same object in every collection. */
  readonly plan: MetricPlan;
  readonly metric: CollectedMetric;
}

/** The parts of a metric that are the same in every collection. */
export interface MetricPlan {
  readonly head: FamilyHead;
  /** Labels of every series beside its attributes, sorted by name, each name once. */
  readonly constantLabels: readonly KeyedLabel[];
}

/** One Prometheus metric with its series in a list. */
export interface ListedFamily extends FamilyHead {
  readonly series: readonly Series[];
}

/** One series: a number, or the classic buckets of a histogram. */
export interface Series {
  /** Sorted by name, each name once. */
  readonly labels: readonly Label[];
  readonly value: number | ClassicHistogram;
  /** The histogram with its native buckets, if they were requested and exist. */
  readonly native?: NativeHistogram | undefined;
  /** Collection time, if known. */
  readonly timeUnixMillis?: number | undefined;
  /** Start time of the series, if known. */
  readonly startTimeUnixMillis?: number | undefined;
  readonly exemplars?: readonly Exemplar[] | undefined;
}

/** A Prometheus label; the value keeps the type of its attribute. */
export interface Label {
  readonly name: string;
  readonly value: string | number | boolean;
}

/** A label with the attribute key it comes from; labels of one name are joined in the order of their keys. */
export interface KeyedLabel extends Label {
  readonly key: string;
}

/**
 * A histogram as Prometheus classic buckets.
 *
 * ```
 * bounds            0.1   0.5   1      (upper, inclusive, finite, rising)
 * cumulativeCounts  2     5     5      count 6: one lies above the last bound
 * ```
 */
export interface ClassicHistogram {
  readonly bounds: readonly number[];
  /** For each bound, the number of values less than or equal to it. */
  readonly cumulativeCounts: readonly number[];
  readonly count: number;
  /** Undefined if the instrument may record negative values. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}
