// The meter provider of the running SDK.
import { createNoopMeter, diag, metrics } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import { metricSources } from "../engine/collection/metric-source.ts";
import { MeterProvider } from "../engine/meter-provider.ts";
import type { IMetricReader } from "../engine/index.ts";
import type { OwnGroup } from "../group/group.ts";
import { type Configuration, OptionsError } from "../options/index.ts";
import type { Options, SdkMeterProvider } from "./options.ts";
import { markAsOurs } from "./copies.ts";
import type { Teardown } from "./teardown.ts";

/**
 * The meter provider in use: ours with its readers, the one that another SDK has registered, or none if
 * `OTEL_SDK_DISABLED` is `true`. A worker thread that has joined its main thread is a member.
 */
export type ProviderChoice = "ours" | "registered" | "member" | "none";

interface ProviderParts {
  readonly configuration: Configuration;
  readonly options: Options;
  readonly resource: Resource;
  readonly readers: IMetricReader[];
  readonly group: OwnGroup | undefined;
  /** Whether views, the time to live and the exemplar filter may change while it runs. */
  readonly isReconfigurable: boolean;
}

/** Makes or finds the provider, and registers it globally. */
export function providerOf(
  choice: ProviderChoice,
  parts: ProviderParts,
  teardown: Teardown,
): SdkMeterProvider {
  switch (choice) {
    case "ours":
      return registered(ownProvider(parts), teardown);
    case "registered":
    case "member":
      return metrics.getMeterProvider();
    case "none":
      return { getMeter: () => createNoopMeter() };
    default:
      return choice satisfies never;
  }
}

function ownProvider(parts: ProviderParts): SdkMeterProvider {
  try {
    return madeProvider(parts);
  } catch (error) {
    // Some of our readers may run already. The caller has to shut down the caller's own.
    const { readers, options } = parts;
    for (const reader of readers) {
      if (!options.readers?.some((given) => given === reader)) reader.shutdown().catch(() => {});
    }
    throw error;
  }
}

function madeProvider(parts: ProviderParts): SdkMeterProvider {
  const { configuration, options, resource, readers, group, isReconfigurable } = parts;
  const views = [...(options.views ?? [])];
  if (options.createMeterProvider !== undefined)
    return checkedProvider(options.createMeterProvider({ resource, views, readers }));
  const { cardinalityLimit, seriesTimeToLive, exemplarFilter, viewMatchingMode } = configuration;
  const providerOptions = {
    resource,
    views,
    readers,
    sdkMetricsEnabled: true,
    cardinalityLimit,
    seriesTimeToLive,
    exemplarFilter,
    viewMatchingMode,
    meterConfigurator: options.meterConfigurator,
  };
  const provider = new MeterProvider(providerOptions, group?.memory, isReconfigurable);
  provider.collectSources(metricSources());
  return provider;
}

function checkedProvider(provider: SdkMeterProvider): SdkMeterProvider {
  const given: unknown = provider;
  if (typeof given === "object" && given !== null && "getMeter" in given) return provider;
  throw new OptionsError("configuration of tachymeter", [
    {
      name: "createMeterProvider",
      value: given,
      must: "return a MeterProvider, not a promise",
    },
  ]);
}

function registered(provider: SdkMeterProvider, teardown: Teardown): SdkMeterProvider {
  teardown.add(() => provider.shutdown?.());
  markAsOurs(provider);
  if (!metrics.setGlobalMeterProvider(provider)) {
    diag.error(
      "start(): the global MeterProvider could not be registered, probably because two versions of @opentelemetry/api " +
        "are installed; install only one version",
    );
  }
  teardown.add(() => {
    // A provider that another SDK has registered meanwhile stays.
    if (metrics.getMeterProvider() === provider) metrics.disable();
  });
  return provider;
}
