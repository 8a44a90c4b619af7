// The one place where the SDK's provider is made.
import type { Resource } from "@opentelemetry/resources";
import { type IMetricReader, MeterProvider, type ViewOptions } from "./index.ts";

/** What a provider is made of. */
export interface MeterProviderParts {
  readonly resource: Resource;
  readonly views: ViewOptions[];
  readonly readers: IMetricReader[];
  /** Series an instrument may have in each view and reader before the rest are added up in one. */
  readonly cardinalityLimit: number | undefined;
}

/** Makes the provider that `start()` registers, with OpenTelemetry's own `otel.sdk.*` metrics switched on. */
export function createMeterProvider({
  resource,
  views,
  readers,
  cardinalityLimit,
}: MeterProviderParts): MeterProvider {
  return new MeterProvider({
    resource,
    readers,
    views: cardinalityLimit === undefined ? views : limited(views, cardinalityLimit),
    sdkMetricsEnabled: true,
  });
}

// A view that matches everything would give an instrument that another view matches a second stream, so it is added
// only where there is no other; views without a limit of their own get this one.
function limited(views: readonly ViewOptions[], aggregationCardinalityLimit: number): ViewOptions[] {
  if (views.length === 0) return [{ instrumentName: "*", aggregationCardinalityLimit }];
  return views.map((view) => ({ aggregationCardinalityLimit, ...view }));
}
