// A further producer that cannot hold up what it is collected with.
import type { CollectionResult, MetricCollectOptions, MetricProducer } from "../../engine/index.ts";
import { resourceFrom } from "../../engine/resource.ts";
import { withTimeout } from "../../io/timeout.ts";
import { TimeoutError } from "../../engine/sdk-values.ts";

// As many as of a callback of an observable instrument: then it is left alone until one of them ends.
const MAX_RUNNING = 8;

/**
 * A producer that is treated as a callback of an observable instrument is: what it does not answer in time is left out,
 * and so is one that fails. Its `collect` never rejects; the error is among what it answers.
 */
export class BoundedProducer implements MetricProducer {
  readonly #producer: MetricProducer;
  readonly #timeoutMillis: number;
  #running = 0;

  /** @param timeoutMillis where a collection has none. */
  constructor(producer: MetricProducer, timeoutMillis: number) {
    this.#producer = producer;
    this.#timeoutMillis = timeoutMillis;
  }

  async collect(options: MetricCollectOptions = {}): Promise<CollectionResult> {
    const { timeoutMillis = this.#timeoutMillis } = options;
    if (this.#running >= MAX_RUNNING) {
      return nothing(
        new TimeoutError(
          `metricProducers: one was not asked, since ${this.#running} answers of it are missing`,
        ),
      );
    }
    const late = (): CollectionResult =>
      nothing(new TimeoutError("metricProducers: one has not answered in time; let it answer sooner"));
    return withTimeout(this.#answer({ ...options, timeoutMillis }), timeoutMillis, late);
  }

  async #answer(options: MetricCollectOptions): Promise<CollectionResult> {
    this.#running++;
    try {
      return await this.#producer.collect(options);
    } catch (error) {
      return nothing(error);
    } finally {
      this.#running--;
    }
  }
}

function nothing(error: unknown): CollectionResult {
  return { resourceMetrics: { resource: resourceFrom([]), scopeMetrics: [] }, errors: [error] };
}
