// Handmade collections with features that upstream's SDK does not produce: scope attributes, chosen buckets, colliding
// names.
import { type Attributes, ValueType } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogram,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from "tachymeter/metrics";

/** A collection of these scopes, with these resource attributes. */
export function resourceMetrics(
  scopeMetrics: readonly ScopeMetrics[],
  resource: Attributes = {},
): ResourceMetrics {
  return { resource: resourceFromAttributes(resource), scopeMetrics: [...scopeMetrics] };
}

/** One scope and its metrics. `attributes` are those that newer engines put on a scope. */
export function scope(
  name: string,
  metrics: readonly MetricData[],
  more: { readonly version?: string; readonly schemaUrl?: string; readonly attributes?: Attributes } = {},
): ScopeMetrics {
  return { scope: { name, ...more }, metrics: [...metrics] };
}

/** Description of a handmade metric. */
export interface Described {
  readonly name: string;
  readonly unit?: string;
  readonly description?: string;
}

/** A monotonic sum; each of `points` has attributes and a value. */
export function counter(described: Described, ...points: readonly [Attributes, number][]): MetricData {
  return { ...sum(described, points), dataPointType: DataPointType.SUM, isMonotonic: true };
}

/** A non-monotonic sum. */
export function upDownCounter(described: Described, ...points: readonly [Attributes, number][]): MetricData {
  return { ...sum(described, points), dataPointType: DataPointType.SUM, isMonotonic: false };
}

/** A gauge. */
export function gauge(described: Described, ...points: readonly [Attributes, number][]): MetricData {
  return { ...sum(described, points), dataPointType: DataPointType.GAUGE };
}

/** A histogram with one series of these boundaries and counts; its sum is 0. */
export function histogram(
  described: Described,
  boundaries: readonly number[],
  counts: readonly number[],
  attributes: Attributes = {},
): MetricData {
  const count = counts.reduce((total, one) => total + one, 0);
  const value = { buckets: { boundaries: [...boundaries], counts: [...counts] }, count, sum: 0 };
  return {
    ...base(described),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [point(attributes, value)],
  };
}

/** An exponential histogram with one series. */
export function exponentialHistogram(described: Described, value: ExponentialHistogram): MetricData {
  return {
    ...base(described),
    dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
    dataPoints: [point({}, value)],
  };
}

/** Collection time of every handmade point: 1.5 s after the epoch. */
export const COLLECTED_AT: [number, number] = [1, 500_000_000];

function sum(described: Described, points: readonly [Attributes, number][]) {
  return { ...base(described), dataPoints: points.map(([attributes, value]) => point(attributes, value)) };
}

function base({ name, unit = "", description = "" }: Described) {
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
}

function point<T>(attributes: Attributes, value: T) {
  const startTime: [number, number] = [0, 0];
  return { startTime, endTime: COLLECTED_AT, attributes, value };
}
