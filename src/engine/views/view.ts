/** A view: which instruments it selects, and what it makes of their streams. */
import type { IAttributesProcessor, ViewOptions as UpstreamViewOptions } from "@opentelemetry/sdk-metrics";
import type { ExemplarReservoir } from "../exemplars/reservoir.ts";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Scope } from "../scope.ts";
import { type Aggregation, aggregationFrom } from "./aggregation.ts";
import { ViewError } from "./view-error.ts";
import { hasWildcard, wildcardTest } from "./wildcard.ts";

/**
 * Selects instruments and alters their metric streams. Names may have the wildcards `*` (any characters) and `?` (any
 * one character).
 */
export type ViewOptions = UpstreamViewOptions & {
  /**
   * Makes the reservoir that samples the exemplars of one series; called once a series.
   *
   * Attributes that the view leaves out are still exported with the exemplars, unless the provider's `exemplarFilter`
   * is `always_off` or the reservoir leaves them out.
   *
   * @defaultValue one exemplar a series; one a bucket of histograms with boundaries; up to 20 of exponential ones
   */
  exemplarReservoir?: () => ExemplarReservoir;
};

/** A checked view. */
export interface View {
  /** Whether the view selects an instrument of a meter. */
  readonly matches: (instrument: InstrumentDescriptor, scope: Scope) => boolean;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** `default`: what the instrument's kind asks for; `undefined`: what the reader asks for. */
  readonly aggregation: Aggregation | "default" | undefined;
  readonly processors: readonly IAttributesProcessor[];
  readonly cardinalityLimit: number | undefined;
  readonly exemplarReservoir: (() => ExemplarReservoir) | undefined;
}

/** Checks a view, with everything that is wrong with it in one error. */
export function viewFrom(options: ViewOptions): View {
  const problems = [...selectorProblems(options), ...limitProblems(options)];
  const aggregation =
    options.aggregation == null ? undefined : (aggregationFrom(options.aggregation) ?? "default");
  if (typeof aggregation === "object" && "problem" in aggregation) {
    throw new ViewError(shownView(options), [...problems, `aggregation: ${aggregation.problem}`]);
  }
  if (problems.length > 0) throw new ViewError(shownView(options), problems);
  return {
    matches: selection(options),
    name: options.name ?? undefined,
    description: options.description ?? undefined,
    aggregation,
    processors: options.attributesProcessors ?? [],
    cardinalityLimit: options.aggregationCardinalityLimit ?? undefined,
    exemplarReservoir: options.exemplarReservoir ?? undefined,
  };
}

const SELECTORS = [
  "instrumentName",
  "instrumentType",
  "instrumentUnit",
  "meterName",
  "meterVersion",
  "meterSchemaUrl",
] as const satisfies (keyof ViewOptions)[];

function selectorProblems({ name, ...options }: ViewOptions): string[] {
  const problems: string[] = [];
  if (SELECTORS.every((selector) => options[selector] == null))
    problems.push(`it selects nothing; give at least one of ${SELECTORS.join(", ")}`);
  else if (name != null && (options.instrumentName == null || hasWildcard(options.instrumentName)))
    problems.push(
      `it gives the name "${name}" to what may be several instruments; select one by its whole instrumentName`,
    );
  return problems;
}

function limitProblems({ aggregationCardinalityLimit: limit }: ViewOptions): string[] {
  if (limit == null || (Number.isInteger(limit) && limit > 0)) return [];
  return [`its aggregationCardinalityLimit is ${limit}; give a whole number above 0`];
}

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
  return name ?? instrumentName ?? meterName ?? "unnamed";
}
