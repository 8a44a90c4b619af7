// The group of the running SDK.
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider } from "../engine/meter-provider.ts";
import type { IMetricReader } from "../engine/index.ts";
import { AggregationType, InstrumentType } from "../engine/sdk-values.ts";
import { OwnGroup } from "../group/group.ts";
import type { NewsReceiver } from "../group/news.ts";
import { type Recipe, recipeFor } from "../group/recipe.ts";
import { letWorkersJoin } from "../group/threads/joining-workers.ts";
import { currentEnvironment } from "../options/environment.ts";
import type { Configuration } from "../options/index.ts";
export type { Group, GroupMember } from "../group/view.ts";
import type { Options, SdkMeterProvider } from "./options.ts";
import type { Teardown } from "./teardown.ts";

/** Opens the group; `undefined` without option `group`. */
export function openGroup(
  { group: settings }: Configuration,
  { attributes }: Resource,
  teardown: Teardown,
): OwnGroup | undefined {
  if (settings === undefined) return undefined;
  const group = new OwnGroup({
    serviceName: groupedName(String(attributes["service.name"] ?? "")),
    name: settings.name,
    directory: settings.directory,
    instanceId: String(attributes["service.instance.id"] ?? ""),
    isByThread: settings.reporter === "thread",
  });
  teardown.add(() => group.stop());
  teardown.add(letWorkersJoin());
  return group;
}

// The default name has the path of the executable, as it was written in the command.
function groupedName(serviceName: string): string {
  return serviceName.startsWith("unknown_service") ? "unknown_service" : serviceName;
}

interface GroupParts {
  readonly configuration: Configuration;
  readonly options: Options;
  readonly meterProvider: SdkMeterProvider;
  readonly readers: readonly IMetricReader[];
  readonly takeOver: (provider: MeterProvider) => void;
  readonly handOver: (provider: MeterProvider, passOn: (line: string) => boolean) => Promise<void>;
  readonly news: NewsReceiver;
}

/** Merges the figures of the members. Only our own provider can do this. */
export function attachGroup(group: OwnGroup | undefined, parts: GroupParts): void {
  const { configuration, options, meterProvider, readers, takeOver, handOver, news } = parts;
  const { group: settings, cardinalityLimit, seriesTimeToLive, exemplarFilter } = configuration;
  if (group === undefined || settings === undefined || !(meterProvider instanceof MeterProvider)) return;
  const interval = settings.intervalMillis / 1_000;
  const views = [...(options.views ?? [])];
  const recipe = recipeFor(interval, { cardinalityLimit, seriesTimeToLive, exemplarFilter, views }, readers);
  group.attach(meterProvider, {
    gauges: settings.gauges,
    workerAttribute: settings.workerAttribute,
    timeToLiveMillis: (seriesTimeToLive ?? Infinity) * 1_000,
    recipe: group.isMember ? withChoices(recipe, configuration, options) : recipe,
    onAggregator: () => takeOver(meterProvider),
    onCandidate: () => handOver(meterProvider, (line) => group.pass(line)),
    news,
  });
}

// A member has no readers, but the series that the aggregator's readers need.
function withChoices(recipe: Recipe, { readers }: Configuration, options: Options): Recipe {
  const given = readers.flatMap((reader) => {
    const instance = reader.kind === "given" ? options.readers?.[reader.index] : undefined;
    return typeof instance === "object" && "selectAggregation" in instance ? [instance] : [];
  });
  const exponential = readers.some(({ kind }) => kind === "otlp") && isExponentialByDefault();
  const { readers: ofInstances } = recipeFor(recipe.interval, {}, given);
  const histogram = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  return {
    ...recipe,
    readers: [
      ...recipe.readers,
      ...ofInstances,
      ...(exponential ? [{ aggregations: { [InstrumentType.HISTOGRAM]: histogram }, limits: {} }] : []),
    ],
  };
}

function isExponentialByDefault(): boolean {
  const chosen = currentEnvironment()["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"];
  return chosen?.toLowerCase() === "base2_exponential_bucket_histogram";
}
