import { withMethods } from "../options/check.ts";
import { OptionsError } from "../options/options-error.ts";
import { diag, type MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import { defaultResource } from "./resource.ts";
import type { IMetricReader } from "@opentelemetry/sdk-metrics";
import { cardinalityOf, type StreamCardinality } from "./cardinality.ts";
import type { MetricSource } from "./collection/metric-source.ts";
import { SeriesProducer } from "./collection/producer.ts";
import { CollectionQueue } from "./collection/collection-queue.ts";
import { Sampling } from "./exemplars/sampling.ts";
import {
  type MeterConfigurator,
  type MeterProviderOptions,
  providerSettings,
} from "./meter-provider-options.ts";
import { Meter } from "./meter.ts";
import type { ProviderContext } from "./provider-context.ts";
import { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { type Scope, scopeFrom, scopeKey, type ScopeOptions } from "./scope.ts";
import { Interner } from "./series/interner.ts";
import type { ProviderGroup, SharedMemory } from "./streams/members.ts";
import { ReaderChoices } from "./streams/reader-choices.ts";
import { VERSION } from "../version.ts";
import { viewFrom } from "./streams/view.ts";

/** The parts of a provider that a merge of members' series extends. */
export interface MergeTarget {
  readonly interner: Interner;
  readonly meterOf: (scope: Scope) => Meter;
  /** Readers of deltas, in the order in which they were added. */
  readonly deltaReaders: readonly ReaderChoices[];
}

const boundReaders = new WeakSet<IMetricReader>();
const READER = withMethods<IMetricReader>(
  "be a metric reader, such as a PrometheusExporter",
  "setMetricProducer",
);

/**
 * OpenTelemetry's metrics SDK: creates meters, and binds readers to them.
 *
 * @example
 * ```ts
 * import { MeterProvider, PeriodicExportingMetricReader, ConsoleMetricExporter } from "tachymeter/metrics";
 *
 * const provider = new MeterProvider({
 *   readers: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })],
 * });
 * provider.getMeter("shop").createCounter("orders").add(1, { "payment.method": "card" });
 * await provider.shutdown();
 * ```
 */
export class MeterProvider implements ApiMeterProvider {
  readonly #context: ProviderContext;
  readonly #meters = new Map<string, Meter>();
  readonly #readers: IMetricReader[] = [];
  readonly #queue: CollectionQueue = new CollectionQueue();
  readonly #sdkMetricsEnabled: boolean;
  readonly #configurator: MeterConfigurator | undefined;
  #isShutdown = false;

  /** Throws {@link OptionsError} with all problems of `options`, and any error of binding a reader. */
  constructor(options?: MeterProviderOptions);
  /**
   * @internal
   * @param shared memory that other threads read.
   * @param isReconfigurable whether {@link reconfigure} is called, so that the idle time of all series is kept.
   */
  constructor(options: MeterProviderOptions, shared: SharedMemory | undefined, isReconfigurable?: boolean);
  constructor(options: MeterProviderOptions = {}, shared?: SharedMemory, isReconfigurable = false) {
    const settings = providerSettings(options);
    this.#sdkMetricsEnabled = options.sdkMetricsEnabled ?? false;
    this.#configurator = settings.meterConfigurator;
    this.#context = {
      resource: options.resource ?? defaultResource(),
      views: (options.views ?? []).map(viewFrom),
      viewMatchingMode: settings.viewMatchingMode ?? "independent",
      cardinalityLimit: settings.cardinalityLimit,
      timeToLiveMillis: (settings.seriesTimeToLive ?? Infinity) * 1e3,
      tracksActivity: isReconfigurable || settings.seriesTimeToLive !== undefined,
      readers: [],
      interner: new Interner(),
      changes: { count: 0 },
      sampling: new Sampling(settings.exemplarFilter ?? "trace_based"),
      dropped: new DroppedMeasurements(() =>
        // If self metrics are off, the provider exports only the application's metrics.
        this.#sdkMetricsEnabled ? this.#meterOf(scopeFrom("tachymeter.telemetry", VERSION, {})) : undefined,
      ),
      shared,
    };
    for (const reader of options.readers ?? []) this.addReader(reader);
  }

  /**
   * Returns the meter of an instrumentation scope: the same one for the same name, version, schema URL and
   * scope attributes. After the provider's shutdown it returns a meter that records nothing.
   */
  getMeter(name: string, version: string = "", options: ScopeOptions = {}): Meter {
    const scope = scopeFrom(name, version ?? "", options ?? {});
    if (this.#isShutdown) {
      diag.warn(`meter "${name}": created after the provider's shutdown, it records nothing`);
      return new Meter(scope, this.#context, false);
    }
    if (typeof name !== "string" || name === "")
      diag.warn("meter: name must be a string that is not empty; use the instrumentation's name");
    return this.#meterOf(scope);
  }

  /**
   * Binds a reader. It also collects instruments that exist already: all data of cumulative streams that it
   * shares with another reader, otherwise the measurements from now on. Throws {@link OptionsError} if the
   * reader is already bound, and any error that the reader throws.
   */
  addReader(reader: IMetricReader): void {
    if (this.#isShutdown)
      throw refused(reader, "be added before the provider is shut down; create another provider");
    if (!isReader(reader)) throw refused(reader, READER.must);
    if (boundReaders.has(reader))
      throw refused(reader, "be another one: it can not be bound to a MeterProvider again");
    const choices = new ReaderChoices(reader);
    this.#produceFor(reader, choices);
    this.#bind(reader, choices);
    if (this.#sdkMetricsEnabled) observeItself(reader, this);
  }

  /**
   * @internal Adds a reader in place of another one, and continues its series, and so its deltas, if both select the same
   * temporality, aggregation and limits. Returns whether they do; otherwise nothing has changed.
   */
  replaceReader(former: IMetricReader, reader: IMetricReader): boolean {
    const choices = this.#context.readers.find((each) => each.reader === former);
    if (this.#isShutdown || choices?.passTo(reader) !== true) return false;
    this.#leave(former);
    this.#produceFor(reader, choices);
    this.#readers.push(reader);
    if (this.#sdkMetricsEnabled) observeItself(reader, this);
    return true;
  }

  /**
   * @internal Unbinds a reader: from now on it collects nothing. It is not shut down. Returns a function that binds it
   * again, as a reader that is added.
   */
  removeReader(reader: IMetricReader): () => void {
    const { readers } = this.#context;
    const at = readers.findIndex((each) => each.reader === reader);
    const choices = readers[at];
    if (choices === undefined) return () => {};
    readers.splice(at, 1);
    this.#leave(reader);
    for (const meter of this.#meters.values()) meter.detachReader(choices);
    this.#forget(choices);
    return () => this.#bind(reader, choices);
  }

  /**
   * @internal Changes settings while the provider runs: views of instruments that are created later, the time to live of
   * series, and the exemplar filter.
   */
  reconfigure(options: Pick<MeterProviderOptions, "views" | "seriesTimeToLive" | "exemplarFilter">): void {
    const { seriesTimeToLive, exemplarFilter } = providerSettings(options);
    this.#context.views = (options.views ?? []).map(viewFrom);
    this.#context.timeToLiveMillis = (seriesTimeToLive ?? Infinity) * 1e3;
    this.#context.sampling.filter = exemplarFilter ?? "trace_based";
  }

  /** @internal Adds the metrics of `sources` to each collection. The set may change. */
  collectSources(sources: ReadonlySet<MetricSource>): void {
    this.#context.sources = sources;
  }

  /** @internal Merges the series of other threads and processes into the provider's own. Returns what `make` returns. */
  joinGroup<Group extends ProviderGroup>(make: (target: MergeTarget) => Group): Group {
    const { interner, readers } = this.#context;
    const group = make({
      interner,
      meterOf: (scope) => this.#meterOf(scope),
      get deltaReaders() {
        return readers.filter((reader) => reader.hasDeltas);
      },
    });
    this.#context.group = group;
    return group;
  }

  /** Makes all readers export now. Rejects with the first error, in the order of the readers, once all have ended. */
  async forceFlush(options?: Parameters<IMetricReader["forceFlush"]>[0]): Promise<void> {
    if (this.#isShutdown) {
      diag.warn("meter provider: forceFlush() after the shutdown does nothing");
      return;
    }
    await this.#allReaders((reader) => reader.forceFlush(options));
  }

  /** Shuts down all readers and ends recording. Rejects as {@link forceFlush} does. */
  async shutdown(options?: Parameters<IMetricReader["shutdown"]>[0]): Promise<void> {
    if (this.#isShutdown) {
      diag.warn("meter provider: already shut down; call shutdown() once");
      return;
    }
    this.#isShutdown = true;
    try {
      await this.#allReaders((reader) => reader.shutdown(options));
    } finally {
      for (const meter of this.#meters.values()) meter.close();
      for (const choices of this.#context.readers) this.#forget(choices);
    }
  }

  /** Number of series and limit of each stream, see {@link StreamCardinality}. Walks all series. */
  cardinality(): readonly StreamCardinality[] {
    return [...this.#meters.values()].flatMap((meter) =>
      meter.streams
        .map((stream) => cardinalityOf(meter.scope.name, stream))
        .filter((entry) => entry !== undefined),
    );
  }

  async #allReaders(end: (reader: IMetricReader) => Promise<void>): Promise<void> {
    const outcomes = await Promise.allSettled(this.#readers.map(async (reader) => end(reader)));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  // Flushes and ends a reader no more.
  #leave(reader: IMetricReader): void {
    const at = this.#readers.indexOf(reader);
    if (at >= 0) this.#readers.splice(at, 1);
  }

  #produceFor(reader: IMetricReader, choices: ReaderChoices): void {
    reader.setMetricProducer(new SeriesProducer(this.#context, this.#meters, choices, this.#queue));
    boundReaders.add(reader);
  }

  #bind(reader: IMetricReader, choices: ReaderChoices): void {
    this.#readers.push(reader);
    this.#context.readers.push(choices);
    for (const meter of this.#meters.values()) meter.attachReaders();
  }

  #forget(choices: ReaderChoices): void {
    for (const source of this.#context.sources ?? []) source.forget?.(choices);
  }

  #isEnabled({ name, version }: Scope): boolean {
    try {
      return this.#configurator?.({ name, ...(version !== undefined && { version }) }).enabled !== false;
    } catch (error) {
      diag.error(`meter "${name}": meterConfigurator failed, so the meter is on`, error);
      return true;
    }
  }

  #meterOf(scope: Scope): Meter {
    const key = scopeKey(scope);
    let meter = this.#meters.get(key);
    if (meter === undefined) {
      meter = new Meter(scope, this.#context, this.#isEnabled(scope));
      this.#meters.set(key, meter);
    }
    return meter;
  }
}

// Upstream's readers record metrics about themselves on the provider passed to this method, which is not in
// their interface.
function observeItself(reader: IMetricReader, provider: ApiMeterProvider): void {
  const method: unknown = Reflect.get(reader, "_setSelfObsMeterProvider");
  if (typeof method === "function") Reflect.apply(method, reader, [provider]);
}

function isReader(reader: unknown): reader is IMetricReader {
  return READER.read(reader) !== undefined;
}

function refused(reader: unknown, must: string): OptionsError {
  const value = isReader(reader) ? reader.constructor.name : reader;
  return new OptionsError("meter provider", [{ name: "reader", value, must }]);
}
