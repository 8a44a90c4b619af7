// The group of the running SDK.
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider } from "../engine/meter-provider.ts";
import type { IMetricReader, ViewOptions } from "../engine/index.ts";
import { type Group, OwnGroup } from "../group/group.ts";
import { recipeFor } from "../group/recipe.ts";
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

/** Lets threads join. Only our own provider can merge their figures; with others, or without option `group`, there is one member. */
export function groupFor(parts: GroupParts, teardown: Teardown): Group {
  const { configuration, meterProvider, resource, views, readers } = parts;
  const { group: settings, cardinalityLimit, seriesTimeToLive } = configuration;
  const id = String(resource.attributes["service.instance.id"] ?? "");
  const name = settings?.name ?? String(resource.attributes["service.name"] ?? "");
  if (settings === undefined || !(meterProvider instanceof MeterProvider)) return aloneGroup(id, name);
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

function aloneGroup(id: string, name: string): Group {
  return {
    id,
    name,
    role: "alone",
    members: () => [
      { pid: process.pid, threadId: 0, worker: 0, role: "aggregator", state: "live", ageSeconds: 0 },
    ],
  };
}
