// Collection by our own readers: replaces `collect` of upstream's `MetricReader` and passes on the series as they are.
import type { Histogram, MeterProvider } from "@opentelemetry/api";
import { AppliedFilter } from "../engine/collection/metric-filter.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { OwnCollectOptions } from "../engine/collection/producer.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import { resourceMetricsFrom } from "../engine/collection/resource-metrics.ts";
import type {
  CollectionResult,
  MetricCollectOptions,
  MetricFilter,
  MetricProducer,
} from "../engine/index.ts";
import { resourceFrom, SDK_VERSION } from "../engine/resource.ts";
import { Mutex } from "../io/mutex.ts";
import { releaseNumber, takeNumber } from "./component-numbers.ts";
import { warnOnce } from "../diagnostics/log-once.ts";
import { withTimeout } from "../io/timeout.ts";
import { TimeoutError } from "../engine/sdk-values.ts";

interface SeriesCollector extends MetricProducer {
  collect(options?: OwnCollectOptions): Promise<CollectionResult>;
  collectSeries(options?: OwnCollectOptions): Promise<Collection>;
  collectSync(options?: MetricCollectOptions): Collection;
  endWaitIn(millis: number): () => void;
}

/** Settings of one reader's collections. */
export interface CollectingOptions {
  /** Attribute `otel.component.type` of `otel.sdk.metric_reader.collection.duration`. */
  readonly componentType: string;
  /** Passed to the producers with each collection. Third-party producers may ignore it, so it is applied again. */
  readonly metricFilter?: MetricFilter | undefined;
  /** Producers whose metrics are added to the provider's. */
  readonly furtherProducers?: readonly MetricProducer[] | undefined;
}

/** The collections of one reader, under any provider. A collection is valid until the reader's next one. */
export class Collecting {
  readonly #options: CollectingOptions;
  readonly #applied: AppliedFilter | undefined;
  readonly #mutex = new Mutex();
  #producer: MetricProducer | undefined;
  #isEnded = false;
  #duration: Histogram | undefined;
  #name = "";

  constructor(options: CollectingOptions) {
    const { metricFilter } = options;
    this.#options = options;
    this.#applied =
      metricFilter &&
      new AppliedFilter(metricFilter, (metric, message) => warnOnce(`metric "${metric}": ${message}`));
  }

  bind(producer: MetricProducer): void {
    if (this.isBound) throw new Error("MetricReader can not be bound to a MeterProvider again.");
    this.#producer = producer;
  }

  get isBound(): boolean {
    return this.#producer !== undefined;
  }

  /** Whether it has ended: further collections fail. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Measures the duration of collections, as upstream's readers do. */
  observeItself(provider: MeterProvider): void {
    const { componentType } = this.#options;
    this.#name = `${componentType}/${takeNumber(componentType)}`;
    this.#duration = provider
      .getMeter("@opentelemetry/sdk-metrics", SDK_VERSION)
      .createHistogram("otel.sdk.metric_reader.collection.duration", {
        unit: "s",
        description: "The duration of the collect operation of the metric reader.",
        advice: { explicitBucketBoundaries: [] },
      });
  }

  end(): void {
    // The number may be another reader's by now.
    if (this.#isEnded) return;
    this.#isEnded = true;
    releaseNumber(this.#name);
  }

  /**
   * Waits until no collection runs, at most `millis`. The next one begins after the call of the returned function.
   */
  async pause(millis: number): Promise<() => void> {
    let resume = (): void => {};
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    const paused = new Promise<void>((resolve) => {
      void this.exclusively(() => {
        resolve();
        return resumed;
      });
    });
    await withTimeout(paused, millis, () => {});
    return resume;
  }

  /** Runs `work` while no other collection of this reader runs; `work` may call `series` and `metrics`. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#mutex.run(work);
  }

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return this.exclusively(() => this.metrics(options));
  }

  /** Collects the series as they are. Errors of callbacks are in `errors`, under every provider. */
  series(options?: OwnCollectOptions): Promise<Collection> {
    return this.#measured(async (producer) => {
      const { metricFilter, furtherProducers = [] } = this.#options;
      // Cumulative series are read later, so after `onRead` they are a copy.
      if (collectsSeries(producer) && furtherProducers.length === 0 && options?.onRead === undefined)
        return producer.collectSeries({ ...options, ...(metricFilter && { metricFilter }) });
      const { resourceMetrics, errors } = await this.#metricsOf(producer, options);
      return { ...collectionFromMetrics(resourceMetrics), errors };
    });
  }

  metrics(options?: OwnCollectOptions): Promise<CollectionResult> {
    return this.#measured((producer) => this.#metricsOf(producer, options));
  }

  /** Collects synchronously, for the end of a process; `undefined` if the provider does not support it. */
  seriesNow(): Collection | undefined {
    const { metricFilter } = this.#options;
    if (this.#isEnded || this.#producer === undefined || !collectsSeries(this.#producer)) return undefined;
    return this.#producer.collectSync(metricFilter && { metricFilter });
  }

  /**
   * Ends the waits for callbacks after `millis`, in collections of all readers and also in one that runs; only under our
   * provider. Returns a function that lifts this limit.
   */
  endWaitIn(millis: number): () => void {
    if (this.#producer === undefined || !collectsSeries(this.#producer)) return () => {};
    return this.#producer.endWaitIn(millis);
  }

  async #metricsOf(
    producer: MetricProducer,
    options: OwnCollectOptions | undefined,
  ): Promise<CollectionResult> {
    const { furtherProducers = [] } = this.#options;
    const [own, ...further] = await Promise.all([
      this.#filtered(producer, options),
      ...furtherProducers.map((each) => this.#filtered(each, options)),
    ]);
    if (further.length === 0) return own;
    const all = [own, ...further];
    const { resource } = own.resourceMetrics;
    return {
      resourceMetrics: {
        resource,
        scopeMetrics: all.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics),
      },
      errors: all.flatMap(({ errors }) => errors),
    };
  }

  async #filtered(
    producer: MetricProducer,
    options: OwnCollectOptions | undefined,
  ): Promise<CollectionResult> {
    const { metricFilter } = this.#options;
    const asked: OwnCollectOptions = { ...options, ...(metricFilter && { metricFilter }) };
    const result = await producer.collect(asked);
    if (this.#applied === undefined || collectsSeries(producer)) return result;
    const collection = this.#applied.filteredCollection(collectionFromMetrics(result.resourceMetrics));
    return { resourceMetrics: resourceMetricsFrom(collection), errors: result.errors };
  }

  async #measured<Result extends { readonly errors: readonly unknown[] }>(
    collect: (producer: MetricProducer) => Promise<Result>,
  ): Promise<Result> {
    if (this.#producer === undefined) throw new Error("MetricReader is not bound to a MetricProducer");
    if (this.#isEnded) throw new Error("MetricReader is shutdown");
    const begin = performance.now();
    const result = await collect(this.#producer);
    this.#measure((performance.now() - begin) / 1e3, result.errors);
    return result;
  }

  #measure(seconds: number, errors: readonly unknown[]): void {
    if (this.#duration === undefined) return;
    const [first] = errors;
    this.#duration.record(seconds, {
      "otel.component.type": this.#options.componentType,
      "otel.component.name": this.#name,
      ...(errors.length > 0 && { "error.type": first instanceof Error ? first.name : "collect_error" }),
    });
  }
}

// Whether the series of `producer` can be read directly, also synchronously before a process ends.
function collectsSeries(producer: MetricProducer): producer is SeriesCollector {
  return "collectSeries" in producer && "collectSync" in producer && "endWaitIn" in producer;
}

// The limit that callbacks of an observable instrument have: at this number of unfinished calls, no further one is made.
const MAX_RUNNING = 8;

/**
 * Wraps a producer with the limits of an observable callback: if it fails or is late, its metrics are left out. `collect`
 * never rejects; errors are in its result.
 */
export class BoundedProducer implements MetricProducer {
  readonly #producer: MetricProducer;
  readonly #timeoutMillis: number;
  #running = 0;

  /** @param timeoutMillis default for collections without a time-out. */
  constructor(producer: MetricProducer, timeoutMillis: number) {
    this.#producer = producer;
    this.#timeoutMillis = timeoutMillis;
  }

  async collect(options: MetricCollectOptions = {}): Promise<CollectionResult> {
    const { timeoutMillis = this.#timeoutMillis } = options;
    if (this.#running >= MAX_RUNNING) {
      return nothing(
        new TimeoutError(
          `metricProducers: a producer was skipped, since ${this.#running} calls to it have not ended`,
        ),
      );
    }
    const late = (): CollectionResult =>
      nothing(new TimeoutError("metricProducers: a producer timed out; make its collect() faster"));
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
