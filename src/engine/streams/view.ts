/** Views: select instruments, and configure their streams. */
import type { OptionsProblem } from "../../options/options-error.ts";
import { type AcrossMembers, acrossMembers } from "../../options/group.ts";
import { check, isObject, withMethods } from "../../options/check.ts";
import { hasWildcard, wildcardTest } from "../../options/wildcards.ts";
import { Parser } from "../../options/parser.ts";
import type { IAttributesProcessor, ViewOptions as UpstreamViewOptions } from "@opentelemetry/sdk-metrics";
import type { ExemplarReservoir } from "../exemplars/reservoir.ts";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Scope } from "../scope.ts";
import { type Aggregation, aggregationFrom } from "./aggregation.ts";

/**
 * Selects instruments and changes their metric streams. Names may have the wildcards `*` (any characters) and `?`
 * (any one character).
 */
export type ViewOptions = UpstreamViewOptions & {
  /**
   * Creates the reservoir that samples the exemplars of one series; called once per series.
   *
   * Exemplars include attributes that the view leaves out, unless `exemplarFilter` of the provider is `always_off` or
   * the reservoir removes them.
   *
   * @defaultValue one exemplar per series; one per bucket of histograms with boundaries; at most 20 of exponential
   * ones
   */
  exemplarReservoir?: () => ExemplarReservoir;
  /**
   * Value of a gauge in a group of threads and processes: the latest, the sum, minimum, maximum or mean of the members'
   * values. With `"each"`, each value with an attribute for its member. Other instruments are always added up.
   *
   * @defaultValue option `group.gauges`, then `"last"`
   */
  acrossMembers?: "last" | "sum" | "min" | "max" | "mean" | "each";
};

export interface View {
  readonly matches: (instrument: InstrumentDescriptor, scope: Scope) => boolean;
  /** As it is given, with wildcards. */
  readonly instrumentName: string | undefined;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** `default` for the default of the instrument's kind, `undefined` for the reader's setting. */
  readonly aggregation: Aggregation | "default" | undefined;
  readonly processors: readonly IAttributesProcessor[];
  readonly cardinalityLimit: number | undefined;
  readonly exemplarReservoir: (() => ExemplarReservoir) | undefined;
  readonly acrossMembers: AcrossMembers | undefined;
}

/** Validates a view. Returns all problems with the value received and the rule. @param index its place in the list. */
export function viewProblems(options: ViewOptions, index: number = 0): readonly OptionsProblem[] {
  if (!isObject(options)) return [{ name: `views[${index}]`, value: options, must: "be an object" }];
  const { name, instrumentName, aggregationCardinalityLimit: limit } = options;
  const place = `view "${shownView(options)}"`;
  const parser = new Parser();
  parser.refuseUnknown(`${place}.`, options, VIEW_OPTIONS);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
  const { instrumentName: selected = "" } = parser.known(place, given, CHECKS);
  const { problems } = parser;
  if (SELECTORS.every((selector) => options[selector] == null)) {
    problems.push({ name: place, value: options, must: `select by at least one of ${SELECTORS.join(", ")}` });
  } else if (name != null && (instrumentName == null || hasWildcard(selected))) {
    const must = "be the exact name of one instrument, because the view sets a name";
    problems.push({ name: `${place}.instrumentName`, value: instrumentName, must });
  }
  if (limit != null && !(Number.isInteger(limit) && limit > 0))
    problems.push({
      name: `${place}.aggregationCardinalityLimit`,
      value: limit,
      must: "be a whole number above 0",
    });
  const aggregation = options.aggregation == null ? undefined : aggregationFrom(options.aggregation);
  if (aggregation !== undefined && "problem" in aggregation)
    problems.push({
      name: `${place}.aggregation`,
      value: options.aggregation,
      must: `be usable (${aggregation.problem})`,
    });
  return problems;
}

export function viewFrom(options: ViewOptions): View {
  return {
    matches: selection(options),
    instrumentName: options.instrumentName ?? undefined,
    name: options.name ?? undefined,
    description: options.description ?? undefined,
    aggregation: aggregationOf(options),
    processors: options.attributesProcessors ?? [],
    cardinalityLimit: options.aggregationCardinalityLimit ?? undefined,
    exemplarReservoir: options.exemplarReservoir ?? undefined,
    acrossMembers: options.acrossMembers ?? undefined,
  };
}

function aggregationOf({ aggregation }: ViewOptions): View["aggregation"] {
  if (aggregation == null) return undefined;
  const resolved = aggregationFrom(aggregation);
  return resolved === undefined || "problem" in resolved ? "default" : resolved;
}

const SELECTORS = [
  "instrumentName",
  "instrumentType",
  "instrumentUnit",
  "meterName",
  "meterVersion",
  "meterSchemaUrl",
] as const satisfies (keyof ViewOptions)[];

const processor = withMethods("have a method process", "process");
const string = check("be a string", (given): given is string => typeof given === "string");

const CHECKS = {
  instrumentName: string,
  instrumentUnit: string,
  meterName: string,
  meterVersion: string,
  meterSchemaUrl: string,
  name: string,
  description: string,
  attributesProcessors: check(
    "be a list of attributes processors, such as createDenyListAttributesProcessor([...])",
    (given): given is IAttributesProcessor[] =>
      Array.isArray(given) && given.every((each) => processor.read(each) !== undefined),
  ),
  exemplarReservoir: check(
    "be a function that returns a reservoir",
    (given): given is () => ExemplarReservoir => typeof given === "function",
  ),
  acrossMembers,
};

const VIEW_OPTIONS: readonly string[] = [
  ...SELECTORS,
  "name",
  "description",
  "aggregation",
  "aggregationCardinalityLimit",
  "attributesProcessors",
  "exemplarReservoir",
  "acrossMembers",
] satisfies (keyof ViewOptions)[];

function selection(options: ViewOptions): View["matches"] {
  const nameMatches = wildcardTest(options.instrumentName ?? "*");
  return (instrument, scope) =>
    nameMatches(instrument.name) &&
    agrees(options.instrumentType, instrument.type) &&
    agrees(options.instrumentUnit, instrument.unit) &&
    agrees(options.meterName, scope.name) &&
    agrees(options.meterVersion, scope.version) &&
    agrees(options.meterSchemaUrl, scope.schemaUrl);
}

function agrees(wanted: string | undefined, given: string | undefined): boolean {
  return wanted == null || wanted === given;
}

function shownView({ name, instrumentName, meterName }: ViewOptions): string {
  return [name, instrumentName, meterName].find((each) => typeof each === "string") ?? "unnamed";
}
