// The group of the running SDK.
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider } from "../engine/meter-provider.ts";
import type { IMetricReader } from "../engine/index.ts";
import { isUnnamed, UNNAMED_SERVICE } from "../engine/unnamed-service.ts";
import { AggregationType } from "../engine/sdk-values.ts";
import { part } from "#on-demand";
import { OwnGroup } from "../group/group.ts";
import type { MessageReceiver } from "../group/message-receiver.ts";
import { isPortable, type ReaderSelectors, memberConfigurationFor } from "../group/member-configuration.ts";
import { letWorkersJoin } from "../group/threads/joining-workers.ts";
import { currentEnvironment, wordFrom } from "../options/environment.ts";
import type { Options, SdkMeterProvider } from "./options.ts";
import { limitOf, preferredAggregation } from "../readers/reader.ts";
import type { CheckedConfiguration, CheckedReader } from "./reader-problems.ts";
import type { Settings } from "./settings.ts";
import type { Teardown } from "./teardown.ts";

/** Opens the group; `undefined` without option `group`. */
export function openGroup(
  { configuration, options }: Settings,
  { attributes }: Resource,
  teardown: Teardown,
): OwnGroup | undefined {
  const { group: settings } = configuration;
  if (settings === undefined) return undefined;
  const isByThread = settings.reporter === "thread";
  const canBeByThread = (options.views ?? []).every(isPortable);
  if (isByThread && !canBeByThread)
    diag.warn(
      'group: reporter "thread" is not used, because the processor of a view is a function; the event loop reports',
    );
  const serviceName = String(attributes["service.name"] ?? "");
  const group = new OwnGroup({
    serviceName: isUnnamed(serviceName) ? UNNAMED_SERVICE : serviceName,
    name: settings.name,
    directory: settings.directory,
    instanceId: String(attributes["service.instance.id"] ?? ""),
    isByThread: isByThread && canBeByThread,
    load: () => part("group"),
  });
  teardown.add(() => group.stop());
  teardown.add(letWorkersJoin());
  return group;
}

type ConfiguredReader = Exclude<CheckedReader, { readonly kind: "given" }>;

interface GroupParts {
  readonly configuration: CheckedConfiguration;
  readonly options: Options;
  readonly meterProvider: SdkMeterProvider;
  readonly readers: readonly IMetricReader[];
  readonly takeOver: (provider: MeterProvider) => void;
  readonly handOver: (provider: MeterProvider, passOn: (line: string) => boolean) => Promise<void>;
  /** Called once this process shares its figures with others. */
  readonly onJoined: () => void;
  readonly messages: MessageReceiver;
}

/** Merges the figures of the members. Only our own provider can do this. */
export function attachGroup(group: OwnGroup, parts: GroupParts): void {
  const { configuration, options, meterProvider, readers, takeOver, handOver, onJoined, messages } = parts;
  const {
    group: settings,
    cardinalityLimit,
    seriesTimeToLive,
    exemplarFilter,
    viewMatchingMode,
  } = configuration;
  if (settings === undefined || !(meterProvider instanceof MeterProvider)) return;
  const interval = settings.intervalMillis / 1_000;
  const views = [...(options.views ?? [])];
  const choices = group.isMember ? [...readers, ...configuredChoices(configuration, options)] : readers;
  const ofProvider = { cardinalityLimit, seriesTimeToLive, exemplarFilter, viewMatchingMode, views };
  const ofMembers = memberConfigurationFor(interval, ofProvider, choices);
  group.attach(meterProvider, {
    merging: {
      gauges: settings.gauges,
      workerAttribute: settings.workerAttribute,
      timeToLiveMillis: (seriesTimeToLive ?? Infinity) * 1_000,
    },
    configuration: ofMembers,
    onAggregator: () => takeOver(meterProvider),
    onCandidate: () => handOver(meterProvider, (line) => group.pass(line)),
    onJoined,
    messages,
  });
}

// A member has no readers, but the series that the aggregator's readers need.
function configuredChoices({ readers }: CheckedConfiguration, options: Options): readonly ReaderSelectors[] {
  return readers.flatMap((reader): readonly ReaderSelectors[] => {
    if (reader.kind !== "given") return [choicesOf(reader)];
    const instance = options.readers?.[reader.index];
    return typeof instance === "object" && "selectAggregation" in instance ? [instance] : [];
  });
}

function choicesOf(reader: ConfiguredReader): ReaderSelectors {
  const { cardinalityLimits = {} } = reader.kind === "prometheus" ? reader.settings : reader;
  const chosen = "histogramAggregation" in reader ? reader.histogramAggregation : undefined;
  const preference =
    chosen ??
    (reader.kind === "otlp" && isExponentialByDefault() ? "base2_exponential_bucket_histogram" : undefined);
  return {
    selectAggregation: (kind) => preferredAggregation(preference, kind) ?? { type: AggregationType.DEFAULT },
    chosenCardinalityLimit: (kind) => limitOf(cardinalityLimits, kind),
  };
}

function isExponentialByDefault(): boolean {
  const chosen = wordFrom(currentEnvironment(), "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION");
  return chosen === "base2_exponential_bucket_histogram";
}
