/** What a reader wants of each kind of instrument, with defaults for readers of other makers that do not say. */
import { diag } from "@opentelemetry/api";
import type { IMetricReader, InstrumentType } from "@opentelemetry/sdk-metrics";
import { AggregationTemporality } from "../sdk-values.ts";
import { isHistogram, isObservable } from "./stream-configuration.ts";
import { type Aggregation, aggregationFrom } from "./aggregation.ts";

/** The specification's limit where nobody has given one. */
export const DEFAULT_CARDINALITY_LIMIT = 2_000;

type Selectors = Partial<
  Pick<IMetricReader, "selectAggregation" | "selectAggregationTemporality" | "selectCardinalityLimit">
>;

export class ReaderChoices {
  readonly #selectors: Selectors;

  constructor(reader: Selectors) {
    this.#selectors = reader;
  }

  /** The aggregation of an instrument that no view gives one; `undefined`: what its kind asks for. */
  aggregation(type: InstrumentType): Aggregation | undefined {
    const option = this.#selectors.selectAggregation?.(type);
    const aggregation = option == null ? undefined : aggregationFrom(option);
    if (aggregation === undefined) return undefined;
    const problem = "problem" in aggregation ? aggregation.problem : problemOf(aggregation, type);
    if (problem === undefined && !("problem" in aggregation)) return aggregation;
    diag.warn(`reader: its aggregation for ${type} is left out: ${problem}`);
    return undefined;
  }

  temporality(type: InstrumentType): AggregationTemporality {
    return this.#selectors.selectAggregationTemporality?.(type) === AggregationTemporality.DELTA
      ? AggregationTemporality.DELTA
      : AggregationTemporality.CUMULATIVE;
  }

  /** Series at most if no view says. Upstream's readers answer 2,000 by default, which gives way to the provider's. */
  cardinalityLimit(type: InstrumentType, ofProvider: number | undefined): number {
    const chosen = this.#selectors.selectCardinalityLimit?.(type);
    const isChosen = chosen !== undefined && Number.isInteger(chosen) && chosen > 0;
    if (isChosen && chosen !== DEFAULT_CARDINALITY_LIMIT) return chosen;
    return ofProvider ?? DEFAULT_CARDINALITY_LIMIT;
  }
}

function problemOf(aggregation: Aggregation, type: InstrumentType): string | undefined {
  return isObservable(type) && isHistogram(aggregation)
    ? "observable instruments have no histograms"
    : undefined;
}
