/** The part of a configuration that all members of a group need, in a form that can be sent to threads and processes. */
import type { AggregationOption, IMetricReader, InstrumentType as Type } from "@opentelemetry/sdk-metrics";
import { isObject } from "../options/check.ts";
import type { MeterProviderOptions } from "../engine/meter-provider-options.ts";
import { InstrumentType } from "../engine/sdk-values.ts";
import { portableProcessor, processorFrom, type PortableProcessor } from "../engine/streams/key-filter.ts";
import { ReaderChoices, type Selectors } from "../engine/streams/reader-choices.ts";
import type { ViewOptions } from "../engine/streams/view.ts";

export interface MemberConfiguration {
  /** Seconds between two reports. */
  readonly interval: number;
  readonly cardinalityLimit: number | undefined;
  readonly seriesTimeToLive: number | undefined;
  readonly exemplarFilter: MeterProviderOptions["exemplarFilter"];
  readonly viewMatchingMode: MeterProviderOptions["viewMatchingMode"];
  readonly views: readonly PortableView[];
  /** The different choices of the aggregator's readers. */
  readonly readers: readonly ChosenByReader[];
}

interface PortableView extends Omit<ViewOptions, "attributesProcessors" | "exemplarReservoir"> {
  readonly processors: readonly PortableProcessor[];
}

/** By kind of instrument. */
interface ChosenByReader {
  readonly aggregations: Readonly<Partial<Record<Type, AggregationOption>>>;
  readonly limits: Readonly<Partial<Record<Type, number>>>;
}

const KINDS: readonly Type[] = Object.values(InstrumentType);

/** Choices of a reader for each kind of instrument. */
export type ReaderSelectors = Selectors & Pick<IMetricReader, "selectAggregation">;

/** All streams of members have the greatest limit: one stream with several limits would have several stores. */
export function memberConfigurationFor(
  interval: number,
  options: Omit<MeterProviderOptions, "readers" | "resource">,
  readers: readonly ReaderSelectors[],
): MemberConfiguration {
  const chosen = readers.map((reader) => new ReaderChoices(reader));
  const limits = byKind((kind) =>
    Math.max(...chosen.map((each) => each.cardinalityLimit(kind, options.cardinalityLimit))),
  );
  const choices = readers.map((reader): ChosenByReader => ({
    aggregations: byKind((kind) => reader.selectAggregation(kind)),
    limits,
  }));
  const different = new Map(choices.map((choice) => [JSON.stringify(choice), choice]));
  return {
    interval,
    cardinalityLimit: options.cardinalityLimit,
    seriesTimeToLive: options.seriesTimeToLive,
    exemplarFilter: options.exemplarFilter,
    viewMatchingMode: options.viewMatchingMode,
    views: (options.views ?? []).map(portableView),
    readers: [...different.values()],
  };
}

/** Options of a member's provider. */
export function providerOptionsFrom({
  cardinalityLimit,
  seriesTimeToLive,
  exemplarFilter,
  viewMatchingMode,
  views,
}: MemberConfiguration): MeterProviderOptions {
  return {
    cardinalityLimit,
    seriesTimeToLive,
    exemplarFilter,
    viewMatchingMode,
    sdkMetricsEnabled: true,
    views: views.map(({ processors, ...view }) => ({
      ...view,
      ...(processors.length > 0 && { attributesProcessors: processors.map(processorFrom) }),
    })),
  };
}

export function isMemberConfiguration(given: unknown): given is MemberConfiguration {
  return isObject(given) && Array.isArray(given["views"]) && Array.isArray(given["readers"]);
}

/** Whether another thread can apply all of a view. */
export function isPortable({ attributesProcessors = [] }: ViewOptions): boolean {
  return attributesProcessors.every((each) => portableProcessor(each) !== undefined);
}

// Functions cannot be sent: a view's own processors run for each series of a thread, followed by the lists behind them.
function portableView({ attributesProcessors = [], ...view }: ViewOptions): PortableView {
  const { exemplarReservoir, ...portable } = view;
  const lists = attributesProcessors.map(portableProcessor);
  const firstOther = lists.indexOf(undefined);
  const processors = lists
    .slice(0, firstOther < 0 ? lists.length : firstOther)
    .filter((each) => each !== undefined);
  return { ...(exemplarReservoir === undefined ? view : portable), processors };
}

function byKind<Value>(choose: (kind: Type) => Value): Partial<Record<Type, Value>> {
  return Object.fromEntries(KINDS.map((kind) => [kind, choose(kind)]));
}
