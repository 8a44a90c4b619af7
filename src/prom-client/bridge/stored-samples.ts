/**
 * Samples of a metric of prom-client 14 and 15, or of `@prometheus-io/client`, read from its own store. Used at the end
 * of a process, when its `get()` cannot be awaited, and for a metric that the application reads itself.
 */
import { type GivenLabels, isObject } from "../label-checks.ts";
import type { MetricType } from "./copied-series.ts";

/** Type of the metric. Those of version 14 have no property for it. */
export function storedType(metric: object): MetricType {
  if ("upperBounds" in metric) return "histogram";
  if ("percentiles" in metric) return "summary";
  return "set" in metric ? "gauge" : "counter";
}

/** Samples in the form of `get()`; `undefined` if the metric has no store of a known form. */
export function storedSamples(metric: object): readonly unknown[] | undefined {
  const { name, upperBounds, percentiles }: Record<string, unknown> = Object(metric);
  const entries = entriesOf(metric);
  if (entries === undefined || typeof name !== "string") return undefined;
  return entries.flatMap((entry) => {
    if (!isObject(entry)) return [];
    if (isObject(entry["bucketValues"])) return histogramSamples(name, entry, numbersIn(upperBounds));
    const { value, labels } = entry;
    const summary = isObject(value) ? { ...value, labels } : entry;
    return isObject(summary["td"]) ? summarySamples(name, summary, numbersIn(percentiles)) : [entry];
  });
}

// prom-client has an object, its successor an iterable of its own.
function entriesOf(metric: object): readonly unknown[] | undefined {
  const { hashMap, store }: Record<string, unknown> = Object(metric);
  if (isObject(hashMap)) return Object.values(hashMap);
  const values: unknown = isObject(store) && Reflect.get(store, "values");
  if (!isObject(store) || typeof values !== "function") return undefined;
  const entries: unknown = Reflect.apply(values, store, []);
  return isIterable(entries) ? [...entries] : undefined;
}

function isIterable(given: unknown): given is Iterable<unknown> {
  return typeof given === "object" && given !== null && Symbol.iterator in given;
}

function histogramSamples(name: string, entry: GivenLabels, upperBounds: readonly number[]): object[] {
  const counts = Object(entry["bucketValues"]);
  const exemplars = Object(entry["bucketExemplars"]);
  let total = 0;
  const buckets = upperBounds.map((le) => {
    total += Number(counts[le]);
    return { metricName: `${name}_bucket`, labels: { le }, value: total, exemplar: exemplars[le] };
  });
  const last = {
    metricName: `${name}_bucket`,
    labels: { le: "+Inf" },
    value: entry["count"],
    exemplar: exemplars[-1],
  };
  return [...buckets, last, ...totals(name, entry)];
}

function summarySamples(name: string, entry: GivenLabels, percentiles: readonly number[]): object[] {
  const digest = Object(entry["td"]);
  const quantiles = percentiles.map((quantile) => ({
    labels: { quantile },
    value: digest.percentile(quantile) || 0,
  }));
  return [...quantiles, ...totals(name, entry)];
}

function totals(name: string, { labels, sum, count }: GivenLabels): object[] {
  return [
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

function numbersIn(list: unknown): readonly number[] {
  return Array.isArray(list) ? list.filter((each): each is number => typeof each === "number") : [];
}
