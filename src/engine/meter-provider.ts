import { OptionsError } from "../options/options-error.ts";
import { diag, type MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import { defaultResource } from "./resource.ts";
import type { IMetricReader } from "@opentelemetry/sdk-metrics";
import { cardinalityOf, type StreamCardinality } from "./cardinality.ts";
import { SeriesProducer } from "./collection/producer.ts";
import { Mutex } from "../io/mutex.ts";
import { Sampling } from "./exemplars/sampling.ts";
import { type MeterProviderOptions, providerSettings } from "./meter-provider-options.ts";
import { Meter } from "./meter.ts";
import type { ProviderContext } from "./provider-context.ts";
import { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { type Scope, scopeFrom, scopeKey, type ScopeOptions } from "./scope.ts";
import { Interner } from "./series/interner.ts";
import { ReaderChoices } from "./streams/reader-choices.ts";
import { VERSION } from "../version.ts";
import { viewFrom } from "./streams/view.ts";

const boundReaders = new WeakSet<IMetricReader>();

/**
 * OpenTelemetry's metrics SDK: makes meters, and binds readers to what they record.
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
  readonly #mutex: Mutex = new Mutex();
  readonly #sdkMetricsEnabled: boolean;
  #isShutdown = false;

  /** Throws {@link OptionsError} with everything that is wrong with `options`, and what a bound reader throws. */
  constructor(options: MeterProviderOptions = {}) {
    const settings = providerSettings(options);
    this.#sdkMetricsEnabled = options.sdkMetricsEnabled ?? false;
    this.#context = {
      resource: options.resource ?? defaultResource(),
      views: (options.views ?? []).map(viewFrom),
      viewMatchingMode: settings.viewMatchingMode ?? "independent",
      cardinalityLimit: settings.cardinalityLimit,
      timeToLiveMillis: (settings.seriesTimeToLive ?? Infinity) * 1e3,
      readers: [],
      interner: new Interner(),
      sampling: new Sampling(settings.exemplarFilter ?? "trace_based"),
      dropped: new DroppedMeasurements(() =>
        // A provider without metrics of its own has its user's and no others.
        this.#sdkMetricsEnabled ? this.#meterOf(scopeFrom("tachymeter.telemetry", VERSION, {})) : undefined,
      ),
    };
    for (const reader of options.readers ?? []) this.addReader(reader);
  }

  /**
   * The meter of an instrumentation scope: the same one for the same name, version, schema URL and scope attributes.
   * After the provider was shut down, one that does nothing.
   */
  getMeter(name: string, version: string = "", options: ScopeOptions = {}): Meter {
    const scope = scopeFrom(name, version ?? "", options ?? {});
    if (this.#isShutdown) {
      diag.warn(`meter "${name}": it comes after its provider's shutdown, so it records nothing`);
      return this.#closedMeter(scope);
    }
    if (typeof name !== "string" || name === "")
      diag.warn("meter: its name is empty or no text; give the instrumentation's name");
    return this.#meterOf(scope);
  }

  /**
   * Binds a reader. It sees the instruments that exist already: all that its cumulative streams have in common with
   * another reader's, else what is recorded from now on. Throws {@link OptionsError} for a reader that is bound
   * already, and what the reader throws.
   */
  addReader(reader: IMetricReader): void {
    if (this.#isShutdown)
      throw refused(reader, "be added before the provider is shut down; make another provider");
    if (boundReaders.has(reader))
      throw refused(reader, "be another one: it can not be bound to a MeterProvider again");
    const choices = new ReaderChoices(reader);
    reader.setMetricProducer(new SeriesProducer(this.#context, this.#meters, choices, this.#mutex));
    boundReaders.add(reader);
    this.#readers.push(reader);
    this.#context.readers.push(choices);
    for (const meter of this.#meters.values()) meter.attachReaders();
    if (this.#sdkMetricsEnabled) observeItself(reader, this);
  }

  /** Has all readers export what they have now. Rejects with what the first one that fails throws. */
  async forceFlush(options?: Parameters<IMetricReader["forceFlush"]>[0]): Promise<void> {
    if (this.#isShutdown) {
      diag.warn("meter provider: it has nothing to flush after its shutdown");
      return;
    }
    await Promise.all(this.#readers.map(async (reader) => reader.forceFlush(options)));
  }

  /** Shuts all readers down, and ends recording. Rejects with what the first reader that fails throws. */
  async shutdown(options?: Parameters<IMetricReader["shutdown"]>[0]): Promise<void> {
    if (this.#isShutdown) {
      diag.warn("meter provider: its shutdown was asked for before; once is enough");
      return;
    }
    this.#isShutdown = true;
    try {
      await Promise.all(this.#readers.map(async (reader) => reader.shutdown(options)));
    } finally {
      for (const meter of this.#meters.values()) meter.close();
    }
  }

  /** How many series each stream has, of how many it may have; see {@link StreamCardinality}. Walks all series. */
  cardinality(): readonly StreamCardinality[] {
    return [...this.#meters.values()].flatMap((meter) =>
      meter.streams
        .map((stream) => cardinalityOf(meter.scope.name, stream))
        .filter((entry) => entry !== undefined),
    );
  }

  #closedMeter(scope: Scope): Meter {
    const meter = new Meter(scope, this.#context);
    meter.close();
    return meter;
  }

  #meterOf(scope: Scope): Meter {
    const key = scopeKey(scope);
    let meter = this.#meters.get(key);
    if (meter === undefined) this.#meters.set(key, (meter = new Meter(scope, this.#context)));
    return meter;
  }
}

// Upstream's readers measure themselves on the provider that this method, which is not in their interface, tells them.
function observeItself(reader: IMetricReader, provider: ApiMeterProvider): void {
  const method: unknown = Reflect.get(reader, "_setSelfObsMeterProvider");
  if (typeof method === "function") Reflect.apply(method, reader, [provider]);
}

function refused(reader: IMetricReader, must: string): OptionsError {
  return new OptionsError("meter provider", [{ name: "reader", value: reader.constructor.name, must }]);
}
