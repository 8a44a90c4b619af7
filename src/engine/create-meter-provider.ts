// The one place where the provider that `start()` registers is made.
import type { Resource } from "@opentelemetry/resources";
import type { IMetricReader } from "@opentelemetry/sdk-metrics";
import type { ExemplarFilter } from "./exemplars/sampling.ts";
import { MeterProvider } from "./meter-provider.ts";
import type { ViewOptions } from "./streams/view.ts";

/** What a provider is made of. */
export interface MeterProviderParts {
  readonly resource: Resource;
  readonly views: ViewOptions[];
  readonly readers: IMetricReader[];
  /** Series of an instrument in each view and reader before the rest are added up in one. */
  readonly cardinalityLimit: number | undefined;
  /** Seconds after which an idle series is let go. */
  readonly seriesTimeToLive: number | undefined;
  readonly exemplarFilter: ExemplarFilter | undefined;
}

/** Makes the provider, with OpenTelemetry's own `otel.sdk.*` metrics switched on. */
export function createMeterProvider(parts: MeterProviderParts): MeterProvider {
  const { resource, views, readers, cardinalityLimit, seriesTimeToLive, exemplarFilter } = parts;
  return new MeterProvider({
    resource,
    views,
    readers,
    sdkMetricsEnabled: true,
    ...(cardinalityLimit !== undefined && { cardinalityLimit }),
    ...(seriesTimeToLive !== undefined && { seriesTimeToLive }),
    ...(exemplarFilter !== undefined && { exemplarFilter }),
  });
}
