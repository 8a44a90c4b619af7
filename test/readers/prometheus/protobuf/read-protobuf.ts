// Handmade metrics, and their protobuf form.
import type { Attributes } from "@opentelemetry/api";
import type { ExponentialHistogram, MetricData } from "tachymeter/metrics";
import { resourceMetrics, scope } from "../../resource-metrics.ts";
import { parseProtobuf, type ReadFamily, type ReadHistogram } from "./parse-protobuf.ts";
import { renderedBytes, type Wishes } from "../rendered.ts";

/** The span of exemplars. */
export const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

/** An exponential histogram with sum 1.5; for each sign the offset, then the counts. */
export function exponential(given: {
  readonly scale?: number;
  readonly zeroCount?: number;
  readonly positive: readonly number[];
  readonly negative?: readonly number[];
}): ExponentialHistogram {
  const { scale = 0, zeroCount = 0, positive, negative = [0] } = given;
  const run = ([offset = 0, ...bucketCounts]: readonly number[]) => ({ offset, bucketCounts });
  const counts = [zeroCount, ...positive.slice(1), ...negative.slice(1)];
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: 1.5,
    scale,
    zeroCount,
    positive: run(positive),
    negative: run(negative),
  };
}

/** The same histogram without its sum. */
export function withoutSum(value: ExponentialHistogram): ExponentialHistogram {
  const { count, scale, zeroCount, positive, negative } = value;
  return { count, scale, zeroCount, positive, negative };
}

/** The metric with an exemplar of a sampled span, and others. */
export function sampled(metric: MetricData, ...others: readonly object[]): MetricData {
  const exemplar = { ...TRACE, value: 0.75, timestamp: [100, 1_500_000], filteredAttributes: {} };
  for (const point of metric.dataPoints) Reflect.set(point, "exemplars", [exemplar, ...others]);
  return metric;
}

/** The families of these metrics, written and parsed. */
export async function read(
  metrics: readonly MetricData[],
  wishes: Wishes = {},
  resource: Attributes = {},
): Promise<readonly ReadFamily[]> {
  const collected = resourceMetrics([scope("s", metrics)], resource);
  return parseProtobuf(await renderedBytes(collected, { ...wishes, format: "protobuf" }));
}

/** The histogram of a family's first series. */
export function histogramOf(family: ReadFamily | undefined): ReadHistogram {
  return family!.metrics[0]!.histogram!;
}
