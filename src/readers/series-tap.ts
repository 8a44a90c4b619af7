// Lets a reader that extends upstream's collect the series as they are, with all that upstream does around it.
import type { Collection } from "../engine/collection/collection.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import type { CollectionResult, MetricCollectOptions, MetricProducer } from "../engine/index.ts";
import { collectsSeries } from "./collect.ts";

/**
 * Stands between a reader and its producer. Upstream's `collect` measures itself, refuses after the reader's end and
 * asks further producers; through the tap the series take another way meanwhile.
 *
 * @example
 * override setMetricProducer(producer: MetricProducer): void {
 *   this.#tap = new SeriesTap(producer);
 *   super.setMetricProducer(this.#tap);
 * }
 *
 * const collection = await this.#tap.collectSeries(() => super.collect());
 */
export class SeriesTap implements MetricProducer {
  readonly #producer: MetricProducer;
  #isOpen = false;
  #collection: Collection | undefined;

  constructor(producer: MetricProducer) {
    this.#producer = producer;
  }

  /** What the reader calls: the producer's own collection, or an empty one while the series go through the tap. */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const producer = this.#producer;
    if (!this.#isOpen || !collectsSeries(producer)) return producer.collect(options);
    const collection = await producer.collectSeries(options);
    this.#collection = collection;
    return {
      resourceMetrics: { resource: collection.resource, scopeMetrics: [] },
      errors: [...collection.errors],
    };
  }

  /**
   * The series, whatever the producer; rejects as `collect` does. `collect` is the reader's own: it must ask its producer
   * before it first waits, as upstream's does, and no other call may run meanwhile.
   */
  async collectSeries(collect: () => Promise<CollectionResult>): Promise<Collection> {
    this.#collection = undefined;
    this.#isOpen = true;
    const collecting = collect();
    this.#isOpen = false;
    const { resourceMetrics, errors } = await collecting;
    return this.#collection ?? { ...collectionFromMetrics(resourceMetrics), errors };
  }
}
