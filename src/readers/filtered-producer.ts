// A producer with a reader's filter, whether it knows filters or not.
import type { Collection } from "../engine/collection/collection.ts";
import { AppliedFilter } from "../engine/collection/applied-filter.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import { resourceMetricsFrom } from "../engine/collection/resource-metrics.ts";
import type {
  CollectionResult,
  MetricCollectOptions,
  MetricFilter,
  MetricProducer,
} from "../engine/index.ts";
import { collectsSeries, type SeriesCollector } from "./collect.ts";
import { warnOnce } from "../diagnostics/log-once.ts";

/** The producer that passes `filter` on with each collection; `producer` itself if there is no filter. */
export function filteredProducer(producer: MetricProducer, filter: MetricFilter | undefined): MetricProducer {
  if (filter === undefined) return producer;
  return collectsSeries(producer)
    ? new FilteredSeriesProducer(producer, filter)
    : new FilteredProducer(producer, filter);
}

// Our provider's: it filters before it collects.
class FilteredSeriesProducer implements SeriesCollector {
  readonly #producer: SeriesCollector;
  readonly #metricFilter: MetricFilter;

  constructor(producer: SeriesCollector, metricFilter: MetricFilter) {
    this.#producer = producer;
    this.#metricFilter = metricFilter;
  }

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return this.#producer.collect({ ...options, metricFilter: this.#metricFilter });
  }

  collectSeries(options?: MetricCollectOptions): Promise<Collection> {
    return this.#producer.collectSeries({ ...options, metricFilter: this.#metricFilter });
  }

  collectSync(): Collection {
    return this.#producer.collectSync({ metricFilter: this.#metricFilter });
  }
}

// Others may not know the parameter, so what they return is filtered too.
class FilteredProducer implements MetricProducer {
  readonly #producer: MetricProducer;
  readonly #metricFilter: MetricFilter;
  readonly #applied: AppliedFilter;

  constructor(producer: MetricProducer, metricFilter: MetricFilter) {
    this.#producer = producer;
    this.#metricFilter = metricFilter;
    this.#applied = new AppliedFilter(metricFilter, (metric, message) =>
      warnOnce(`metric "${metric}": ${message}`),
    );
  }

  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const asked: MetricCollectOptions = { ...options, metricFilter: this.#metricFilter };
    const { resourceMetrics, errors } = await this.#producer.collect(asked);
    const collection = this.#applied.filteredCollection(collectionFromMetrics(resourceMetrics));
    return { resourceMetrics: resourceMetricsFrom(collection), errors };
  }
}
