import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { Collection } from "../engine/collection/collection.ts";
import type {
  AggregationOption,
  InstrumentType,
  MetricFilter,
  MetricProducer,
  PushMetricExporter,
} from "../engine/index.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import {
  type CollectionSink,
  collectionSinkOf,
  type LastDelivery,
  exportInTime,
  inTime,
} from "./collection-exporter.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
import { Reader, temporalityOf } from "./reader.ts";

export interface PushReaderOptions {
  readonly exporter: PushMetricExporter;
  /** From the start of one collection to the next. */
  readonly intervalMillis: number;
  /** After which asynchronous callbacks, and an export by upstream's interface, are waited for no longer. */
  readonly timeoutMillis: number;
  readonly metricFilter?: MetricFilter | undefined;
  /** Told of each collection: how long it took, and how many metrics it found. */
  readonly onCollection: (durationSeconds: number, metricCount: number) => void;
}

/**
 * Collects every interval, at the same phase of it for as long as it runs, and never while a collection is still being
 * exported: one that would overlap is left out. Exporters of ours take the series as they are, others upstream's form.
 */
export class PushReader extends Reader {
  readonly #exporter: PushMetricExporter;
  readonly #sink: CollectionSink | undefined;
  readonly #intervalMillis: number;
  readonly #timeoutMillis: number;
  readonly #onCollection: PushReaderOptions["onCollection"];
  readonly #errors = new RateLimit();
  #timer: NodeJS.Timeout | undefined;
  #isExporting = false;
  #endLimitMillis: number | undefined;
  // Collected, and not yet acknowledged.
  #underWay: Collection | undefined;
  #ending: Promise<void> | undefined;

  constructor({ exporter, intervalMillis, timeoutMillis, metricFilter, onCollection }: PushReaderOptions) {
    super({ componentType: "periodic_metric_reader", metricFilter });
    this.#exporter = exporter;
    this.#sink = collectionSinkOf(exporter);
    this.#intervalMillis = intervalMillis;
    this.#timeoutMillis = timeoutMillis;
    this.#onCollection = onCollection;
  }

  override selectAggregation(type: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation?.(type) ?? super.selectAggregation(type);
  }

  override selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    const { CUMULATIVE } = AggregationTemporality;
    return temporalityOf(type, this.#exporter.selectAggregationTemporality?.(type) ?? CUMULATIVE);
  }

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer);
    this.#wait(performance.now() + this.#intervalMillis);
  }

  get isDurable(): boolean {
    return this.#sink?.isDurable === true;
  }

  /**
   * Collects and exports before it returns, as far as that is possible: for the end of a process. What was collected
   * before and is not acknowledged yet goes first. Gives back whether there was a collection, which takes our provider
   * and an exporter of ours.
   */
  flushSync(): boolean {
    if (this.#sink === undefined) return false;
    if (this.#underWay !== undefined) this.#sink.exportCollectionSync(this.#underWay);
    const collection = this.collecting.seriesNow();
    if (collection === undefined) return false;
    if (collection.metrics.length > 0) this.#sink.exportCollectionSync(collection);
    return true;
  }

  /** Tells that the process is about to end: flushes take `limitMillis` at most, and do not wait for a receiver that is away. */
  endBegins(limitMillis: number): void {
    this.#endLimitMillis = limitMillis;
    this.#sink?.endBegins?.(limitMillis);
  }

  /** Has another thread deliver what was exported and would be lost if the process ended now; see `LastDelivery`. */
  deliverLast(timeoutMillis: number): LastDelivery | undefined {
    return this.#sink?.deliverLast(timeoutMillis);
  }

  protected override async onForceFlush(): Promise<void> {
    await this.collecting.exclusively(() => this.#run());
    const limitMillis = this.#endLimitMillis;
    if (limitMillis === undefined || this.#sink?.flushAtEnd === undefined) await this.#exporter.forceFlush();
    else await this.#sink.flushAtEnd(limitMillis);
  }

  // A second call may come before the first is done.
  protected override onShutdown(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Where the provider could not be made there is nothing to collect from.
    if (this.collecting.isBound) await this.collecting.exclusively(() => this.#run());
    await this.#exporter.shutdown();
  }

  #wait(due: number): void {
    this.#timer = setTimeout(() => {
      if (!this.#isExporting) void this.collecting.exclusively(() => this.#run());
      // What is due is counted from the start, so that the phase stays; a machine that slept misses some.
      const missed = Math.max(Math.floor((performance.now() - due) / this.#intervalMillis), 0);
      this.#wait(due + (missed + 1) * this.#intervalMillis);
    }, due - performance.now()).unref();
  }

  /** Never rejects: another collection comes. */
  async #run(): Promise<void> {
    this.#isExporting = true;
    try {
      if (this.#sink === undefined) await this.#exportMetrics();
      else await this.#exportSeries(this.#sink);
    } catch (error) {
      this.#logError("not exported", error);
    } finally {
      this.#isExporting = false;
    }
  }

  async #exportSeries(sink: CollectionSink): Promise<void> {
    const begin = performance.now();
    const collection = await this.collecting.series(this.#collectOptions);
    this.#collected(begin, collection.metrics.length, collection.errors);
    if (collection.metrics.length === 0) return;
    this.#underWay = collection;
    try {
      await this.#settled(collection.resource);
      await sink.exportCollection(collection);
    } finally {
      this.#underWay = undefined;
    }
  }

  async #exportMetrics(): Promise<void> {
    const begin = performance.now();
    const { resourceMetrics, errors } = await this.collecting.metrics(this.#collectOptions);
    const { resource, scopeMetrics } = resourceMetrics;
    const metricCount = scopeMetrics.reduce((sum, { metrics }) => sum + metrics.length, 0);
    this.#collected(begin, metricCount, errors);
    await this.#settled(resource);
    if (metricCount > 0) await exportInTime(this.#exporter, resourceMetrics, this.#timeoutMillis);
  }

  // Detectors may be reading yet, once; one that never answers must not keep everything back.
  async #settled(resource: Collection["resource"]): Promise<void> {
    const settling = resource.waitForAsyncAttributes?.();
    if (settling !== undefined) await inTime(settling, this.#timeoutMillis).catch(() => {});
  }

  get #collectOptions(): { readonly timeoutMillis: number } {
    return { timeoutMillis: this.#timeoutMillis };
  }

  #collected(begin: number, metricCount: number, errors: readonly unknown[]): void {
    this.#onCollection((performance.now() - begin) / 1_000, metricCount);
    for (const error of errors) this.#logError("a callback failed", error);
  }

  #logError(what: string, error: unknown): void {
    if (!this.#errors.tryAcquire()) return;
    diag.error(`periodic reader: ${what}: ${errorMessage(error)}`);
  }
}
