// Base of our readers: upstream's interface without its package, which takes longer to load than all of our code.
import { diag, type MeterProvider } from "@opentelemetry/api";
import type {
  AggregationOption,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricCollectOptions,
  MetricProducer,
} from "../engine/index.ts";
import type { Collection } from "../engine/collection/collection.ts";
import { AggregationTemporality, AggregationType, InstrumentType as Types } from "../engine/sdk-values.ts";
import { DEFAULT_CARDINALITY_LIMIT } from "../engine/streams/reader-choices.ts";
import type { CardinalityLimits } from "../options/push.ts";
import type { HistogramPreference } from "../options/selection.ts";
import { Collecting, type CollectingOptions } from "./collecting.ts";
import { inTime } from "./collection-exporter.ts";

interface ReaderOptions extends CollectingOptions {
  readonly cardinalityLimits?: CardinalityLimits | undefined;
}

const LIMIT_NAMES = {
  COUNTER: "counter",
  GAUGE: "gauge",
  HISTOGRAM: "histogram",
  UP_DOWN_COUNTER: "upDownCounter",
  OBSERVABLE_COUNTER: "observableCounter",
  OBSERVABLE_GAUGE: "observableGauge",
  OBSERVABLE_UP_DOWN_COUNTER: "observableUpDownCounter",
} as const satisfies Record<InstrumentType, keyof CardinalityLimits>;

/** The chosen maximum number of series of an instrument; `undefined` if none is chosen. */
export function limitOf(limits: CardinalityLimits, type: InstrumentType): number | undefined {
  return limits[LIMIT_NAMES[type]] ?? limits.default;
}

/** The aggregation by a preference for histograms; `undefined` if it chooses none for this type of instrument. */
export function preferredAggregation(
  preference: HistogramPreference | undefined,
  type: InstrumentType,
): AggregationOption | undefined {
  return preference === "base2_exponential_bucket_histogram" && type === Types.HISTOGRAM
    ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
    : undefined;
}

/** Common part of readers; subclasses define the destination of collections. */
export abstract class Reader implements IMetricReader {
  /** @internal */
  protected readonly collecting: Collecting;
  /** @internal Whether `shutdown()` collects once more. */
  protected readonly collectsAtEnd: boolean = false;
  /** @internal Called when the series of a collection were read. */
  protected onLastRead: (() => void) | undefined;
  readonly #limits: CardinalityLimits;
  #isShutdown = false;

  /** @internal */
  constructor({ cardinalityLimits = {}, ...options }: ReaderOptions) {
    this.collecting = new Collecting(options);
    this.#limits = cardinalityLimits;
  }

  /** Returns the temporality for a type of instrument. */
  abstract selectAggregationTemporality(type: InstrumentType): AggregationTemporality;

  /** Returns the aggregation for a type of instrument; by default OpenTelemetry's. */
  selectAggregation(_type: InstrumentType): AggregationOption {
    return { type: AggregationType.DEFAULT };
  }

  /** Returns the maximum number of series of an instrument; by default 2,000. */
  selectCardinalityLimit(type: InstrumentType): number {
    return this.chosenCardinalityLimit(type) ?? DEFAULT_CARDINALITY_LIMIT;
  }

  /** @internal The limit that was chosen; `undefined` for that of the provider. */
  chosenCardinalityLimit(type: InstrumentType): number | undefined {
    return limitOf(this.#limits, type);
  }

  /** Connects the reader to the producer that it collects from; called by its provider. */
  setMetricProducer(producer: MetricProducer): void {
    this.collecting.bind(producer);
  }

  /** The name is upstream's: providers, ours included, look it up. */
  _setSelfObsMeterProvider(provider: MeterProvider): void {
    this.collecting.observeItself(provider);
  }

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return this.collecting.collect(options);
  }

  async forceFlush(options?: { readonly timeoutMillis?: number }): Promise<void> {
    if (this.#isShutdown) diag.warn("metric reader: forceFlush() does nothing after shutdown()");
    else await limited(this.onForceFlush(), options?.timeoutMillis);
  }

  /** Further calls are logged and have no effect. */
  async shutdown(options?: { readonly timeoutMillis?: number }): Promise<void> {
    if (this.#isShutdown) {
      diag.error("metric reader: shutdown() was called more than once; call it once");
      return;
    }
    await limited(this.onShutdown(), options?.timeoutMillis);
    this.#isShutdown = true;
    this.collecting.end();
  }

  /** @internal See `Collecting.pause`. */
  pause(millis: number): Promise<() => void> {
    return this.collecting.pause(millis);
  }

  /**
   * @internal Ends the reader as `shutdown()` does. `unbind` is called once: right after the series of its last collection
   * were read, or at once if it makes none, as with `isContinued`: another reader has its series.
   */
  async leave(unbind: () => void, isContinued: boolean): Promise<void> {
    const leave = (): void => {
      if (this.collecting.isEnded) return;
      this.collecting.end();
      unbind();
    };
    if (isContinued || !this.collectsAtEnd) leave();
    else this.onLastRead = leave;
    try {
      await this.shutdown();
    } finally {
      leave();
    }
  }

  /** Flushes; called by `forceFlush()`. Does nothing by default. */
  protected async onForceFlush(): Promise<void> {}

  /** Ends the reader; called by `shutdown()`. Does nothing by default. */
  protected async onShutdown(): Promise<void> {}
}

async function limited(work: Promise<void>, timeoutMillis: number | undefined): Promise<void> {
  await (timeoutMillis === undefined ? work : inTime(work, timeoutMillis));
}

/**
 * The temporality that a reader requests: `otherwise`, except delta for observable gauges. The values of gauges are the
 * same under either. Under cumulative temporality, upstream's SDK repeats a series forever after it is no longer observed
 * (open-telemetry/opentelemetry-js#4096), for example a health component that was removed.
 */
export function temporalityOf(
  instrumentType: InstrumentType,
  otherwise: AggregationTemporality,
): AggregationTemporality {
  return instrumentType === Types.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : otherwise;
}

/** Collects all series, cumulative, on demand; exports nothing. */
export class SnapshotReader extends Reader {
  constructor() {
    super({ componentType: "SnapshotReader" });
  }

  override selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return temporalityOf(type, AggregationTemporality.CUMULATIVE);
  }

  /**
   * Collects and passes the collection to `use`, which must not keep it after its end. Resolves to the result of `use`.
   * Other collections of this reader wait until then.
   */
  collected<Result>(use: (collection: Collection) => Result | Promise<Result>): Promise<Result> {
    return this.collecting.exclusively(async () => use(await this.collecting.series()));
  }
}
