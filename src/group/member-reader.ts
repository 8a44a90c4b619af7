/** A reader without a destination: its streams are those that the aggregator of the group needs. */
import { diag } from "@opentelemetry/api";
import type {
  AggregationOption,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricProducer,
} from "@opentelemetry/sdk-metrics";
import { AggregationTemporality, AggregationType } from "../engine/sdk-values.ts";
import { DEFAULT_CARDINALITY_LIMIT } from "../engine/streams/reader-choices.ts";
import { SeriesProducer } from "../engine/collection/producer.ts";
import type { Recipe } from "./recipe.ts";

export class MemberReader implements IMetricReader {
  readonly #choices: Recipe["readers"][number];
  #producer: SeriesProducer | undefined;

  constructor(choices: Recipe["readers"][number]) {
    this.#choices = choices;
  }

  setMetricProducer(producer: MetricProducer): void {
    if (producer instanceof SeriesProducer) this.#producer = producer;
    else diag.error("group: the meter provider is not Tachymeter's own");
  }

  /** The producer of the provider; `undefined` before the reader is bound to one. */
  get producer(): SeriesProducer | undefined {
    return this.#producer;
  }

  selectAggregation(kind: InstrumentType): AggregationOption {
    return this.#choices.aggregations[kind] ?? { type: AggregationType.DEFAULT };
  }

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  selectCardinalityLimit(kind: InstrumentType): number {
    return this.chosenCardinalityLimit(kind) ?? DEFAULT_CARDINALITY_LIMIT;
  }

  chosenCardinalityLimit(kind: InstrumentType): number | undefined {
    return this.#choices.limits[kind];
  }

  async collect(): Promise<CollectionResult> {
    if (this.#producer === undefined) throw new Error("the reader is not bound to a provider");
    return this.#producer.collect();
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
