/** A reader's settings by kind of instrument, with defaults for readers that do not have the selectors. */
import { diag } from "@opentelemetry/api";
import type { IMetricReader, InstrumentType as Type } from "@opentelemetry/sdk-metrics";
import { AggregationTemporality, InstrumentType } from "../sdk-values.ts";
import { isHistogram, isObservable } from "./stream-configuration.ts";
import { type Aggregation, aggregationFrom } from "./aggregation.ts";

/** The specification's default limit. */
export const DEFAULT_CARDINALITY_LIMIT = 2_000;

/** A reader, as far as it chooses how its series are kept. */
export interface Selectors extends Partial<
  Pick<IMetricReader, "selectAggregation" | "selectAggregationTemporality" | "selectCardinalityLimit">
> {
  /** The limit that was chosen for the reader. `selectCardinalityLimit` returns the default if none was. */
  chosenCardinalityLimit?(type: Type): number | undefined;
}

export class ReaderChoices {
  #selectors: Selectors;

  constructor(reader: Selectors) {
    this.#selectors = reader;
  }

  get reader(): object {
    return this.#selectors;
  }

  /** Passes the series of the reader to another one, if that has the same settings. Returns whether it has. */
  passTo(reader: Selectors): boolean {
    const isSame = this.isSameAs(new ReaderChoices(reader));
    if (isSame) this.#selectors = reader;
    return isSame;
  }

  isSameAs(other: ReaderChoices): boolean {
    return Object.values(InstrumentType).every(
      (type) =>
        this.temporality(type) === other.temporality(type) &&
        chosenLimit(this.#selectors, type) === chosenLimit(other.#selectors, type) &&
        JSON.stringify(this.aggregation(type)) === JSON.stringify(other.aggregation(type)),
    );
  }

  /**
   * The reader's aggregation for instruments without an aggregation by a view; `undefined` for the default of their
   * kind.
   */
  aggregation(type: Type): Aggregation | undefined {
    const option = this.#selectors.selectAggregation?.(type);
    const aggregation = option == null ? undefined : aggregationFrom(option);
    if (aggregation === undefined) return undefined;
    const problem = "problem" in aggregation ? aggregation.problem : problemOf(aggregation, type);
    if (problem === undefined && !("problem" in aggregation)) return aggregation;
    diag.warn(`reader: aggregation for ${type} is ignored: ${problem}`);
    return undefined;
  }

  temporality(type: Type): AggregationTemporality {
    return this.#selectors.selectAggregationTemporality?.(type) === AggregationTemporality.DELTA
      ? AggregationTemporality.DELTA
      : AggregationTemporality.CUMULATIVE;
  }

  /** Whether a kind of instrument with sums or a histogram has delta temporality. */
  get hasDeltas(): boolean {
    return Object.values(InstrumentType).some(
      (type) => !isGauge(type) && this.temporality(type) === AggregationTemporality.DELTA,
    );
  }

  /** Maximum number of series, unless a view sets it: that of the reader, else of the provider, else the default. */
  cardinalityLimit(type: Type, ofProvider: number | undefined): number {
    return chosenLimit(this.#selectors, type) ?? ofProvider ?? DEFAULT_CARDINALITY_LIMIT;
  }
}

function chosenLimit(reader: Selectors, type: Type): number | undefined {
  const limit = limitOf(reader, type);
  return limit !== undefined && Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

function limitOf(reader: Selectors, type: Type): number | undefined {
  if (reader.chosenCardinalityLimit !== undefined) {
    // A class of the application may replace the method that returns the limit.
    const limit = reader.selectCardinalityLimit?.(type) ?? DEFAULT_CARDINALITY_LIMIT;
    return limit === DEFAULT_CARDINALITY_LIMIT ? reader.chosenCardinalityLimit(type) : limit;
  }
  // Upstream's readers return the default if none was chosen. Their periodic one returns a chosen 2,000 alike.
  if ("_cardinalitySelector" in reader && Reflect.get(reader, "_cardinalitySelector") === undefined)
    return undefined;
  const limit = reader.selectCardinalityLimit?.(type);
  return limit === DEFAULT_CARDINALITY_LIMIT && "_exportInterval" in reader ? undefined : limit;
}

function problemOf(aggregation: Aggregation, type: Type): string | undefined {
  return isObservable(type) && isHistogram(aggregation)
    ? "observable instruments cannot have histograms"
    : undefined;
}

function isGauge(type: Type): boolean {
  return type === InstrumentType.GAUGE || type === InstrumentType.OBSERVABLE_GAUGE;
}
