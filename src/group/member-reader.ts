/** Readers without a destination: their streams are those that the aggregator of the group needs. */
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
import type { Collection } from "../engine/collection/collection.ts";
import type { MeterProvider } from "../engine/meter-provider.ts";
import { FreshExemplars, textOfExemplars } from "./exemplars.ts";
import type { MemberConfiguration } from "./member-configuration.ts";

export class MemberReader implements IMetricReader {
  readonly #choices: MemberConfiguration["readers"][number];
  #producer: SeriesProducer | undefined;

  constructor(choices: MemberConfiguration["readers"][number]) {
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

/** The readers of a member, for each choice of the aggregator's readers. */
export class MemberReaders {
  readonly #all: readonly MemberReader[];
  readonly #fresh = new FreshExemplars();
  #collections: readonly Collection[] = [];

  constructor({ readers }: MemberConfiguration) {
    this.#all = readers.map((choices) => new MemberReader(choices));
  }

  /** Whether a reader is one of these, which have the figures of this process alone. */
  has(reader: object): boolean {
    return this.#all.some((own) => own === reader);
  }

  /** Adds the readers to the provider. */
  bind(provider: MeterProvider): void {
    for (const reader of this.#all) provider.addReader(reader);
  }

  /** The collections of all readers. */
  async collect(): Promise<readonly Collection[]> {
    this.#collections = await Promise.all(this.#producers.map((producer) => producer.collectSeries()));
    return this.#collections;
  }

  /** As `collect`, without callbacks that return a promise. */
  collectNow(): readonly Collection[] {
    return this.#producers.map((producer) => producer.collectSync());
  }

  /** The exemplars of the last `collect` that this method has not returned yet, as text; `undefined` without any. */
  takeExemplars(): string | undefined {
    const sent = this.#fresh.take(this.#collections);
    return sent.length === 0 ? undefined : textOfExemplars(sent);
  }

  get #producers(): readonly SeriesProducer[] {
    return this.#all.flatMap(({ producer }) => producer ?? []);
  }
}
