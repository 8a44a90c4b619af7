// The group of the running SDK.
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider } from "../engine/meter-provider.ts";
import type { IMetricReader, ViewOptions } from "../engine/index.ts";
import { OwnGroup } from "../group/group.ts";
import { recipeFor } from "../group/recipe.ts";
import { type Group, groupOfOne } from "../group/view.ts";
import type { Configuration } from "../options/index.ts";
import type { SdkMeterProvider } from "./options.ts";
import type { Teardown } from "./teardown.ts";

interface GroupParts {
  readonly configuration: Configuration;
  readonly meterProvider: SdkMeterProvider;
  readonly resource: Resource;
  readonly views: readonly ViewOptions[];
  readonly readers: readonly IMetricReader[];
}

/** Starts the group, which worker threads join. Only our own provider can merge their figures. */
export function groupFor(parts: GroupParts, teardown: Teardown): Group {
  const { configuration, meterProvider, resource, views, readers } = parts;
  const { group: settings, cardinalityLimit, seriesTimeToLive } = configuration;
  const id = String(resource.attributes["service.instance.id"] ?? "");
  const name = settings?.name ?? String(resource.attributes["service.name"] ?? "");
  if (settings === undefined || !(meterProvider instanceof MeterProvider)) return groupOfOne(id, name);
  const interval = settings.intervalMillis / 1_000;
  const group = new OwnGroup(meterProvider, {
    id,
    name,
    gauges: settings.gauges,
    workerAttribute: settings.workerAttribute,
    timeToLiveMillis: (seriesTimeToLive ?? Infinity) * 1_000,
    recipe: recipeFor(interval, { cardinalityLimit, seriesTimeToLive, views: [...views] }, readers),
  });
  teardown.add(() => group.stop());
  return group;
}
