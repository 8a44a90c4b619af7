/** Configures the streams of an instrument from the views that match it. */
import { diag } from "@opentelemetry/api";
import { warnOnce } from "../../diagnostics/log-once.ts";
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
import { InstrumentType } from "../sdk-values.ts";
import type { ExemplarReservoir } from "../exemplars/reservoir.ts";
import type { Advice, InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Scope } from "../scope.ts";
import type { Aggregation } from "./aggregation.ts";
import type { AcrossMembers } from "./across-members.ts";
import { keysOf, type KeyTest, keyTestOf } from "./key-filter.ts";
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
  for (const view of views) warnOfPrometheusName(view, instrument);
  const sensible = matching.map((view) => withSensibleAggregation(view, instrument, mode));
  const applied = sensible.filter((view) => view !== undefined);
  const groups = mode === "composable" ? groupedByName(applied) : applied.map((view) => [view]);
  if (groups.length === 0) return [configuration([], instrument, advice)];
  return groups.map((group) => configuration(group, instrument, advice));
}

const SUFFIXES = /^(?:_(?:seconds|milliseconds|bytes|ratio|total))*$/;
const SUFFIXES_OF_HISTOGRAM = /^(?:_(?:seconds|milliseconds|bytes|count|sum|bucket))*$/;

// Such a view selects nothing.
function warnOfPrometheusName(
  { instrumentName: selected = "" }: View,
  { name, type }: InstrumentDescriptor,
): void {
  const ofPrometheus = underscored(name);
  if (selected === name || !selected.startsWith(ofPrometheus)) return;
  const suffixes = type === InstrumentType.HISTOGRAM ? SUFFIXES_OF_HISTOGRAM : SUFFIXES;
  if (suffixes.test(selected.slice(ofPrometheus.length)))
    warnOnce(
      `view "${selected}": instrumentName must be a name of OpenTelemetry, got that of Prometheus; use "${name}"`,
    );
}

function underscored(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
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
      instrument.name,
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

function filterFrom(
  processors: readonly IAttributesProcessor[],
  advice: Advice,
  instrument: string,
): AttributeFilter {
  const tests = processors.map(keyTestOf).filter((test) => test !== undefined);
  if (tests.length < processors.length) return { kind: "processors", processors };
  if (tests.length > 0) {
    const listed = new Set(processors.flatMap(keysOf));
    const keeps = (key: string): boolean => {
      const ofPrometheus = underscored(key);
      if (ofPrometheus !== key && listed.has(ofPrometheus) && !listed.has(key))
        warnOnce(
          `view of "${instrument}": attribute "${ofPrometheus}" must be a name of OpenTelemetry, got a label of Prometheus; use "${key}"`,
        );
      return tests.every((test) => test(key));
    };
    return { kind: "keys", keeps };
  }
  if (advice.attributes === undefined) return { kind: "keys", keeps: undefined };
  const advised = new Set(advice.attributes);
  return { kind: "keys", keeps: (key) => advised.has(key) };
}
