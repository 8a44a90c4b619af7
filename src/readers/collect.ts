// How readers collect: the series as they are under our provider, converted under any other.
import type { Collection } from "../engine/collection/collection.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import type { CollectionResult, MetricCollectOptions, MetricProducer } from "../engine/index.ts";

/** What a reader is bound to under our provider. */
export interface SeriesCollector extends MetricProducer {
  collect(options?: MetricCollectOptions): Promise<CollectionResult>;
  collectSeries(options?: MetricCollectOptions): Promise<Collection>;
  collectSync(options?: MetricCollectOptions): Collection;
}

/**
 * Collects whatever `producer` holds. Under our provider the collection holds until this reader's next one; callbacks
 * that failed are in its `errors` under every provider. Rejects as the producer's own `collect` does.
 */
export async function collectSeries(
  producer: MetricProducer,
  options?: MetricCollectOptions,
): Promise<Collection> {
  if (collectsSeries(producer)) return producer.collectSeries(options);
  const { resourceMetrics, errors } = await producer.collect(options);
  return { ...collectionFromMetrics(resourceMetrics), errors };
}

/** Whether `producer` can be walked as it is, and collect at once (`collectSync`) before a process ends. */
export function collectsSeries(producer: MetricProducer): producer is SeriesCollector {
  return "collectSeries" in producer && "collectSync" in producer;
}
