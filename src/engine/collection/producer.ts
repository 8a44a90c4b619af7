/** The producer that a reader is bound to: it collects the provider's metrics for this reader. */
import type { CollectionResult, MetricProducer } from "@opentelemetry/sdk-metrics";
import { AggregationTemporality } from "../sdk-values.ts";
import { overflowMessage } from "../cardinality.ts";
import type { CallbackCall } from "./callback-call.ts";
import type { Meter } from "../meter.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { Members } from "../streams/members.ts";
import type { ReaderChoices } from "../streams/reader-choices.ts";
import type { Stream } from "../streams/stream.ts";
import type { StreamStore } from "../streams/stream-store.ts";
import type { SeriesSource } from "./series-source.ts";
import { AppliedFilter, type MetricCollectOptions, StreamFilter } from "./metric-filter.ts";
import type { CollectedMetric } from "./collected-metric.ts";
import type { Collection } from "./collection.ts";
import type { MetricSource } from "./metric-source.ts";
import { resourceMetricsFrom } from "./resource-metrics.ts";
import { inSlices } from "../../io/yield.ts";
import type { CollectionQueue } from "./collection-queue.ts";

// OpenTelemetry's default time-out of exports. Without it, a callback that never ends would block all
// collections for ever.
const DEFAULT_TIMEOUT_MILLIS = 30_000;
const MAX_TIMER_MILLIS = 2 ** 31 - 1;
const NO_SOURCES: ReadonlySet<MetricSource> = new Set();

/** Options of our own readers' collections. */
export interface OwnCollectOptions extends MetricCollectOptions {
  /** Called in the turn of the event loop in which the series were read, before anything else is recorded. */
  readonly onRead?: (() => void) | undefined;
}

/** A {@link MetricProducer} whose collections can also be walked directly. Readers detect it by `collectSeries`. */
export class SeriesProducer implements MetricProducer {
  readonly #context: ProviderContext;
  readonly #meters: ReadonlyMap<string, Meter>;
  readonly #reader: ReaderChoices;
  readonly #queue: CollectionQueue;
  // The metrics of the previous collection: most are the same again.
  readonly #known = new WeakMap<StreamStore, CollectedMetric>();

  constructor(
    context: ProviderContext,
    meters: ReadonlyMap<string, Meter>,
    reader: ReaderChoices,
    queue: CollectionQueue,
  ) {
    this.#context = context;
    this.#meters = meters;
    this.#reader = reader;
    this.#queue = queue;
  }

  /**
   * Collects as upstream's `MetricProducer`, which keeps the process alive while it waits for callbacks. Overlapping
   * collections wait for each other.
   */
  async collect(options?: OwnCollectOptions): Promise<CollectionResult> {
    return this.#collectInTurn({ ...options, keepsAlive: true }, (collection) => ({
      resourceMetrics: resourceMetricsFrom(collection),
      errors: [...collection.errors],
    }));
  }

  /**
   * Collects without allocating an object per series, and does not keep the process alive. The result is valid until this
   * reader's next collection.
   */
  async collectSeries(options?: OwnCollectOptions): Promise<Collection> {
    return this.#collectInTurn({ ...options, keepsAlive: false }, (collection) => collection);
  }

  /** Collects synchronously, without callbacks that return a promise. Used just before the process ends. */
  collectSync(options?: MetricCollectOptions): Collection {
    const filter = this.#filterOf(options);
    const calls = this.#call(false, filter);
    const errors = calls.flatMap((call) => call.finishNow());
    // Callbacks that return a promise are late for this collection.
    for (const source of this.#sources) source.prepare()?.catch(() => {});
    const members = this.#members;
    members?.prepareNow();
    if (members?.find() === true) for (const _ of members.refresh(Date.now()));
    return this.#read(errors, filter);
  }

  /**
   * For the end of a process: after `millis` no collection of the provider waits for callbacks. Returns a function that
   * lifts this limit.
   */
  endWaitIn(millis: number): () => void {
    return this.#queue.endWaitIn(millis);
  }

  #collectInTurn<Result>(
    options: OwnCollectOptions & { readonly keepsAlive: boolean },
    convert: (collection: Collection) => Result,
  ): Promise<Result> {
    const timeoutMillis = Math.min(options.timeoutMillis ?? DEFAULT_TIMEOUT_MILLIS, MAX_TIMER_MILLIS);
    // Before its turn, since this process reports to the group by a collection of its own.
    const preparing = this.#members?.prepare();
    return this.#queue.take(timeoutMillis, preparing, async () => {
      const filter = this.#filterOf(options);
      const calls = this.#call(true, filter);
      const ofCalls = calls.map((call) => call.ended).filter((ended) => ended !== undefined);
      const failures: unknown[] = [];
      const ofSources = [...this.#sources]
        .map((source) => source.prepare()?.then((errors) => void failures.push(...errors)))
        .filter((prepared) => prepared !== undefined);
      const pending: readonly Promise<unknown>[] = [...ofCalls, ...ofSources];
      const limitMillis =
        pending.length === 0 ? 0 : await this.#queue.wait(Promise.all(pending), timeoutMillis, options);
      const errors = [...calls.flatMap((call) => call.finish(limitMillis)), ...failures];
      const members = this.#members;
      if (members?.find() === true) await inSlices(members.refresh(Date.now()));
      const converted = convert(this.#read(errors, filter));
      options.onRead?.();
      return converted;
    });
  }

  get #sources(): ReadonlySet<MetricSource> {
    return this.#context.sources ?? NO_SOURCES;
  }

  get #members(): Members | undefined {
    return this.#context.group?.membersFor(this.#reader.reader);
  }

  #filterOf(options: MetricCollectOptions | undefined): StreamFilter | undefined {
    const { metricFilter } = options ?? {};
    if (metricFilter === undefined) return undefined;
    const applied = new AppliedFilter(metricFilter, (metric, message) =>
      this.#context.dropped.log(metric, "metric_filter", () => message),
    );
    return new StreamFilter(applied, this.#reader);
  }

  #call(canWait: boolean, filter: StreamFilter | undefined): readonly CallbackCall[] {
    this.#context.sampling.refresh();
    const meters = [...this.#meters.values()].filter(({ isEnabled }) => isEnabled);
    return meters.flatMap((meter) =>
      meter.callbacks.call(
        this.#reader,
        canWait,
        (stream) => filter === undefined || filter.isCollected(meter.scope, stream),
      ),
    );
  }

  // Synchronous, so that nothing is recorded between the first series and the last.
  #read(errors: readonly unknown[], filter: StreamFilter | undefined): Collection {
    const { resource, interner } = this.#context;
    const timeUnixMillis = Date.now();
    const members = this.#members;
    const metrics: CollectedMetric[] = [];
    for (const meter of this.#meters.values()) {
      for (const stream of meter.streams) {
        if (filter !== undefined && !filter.isCollected(meter.scope, stream)) continue;
        const collected = this.#metricOf(meter, stream, members, timeUnixMillis);
        const metric = collected && filter !== undefined ? filter.filtered(stream, collected) : collected;
        if (metric !== undefined) metrics.push(metric);
      }
    }
    for (const source of this.#sources) {
      for (const metric of source.collect(interner, this.#reader)) {
        const { origin } = metric;
        metric.series.startBy?.(timeUnixMillis);
        if (origin !== undefined && members?.hasOwn?.(origin, origin.aggregation) === true) continue;
        const kept = filter === undefined ? metric : filter.filteredForeign(metric);
        if (kept !== undefined) metrics.push(kept);
      }
    }
    members?.collected?.(this.#reader.reader);
    return { resource, timeUnixMillis, metrics, interner, errors };
  }

  #metricOf(
    meter: Meter,
    stream: Stream,
    members: Members | undefined,
    unixMillis: number,
  ): CollectedMetric | undefined {
    const store = stream.storeOf(this.#reader);
    if (store === undefined) return undefined;
    const own = store.collect(unixMillis);
    const series = members === undefined ? own : members.merged(stream, store, own, unixMillis);
    if (series === undefined) return undefined;
    const { table } = series;
    if (table?.overflowed === true)
      this.#context.dropped.log(stream.descriptor.name, "overflow", () => overflowMessage(table));
    const known = this.#known.get(store);
    if (known?.series === series && known.descriptor === stream.descriptor) return known;
    const metric = this.#newMetric(meter, stream, store, series, own);
    this.#known.set(store, metric);
    return metric;
  }

  #newMetric(
    meter: Meter,
    stream: Stream,
    { aggregation, temporality }: StreamStore,
    series: SeriesSource,
    own: SeriesSource | undefined,
  ): CollectedMetric {
    const origin = { ...stream.origin, aggregation };
    const common = { scope: meter.scope, descriptor: stream.descriptor, temporality, series, origin };
    // Members report totals, from which the extremes of one interval are not known.
    const isKnown = series === own || temporality === AggregationTemporality.CUMULATIVE;
    const hasMinMax = "recordMinMax" in aggregation && aggregation.recordMinMax && isKnown;
    const shown = { hasMinMax, hasSum: stream.isMonotonic };
    switch (aggregation.kind) {
      case "sum":
        return { ...common, kind: "sum", isMonotonic: stream.isMonotonic };
      case "lastValue":
        return { ...common, kind: "gauge" };
      case "explicitHistogram":
        return { ...common, ...shown, kind: "histogram", boundaries: aggregation.boundaries };
      case "exponentialHistogram":
        return { ...common, ...shown, kind: "exponentialHistogram" };
      default:
        return aggregation satisfies never;
    }
  }
}
