/** A reader's settings by kind of instrument, with defaults for readers that do not have the selectors. */
import { diag } from "@opentelemetry/api";
import type { IMetricReader, InstrumentType as Type } from "@opentelemetry/sdk-metrics";
import { AggregationTemporality, InstrumentType } from "../sdk-values.ts";
import { isHistogram, isObservable } from "./stream-configuration.ts";
import { type Aggregation, aggregationFrom } from "./aggregation.ts";

/** The specification's default limit. */
export const DEFAULT_CARDINALITY_LIMIT = 2_000;

type Selectors = Partial<
  Pick<IMetricReader, "selectAggregation" | "selectAggregationTemporality" | "selectCardinalityLimit">
>;

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
        this.cardinalityLimit(type, undefined) === other.cardinalityLimit(type, undefined) &&
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

  /**
   * Maximum number of series, unless a view sets it. Upstream's default of 2,000 is overridden by the provider's
   * limit.
   */
  cardinalityLimit(type: Type, ofProvider: number | undefined): number {
    const chosen = this.#selectors.selectCardinalityLimit?.(type);
    const isChosen = chosen !== undefined && Number.isInteger(chosen) && chosen > 0;
    if (isChosen && chosen !== DEFAULT_CARDINALITY_LIMIT) return chosen;
    return ofProvider ?? DEFAULT_CARDINALITY_LIMIT;
  }
}

function problemOf(aggregation: Aggregation, type: Type): string | undefined {
  return isObservable(type) && isHistogram(aggregation)
    ? "observable instruments cannot have histograms"
    : undefined;
}

function isGauge(type: Type): boolean {
  return type === InstrumentType.GAUGE || type === InstrumentType.OBSERVABLE_GAUGE;
}
