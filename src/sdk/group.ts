// The group of the running SDK.
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider } from "../engine/meter-provider.ts";
import type { IMetricReader, ViewOptions } from "../engine/index.ts";
import { OwnGroup } from "../group/group.ts";
import { recipeFor } from "../group/recipe.ts";
import type { Configuration } from "../options/index.ts";
import type { SdkMeterProvider } from "./options.ts";
import type { Teardown } from "./teardown.ts";

/** Opens the group; `undefined` without option `group`. */
export function openGroup(
  { group: settings }: Configuration,
  { attributes }: Resource,
  teardown: Teardown,
): OwnGroup | undefined {
  if (settings === undefined) return undefined;
  const group = new OwnGroup({
    serviceName: String(attributes["service.name"] ?? ""),
    name: settings.name,
    directory: settings.directory,
    instanceId: String(attributes["service.instance.id"] ?? ""),
  });
  teardown.add(() => group.stop());
  return group;
}

interface GroupParts {
  readonly configuration: Configuration;
  readonly meterProvider: SdkMeterProvider;
  readonly views: readonly ViewOptions[];
  readonly readers: readonly IMetricReader[];
  readonly onAggregator: () => void;
}

/** Merges the figures of the members. Only our own provider can do this. */
export function attachGroup(group: OwnGroup | undefined, parts: GroupParts): void {
  const { configuration, meterProvider, views, readers, onAggregator } = parts;
  const { group: settings, cardinalityLimit, seriesTimeToLive } = configuration;
  if (group === undefined || settings === undefined || !(meterProvider instanceof MeterProvider)) return;
  const interval = settings.intervalMillis / 1_000;
  group.attach(meterProvider, {
    gauges: settings.gauges,
    workerAttribute: settings.workerAttribute,
    timeToLiveMillis: (seriesTimeToLive ?? Infinity) * 1_000,
    recipe: recipeFor(interval, { cardinalityLimit, seriesTimeToLive, views: [...views] }, readers),
    onAggregator,
  });
}
