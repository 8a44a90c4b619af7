// The form between OpenTelemetry's metrics and the documents that speak Prometheus' language.
import type { HrTime } from "@opentelemetry/api";

/** One metric of Prometheus: a name, what is said about it, and its series. */
export interface Family {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram" | "untyped";
  /** Without it no HELP is written. */
  readonly help: string | undefined;
  readonly series: readonly Series[];
}

/** One series: a number, or a histogram's classic buckets. */
export interface Series {
  /** Sorted by name, each name once. */
  readonly labels: readonly Label[];
  /** The labels as the text format writes them between braces: `a="b",c="d"`. */
  readonly labelText: string;
  readonly value: number | Buckets;
  /** When it was collected, where that is known. */
  readonly time?: HrTime | undefined;
}

/** A label of Prometheus; the value keeps the type that its attribute had. */
export interface Label {
  readonly name: string;
  readonly value: string | number | boolean;
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
  /** Missing where the instrument may record negative values. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}
