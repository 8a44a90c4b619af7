/** Metrics of prom-client's types as a collection has them. In a group, those of all members are added up. */
import type { MetricAdvice } from "@opentelemetry/api";
import type { InstrumentType as Type, MetricDescriptor } from "@opentelemetry/sdk-metrics";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { Scope } from "../engine/scope.ts";
import { type AggregationTemporality, InstrumentType } from "../engine/sdk-values.ts";
import type { AcrossMembers } from "../engine/streams/across-members.ts";
import type { FixedStream } from "../engine/streams/stream-configuration.ts";
import type { KeptAggregation } from "../engine/streams/stream-store.ts";
import type { CollectedRows } from "./collected-rows.ts";
import type { Aggregator } from "./contracts.ts";
import { QuantileRows } from "./quantile-rows.ts";

/** The fields that all metrics of a collection have. */
export interface CollectedHead {
  readonly scope: Scope;
  readonly temporality: AggregationTemporality;
  readonly descriptor: MetricDescriptor;
  /** Method by which the values of several processes are combined. */
  readonly aggregator: Aggregator;
}

type Restarts = FixedStream["restarts"];

// For the first of all workers there is no policy: any of them is right.
const POLICIES: Readonly<Record<Exclude<Aggregator, "omit">, AcrossMembers>> = {
  sum: "sum",
  first: "last",
  min: "min",
  max: "max",
  average: "mean",
};

/** @param restarts `byBoth` if a series with a new start time counts from 0. That of a callback may begin with a total. */
export function counterFrom(
  head: CollectedHead,
  series: SeriesSource,
  restarts: Restarts = "byFall",
): CollectedMetric {
  const type = InstrumentType.OBSERVABLE_COUNTER;
  const origin = originOf(head, { type, aggregation: { kind: "sum" }, restarts });
  return { ...head, kind: "sum", isMonotonic: true, series, origin };
}

export function gaugeFrom(head: CollectedHead, series: SeriesSource): CollectedMetric {
  const origin = originOf(head, {
    type: InstrumentType.OBSERVABLE_GAUGE,
    aggregation: { kind: "lastValue" },
  });
  return { ...head, kind: "gauge", series, origin };
}

export function histogramFrom(
  head: CollectedHead,
  boundaries: readonly number[],
  series: SeriesSource,
): CollectedMetric {
  const aggregation = { kind: "explicitHistogram", boundaries, recordMinMax: false } as const;
  const advice = { explicitBucketBoundaries: [...boundaries] };
  const origin = originOf(head, { type: InstrumentType.HISTOGRAM, aggregation, advice, restarts: "byBoth" });
  return { ...head, kind: "histogram", boundaries, hasMinMax: false, hasSum: true, series, origin };
}

/**
 * OpenTelemetry has no summaries: the quantiles are a gauge, and the sum and the count are two sums. Quantiles of several
 * processes cannot be combined, so they have no origin.
 */
export function summaryFrom(
  head: CollectedHead,
  {
    quantiles,
    sum,
    count,
  }: Readonly<Record<"sum" | "count", SeriesSource>> & {
    readonly quantiles: readonly CollectedRows[];
  },
): CollectedMetric[] {
  const { descriptor } = head;
  const named = (end: string): CollectedHead => ({
    ...head,
    descriptor: { ...descriptor, name: descriptor.name + end },
  });
  const ofSum = named("_sum");
  const type = InstrumentType.OBSERVABLE_UP_DOWN_COUNTER;
  const origin = originOf(ofSum, { type, aggregation: { kind: "sum" }, restarts: "byBoth" });
  return [
    ...(quantiles.length > 0
      ? [{ ...head, kind: "gauge" as const, series: new QuantileRows(quantiles) }]
      : []),
    { ...ofSum, kind: "sum", isMonotonic: false, series: sum, origin },
    counterFrom(named("_count"), count, "byBoth"),
  ];
}

function originOf(
  { scope, descriptor, aggregator }: CollectedHead,
  {
    type,
    aggregation,
    advice = {},
    restarts = "byFall",
  }: {
    readonly type: Type;
    readonly aggregation: KeptAggregation;
    readonly advice?: MetricAdvice;
    readonly restarts?: Restarts;
  },
): CollectedMetric["origin"] {
  if (aggregator === "omit") return undefined;
  const instrument = { ...descriptor, type, advice };
  const fixed = { acrossMembers: POLICIES[aggregator], restarts };
  return { scope, instrument, index: 0, aggregation, fixed };
}
