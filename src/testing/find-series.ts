import { isDeepStrictEqual } from "node:util";
import type { Attributes } from "@opentelemetry/api";
import { labelNameFromKey } from "../translation/snapshot-document.ts";
import type { RecordedMetric, RecordedSeries, RecordedValue } from "./recorded-metric.ts";

/** A query for one value. */
export interface Question {
  /** Name of the metric, in OpenTelemetry or in Prometheus. */
  readonly name: string;
  /** All attributes of one series, or `undefined` for the sum of all series. */
  readonly attributes: Attributes | undefined;
}

/** Result of a query. `series` are all series of the metric. */
export type FoundValue =
  | { readonly kind: "value"; readonly value: RecordedValue; readonly series: readonly RecordedSeries[] }
  | { readonly kind: "noMetric" }
  | { readonly kind: "noSeries"; readonly series: readonly RecordedSeries[] }
  /** There are several series, and they cannot be added up. */
  | { readonly kind: "ambiguous"; readonly series: readonly RecordedSeries[] };

/** Returns the value of a series, or the sum of all series of a metric that is not a gauge. */
export function findValue({ name, attributes }: Question, metrics: readonly RecordedMetric[]): FoundValue {
  const named = metricsNamed(name, metrics);
  if (named.length === 0) return { kind: "noMetric" };
  const series = named.flatMap((metric) => metric.series);
  const chosen = attributes === undefined ? series : seriesWith(attributes, series);
  const [first, ...others] = chosen;
  if (first === undefined) return { kind: "noSeries", series };
  if (others.length > 0 && named.some(({ kind }) => kind === "gauge")) return { kind: "ambiguous", series };
  let { value } = first;
  for (const other of others) {
    const total = added(value, other.value);
    if (total === undefined) return { kind: "ambiguous", series };
    value = total;
  }
  return { kind: "value", value, series };
}

// Several scopes may have metrics of the same name.
function metricsNamed(name: string, metrics: readonly RecordedMetric[]): readonly RecordedMetric[] {
  const byName = metrics.filter((metric) => metric.name === name);
  return byName.length > 0 ? byName : metrics.filter((metric) => metric.prometheusName === name);
}

// Keys may also be label names of Prometheus.
function seriesWith(attributes: Attributes, series: readonly RecordedSeries[]): readonly RecordedSeries[] {
  const wanted = present(attributes);
  const exact = series.filter((one) => isDeepStrictEqual(present(one.attributes), wanted));
  if (exact.length > 0) return exact;
  const labels = present(attributes, labelNameFromKey);
  return series.filter((one) => isDeepStrictEqual(present(one.attributes, labelNameFromKey), labels));
}

function present(attributes: Attributes, named = (key: string): string => key): Attributes {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [named(key), value]));
}

function added(left: RecordedValue, right: RecordedValue): RecordedValue | undefined {
  if (typeof left === "number" || typeof right === "number") {
    return typeof left === "number" && typeof right === "number" ? left + right : undefined;
  }
  return {
    count: left.count + right.count,
    sum: both(left.sum, right.sum, (a, b) => a + b),
    min: both(left.min, right.min, Math.min),
    max: both(left.max, right.max, Math.max),
  };
}

function both(
  left: number | undefined,
  right: number | undefined,
  combine: (left: number, right: number) => number,
): number | undefined {
  return left === undefined || right === undefined ? undefined : combine(left, right);
}
