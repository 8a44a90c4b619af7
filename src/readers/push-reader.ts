import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { Collection } from "../engine/collection/collection.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import { resourceMetricsFrom } from "../engine/collection/resource-metrics.ts";
import type { OwnCollectOptions } from "../engine/collection/producer.ts";
import type {
  AggregationOption,
  InstrumentType,
  MetricFilter,
  MetricProducer,
  PushMetricExporter,
} from "../engine/index.ts";
import { AggregationTemporality, InstrumentType as Types } from "../engine/sdk-values.ts";
import { dueAfter, timerAt } from "../io/timeout.ts";
import type { CardinalityLimits } from "../options/push.ts";
import type { SelectionOptions, TemporalityPreference } from "../options/selection.ts";
import {
  type CollectionSink,
  collectionSinkOf,
  type LastDelivery,
  exportInTime,
  inTime,
} from "./collection-exporter.ts";
import { batchesOf } from "./export-batches.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
import { preferredAggregation, Reader, temporalityOf } from "./reader.ts";

// Share of the last flush that callbacks may take; the rest is for the export.
const CALLBACK_SHARE = 0.5;
// Time-out of callbacks at shutdown, as that of the delivery then.
const LAST_CALLBACKS_MILLIS = 5_000;
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

export interface PushReaderOptions {
  readonly exporter: PushMetricExporter;
  /** Time between the starts of two collections. */
  readonly intervalMillis: number;
  /** Time-out of asynchronous callbacks, and of an export through upstream's interface; cut to the interval. */
  readonly timeoutMillis: number;
  readonly metricFilter?: MetricFilter | undefined;
  readonly cardinalityLimits?: CardinalityLimits | undefined;
  /** Maximum number of data points in an export. A larger collection is exported in several. Default: no limit. */
  readonly maxExportBatchSize?: number | undefined;
  /** Temporality and aggregation in place of the exporter's. */
  readonly selection?: SelectionOptions | undefined;
  /**
   * Returns the share of the interval (0 to 1) before the first collection. A random one spreads the requests of
   * processes that start, or change their interval, at the same time. Default: a whole interval.
   */
  readonly startShare?: (() => number) | undefined;
  /** Called after each collection with its duration and the number of its metrics. */
  readonly onCollection: (durationSeconds: number, metricCount: number) => void;
}

/**
 * Collects at a fixed interval and phase. A collection is skipped if the export of the previous one has not ended. Our
 * exporters receive the series as they are, others receive upstream's form.
 */
export class PushReader extends Reader {
  protected override readonly collectsAtEnd = true;
  readonly #exporter: PushMetricExporter;
  readonly #sink: CollectionSink | undefined;
  readonly #selection: SelectionOptions;
  readonly #maxBatchSize: number | undefined;
  #intervalMillis: number;
  #timeoutMillis: number;
  readonly #longestMillis: number;
  readonly #startShare: () => number;
  readonly #onCollection: PushReaderOptions["onCollection"];
  readonly #errors = new RateLimit();
  #timer: NodeJS.Timeout | undefined;
  #isExporting = false;
  #endLimitMillis: number | undefined;
  #liftLimit = (): void => {};
  // The batches of a collection that is not yet acknowledged.
  #underWay: readonly Collection[] = [];
  #ending: Promise<void> | undefined;

  constructor(options: PushReaderOptions) {
    const { exporter, intervalMillis, timeoutMillis, metricFilter, cardinalityLimits, onCollection } =
      options;
    super({ componentType: "periodic_metric_reader", metricFilter, cardinalityLimits });
    this.#exporter = exporter;
    this.#selection = options.selection ?? {};
    this.#maxBatchSize = options.maxExportBatchSize;
    this.#sink = collectionSinkOf(exporter);
    this.#intervalMillis = intervalMillis;
    this.#longestMillis = timeoutMillis;
    this.#timeoutMillis = Math.min(timeoutMillis, intervalMillis);
    this.#startShare = options.startShare ?? (() => 1);
    this.#onCollection = onCollection;
  }

  override selectAggregation(type: InstrumentType): AggregationOption {
    return (
      preferredAggregation(this.#selection.histogramAggregation, type) ??
      this.#exporter.selectAggregation?.(type) ??
      super.selectAggregation(type)
    );
  }

  override selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    const { CUMULATIVE } = AggregationTemporality;
    const { temporality } = this.#selection;
    if (temporality !== undefined) return temporalityOf(type, preferred(temporality, type));
    return temporalityOf(type, this.#exporter.selectAggregationTemporality?.(type) ?? CUMULATIVE);
  }

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer);
    this.#start();
  }

  /** Changes the time between two collections; the next one follows within the new interval, as at the start. */
  set intervalMillis(intervalMillis: number) {
    if (intervalMillis === this.#intervalMillis) return;
    this.#intervalMillis = intervalMillis;
    this.#timeoutMillis = Math.min(this.#longestMillis, intervalMillis);
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#start();
  }

  /** Time-out of an export, cut to the interval. */
  get timeoutMillis(): number {
    return this.#timeoutMillis;
  }

  /** See `CollectionSink.continueFrom`. */
  continueFrom(former: PushReader, ending: Promise<void>): void {
    if (former.#sink !== undefined) this.#sink?.continueFrom?.(former.#sink, ending);
  }

  get isDurable(): boolean {
    return this.#sink?.isDurable === true;
  }

  /**
   * Collects and exports synchronously, for the end of a process. A collection that is not yet acknowledged is exported
   * first. Returns whether a collection was made; that needs our provider and one of our exporters.
   */
  flushSync(): boolean {
    if (this.#sink === undefined) return false;
    for (const batch of this.#underWay) this.#sink.exportCollectionSync(batch);
    const collection = this.collecting.seriesNow();
    if (collection === undefined) return false;
    if (collection.metrics.length > 0)
      for (const batch of this.#batches(collection)) this.#sink.exportCollectionSync(batch);
    return true;
  }

  /**
   * Announces the end of the process: flushes then take at most `limitMillis`, and do not wait for an unreachable
   * backend.
   */
  endBegins(limitMillis: number): void {
    this.#endLimitMillis = limitMillis;
    this.#liftLimit();
    const lift = this.collecting.endWaitIn(limitMillis * CALLBACK_SHARE);
    this.#liftLimit = lift;
    // The process may go on, even if the flush has not ended.
    setTimeout(() => {
      lift();
      if (this.#liftLimit === lift) this.#endLimitMillis = undefined;
    }, limitMillis).unref();
    this.#sink?.endBegins?.(limitMillis);
  }

  /** Delivers by another thread the exported data that would be lost if the process ended now; see `LastDelivery`. */
  deliverLast(timeoutMillis: number): LastDelivery | undefined {
    return this.#sink?.deliverLast(timeoutMillis);
  }

  protected override async onForceFlush(): Promise<void> {
    // That of an end which begins during this flush is left to a later one.
    const lift = this.#liftLimit;
    const begunMillis = this.#endLimitMillis;
    try {
      await this.#runNow();
      const limitMillis = this.#endLimitMillis ?? begunMillis;
      if (limitMillis === undefined || this.#sink?.flushAtEnd === undefined)
        await this.#exporter.forceFlush();
      else await this.#sink.flushAtEnd(limitMillis);
    } finally {
      lift();
    }
  }

  // A second call may come before the first has finished.
  protected override onShutdown(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // If the provider could not be created, there is nothing to collect from.
    if (this.collecting.isBound) {
      // Only for this reader: after a reload others go on.
      if (this.#sink !== undefined)
        this.#timeoutMillis = Math.min(this.#timeoutMillis, LAST_CALLBACKS_MILLIS);
      await this.#runNow();
    }
    await this.#exporter.shutdown();
  }

  #start(): void {
    this.#wait(performance.now() + this.#intervalMillis * this.#startShare());
  }

  #wait(due: number): void {
    this.#timer = timerAt(due, () => {
      if (!this.#isExporting) void this.collecting.exclusively(() => this.#run());
      this.#wait(dueAfter(due, this.#intervalMillis));
    });
  }

  async #runNow(): Promise<void> {
    // Keeps the process alive, since the timers of collections and exports do not.
    const alive = setTimeout(() => {}, this.#endLimitMillis ?? MAX_TIMER_MILLIS);
    await this.collecting.exclusively(() => this.#run()).finally(() => clearTimeout(alive));
  }

  /** Never rejects: there will be another collection. */
  async #run(): Promise<void> {
    if (this.collecting.isEnded) return;
    this.#isExporting = true;
    try {
      if (this.#sink === undefined) await this.#exportMetrics();
      else await this.#exportSeries(this.#sink);
    } catch (error) {
      this.#logError("export failed", error);
    } finally {
      this.#isExporting = false;
    }
  }

  async #exportSeries(sink: CollectionSink): Promise<void> {
    const begin = performance.now();
    const collection = await this.collecting.series(this.#collectOptions);
    this.#collected(begin, collection.metrics.length, collection.errors);
    if (collection.metrics.length === 0) return;
    const batches = (this.#underWay = this.#batches(collection));
    try {
      await this.#settled(collection.resource);
      await inTurn(batches, (batch) => sink.exportCollection(batch));
    } finally {
      this.#underWay = [];
    }
  }

  #batches(collection: Collection): readonly Collection[] {
    if (this.#maxBatchSize === undefined) return [collection];
    return batchesOf(resourceMetricsFrom(collection), this.#maxBatchSize).map(collectionFromMetrics);
  }

  async #exportMetrics(): Promise<void> {
    const begin = performance.now();
    const { resourceMetrics, errors } = await this.collecting.metrics(this.#collectOptions);
    const { resource, scopeMetrics } = resourceMetrics;
    const metricCount = scopeMetrics.reduce((sum, { metrics }) => sum + metrics.length, 0);
    this.#collected(begin, metricCount, errors);
    await this.#settled(resource);
    if (metricCount === 0) return;
    const size = this.#maxBatchSize;
    const batches = size === undefined ? [resourceMetrics] : batchesOf(resourceMetrics, size);
    await inTurn(batches, (batch) => exportInTime(this.#exporter, batch, this.#timeoutMillis));
  }

  // Waits for resource detectors, once; one that never finishes must not block exports.
  async #settled(resource: Collection["resource"]): Promise<void> {
    const settling = resource.waitForAsyncAttributes?.();
    if (settling !== undefined) await inTime(settling, this.#timeoutMillis).catch(() => {});
  }

  get #collectOptions(): OwnCollectOptions {
    return { timeoutMillis: this.#timeoutMillis, onRead: this.onLastRead };
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

/** Exports one batch after the other, also after a failure; rejects with the last one. */
async function inTurn<Batch>(
  batches: readonly Batch[],
  exporting: (batch: Batch) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const batch of batches) await exporting(batch).catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures.at(-1);
}

// OpenTelemetry's preferences, by kinds of instruments. Up-down counters are always cumulative.
const ALWAYS_CUMULATIVE: ReadonlySet<InstrumentType> = new Set([
  Types.UP_DOWN_COUNTER,
  Types.OBSERVABLE_UP_DOWN_COUNTER,
]);

function preferred(preference: TemporalityPreference, type: InstrumentType): AggregationTemporality {
  const isCumulative =
    preference === "cumulative" ||
    ALWAYS_CUMULATIVE.has(type) ||
    (preference === "lowmemory" && type === Types.OBSERVABLE_COUNTER);
  return isCumulative ? AggregationTemporality.CUMULATIVE : AggregationTemporality.DELTA;
}
