/** Configures the streams of an instrument from the views that match it. */
import { diag } from "@opentelemetry/api";
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
import { InstrumentType } from "../sdk-values.ts";
import type { ExemplarReservoir } from "../exemplars/reservoir.ts";
import type { Advice, InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Scope } from "../scope.ts";
import type { Aggregation } from "./aggregation.ts";
import type { AcrossMembers } from "./across-members.ts";
import { type KeyTest, keyTestOf } from "./key-filter.ts";
import type { View } from "./view.ts";

/** `independent`: a stream per matching view. `composable`: one stream for all matching views with the same name. */
export type ViewMatchingMode = "independent" | "composable";

export interface StreamConfiguration {
  readonly descriptor: InstrumentDescriptor;
  /** Whether a view has set the description, so that no other replaces it. */
  readonly describedByView: boolean;
  /** `default` for the default of the instrument's kind, `undefined` for the reader's setting. */
  readonly aggregation: Aggregation | "default" | undefined;
  readonly advice: Advice;
  readonly filter: AttributeFilter;
  readonly cardinalityLimit: number | undefined;
  readonly exemplarReservoir: (() => ExemplarReservoir) | undefined;
  /** Policy of a gauge in a group, if a view sets one. */
  readonly acrossMembers: AcrossMembers | undefined;
  readonly fixed: FixedStream | undefined;
}

/** Settings of a metric of a `MetricSource`, to which views and the choices of readers do not apply. */
export interface FixedStream {
  /** Policy of a gauge in a group. */
  readonly acrossMembers: AcrossMembers | undefined;
  /**
   * Sign of a member's series that has begun at 0 again: a lower total, or also a new start time. Totals of callbacks may
   * begin with any value.
   */
  readonly restarts: "byFall" | "byBoth";
}

export type AttributeFilter =
  /** All attributes, or those whose keys pass, decided once per series. */
  | { readonly kind: "keys"; readonly keeps: KeyTest | undefined }
  /** The user's own processors, which run on each recording. */
  | { readonly kind: "processors"; readonly processors: readonly IAttributesProcessor[] };

export function streamConfigurations(
  instrument: InstrumentDescriptor,
  advice: Advice,
  scope: Scope,
  views: readonly View[],
  mode: ViewMatchingMode,
): readonly StreamConfiguration[] {
  const matching = views.filter((view) => view.matches(instrument, scope));
  const sensible = matching.map((view) => withSensibleAggregation(view, instrument, mode));
  const applied = sensible.filter((view) => view !== undefined);
  const groups = mode === "composable" ? groupedByName(applied) : applied.map((view) => [view]);
  if (groups.length === 0) return [configuration([], instrument, advice)];
  return groups.map((group) => configuration(group, instrument, advice));
}

// A histogram of observations would count each collection once more, which the specification calls a semantic error.
// It requires that the view is ignored, or, for composable views, its aggregation alone.
function withSensibleAggregation(
  view: View,
  { name, type }: InstrumentDescriptor,
  mode: ViewMatchingMode,
): View | undefined {
  if (!isHistogram(view.aggregation) || !isObservable(type)) return view;
  const left = mode === "composable" ? "its aggregation is" : "the view is";
  diag.warn(
    `instrument "${name}": a view sets a histogram for an observable instrument, so ${left} ignored; use sum, last value or drop`,
  );
  return mode === "composable" ? { ...view, aggregation: undefined } : undefined;
}

export function isHistogram(aggregation: Aggregation | "default" | undefined): boolean {
  if (typeof aggregation !== "object") return false;
  return aggregation.kind === "explicitHistogram" || aggregation.kind === "exponentialHistogram";
}

export function isObservable(type: InstrumentType): boolean {
  return (
    type === InstrumentType.OBSERVABLE_COUNTER ||
    type === InstrumentType.OBSERVABLE_GAUGE ||
    type === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
  );
}

// Views without a name are in each group. If no view sets a name, they are the only group.
function groupedByName(views: readonly View[]): readonly (readonly View[])[] {
  if (views.length === 0) return [];
  const names = new Set(views.map((view) => view.name).filter((name) => name !== undefined));
  if (names.size === 0) return [views];
  return [...names].map((name) => views.filter((view) => view.name === undefined || view.name === name));
}

function configuration(
  views: readonly View[],
  instrument: InstrumentDescriptor,
  advice: Advice,
): StreamConfiguration {
  const description = lastOf(views, (view) => view.description);
  return {
    descriptor: {
      name: lastOf(views, (view) => view.name) ?? instrument.name,
      type: instrument.type,
      description: description ?? instrument.description,
      unit: instrument.unit,
      valueType: instrument.valueType,
      advice: instrument.advice,
    },
    describedByView: description !== undefined,
    aggregation: lastOf(views, (view) => view.aggregation),
    advice,
    filter: filterFrom(
      views.flatMap((view) => view.processors),
      advice,
    ),
    cardinalityLimit: lastOf(views, (view) => view.cardinalityLimit),
    exemplarReservoir: lastOf(views, (view) => view.exemplarReservoir),
    acrossMembers: lastOf(views, (view) => view.acrossMembers),
    fixed: undefined,
  };
}

/** Configuration of a stream of a `MetricSource`. It has no limit, as the source. */
export function fixedConfiguration(
  instrument: InstrumentDescriptor,
  aggregation: Aggregation,
  fixed: FixedStream,
): StreamConfiguration {
  return {
    ...configuration([], instrument, {}),
    aggregation,
    cardinalityLimit: Infinity,
    acrossMembers: fixed.acrossMembers,
    fixed,
  };
}

function lastOf<Value>(views: readonly View[], read: (view: View) => Value | undefined): Value | undefined {
  return views.map(read).findLast((value) => value !== undefined);
}

function filterFrom(processors: readonly IAttributesProcessor[], advice: Advice): AttributeFilter {
  const tests = processors.map(keyTestOf).filter((test) => test !== undefined);
  if (tests.length < processors.length) return { kind: "processors", processors };
  if (tests.length > 0) return { kind: "keys", keeps: (key) => tests.every((test) => test(key)) };
  if (advice.attributes === undefined) return { kind: "keys", keeps: undefined };
  const advised = new Set(advice.attributes);
  return { kind: "keys", keeps: (key) => advised.has(key) };
}
