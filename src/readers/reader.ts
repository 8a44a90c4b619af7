// A reader of ours: upstream's interface without its package, which takes longer to load than all of ours.
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
import { Collecting, type CollectingOptions } from "./collecting.ts";
import { inTime } from "./collection-exporter.ts";

/** What readers have in common but where their collections go. */
export abstract class Reader implements IMetricReader {
  /** @internal */
  protected readonly collecting: Collecting;
  #isShutdown = false;

  /** @internal */
  constructor(options: CollectingOptions) {
    this.collecting = new Collecting(options);
  }

  abstract selectAggregationTemporality(type: InstrumentType): AggregationTemporality;

  selectAggregation(_type: InstrumentType): AggregationOption {
    return { type: AggregationType.DEFAULT };
  }

  selectCardinalityLimit(_type: InstrumentType): number {
    return DEFAULT_CARDINALITY_LIMIT;
  }

  setMetricProducer(producer: MetricProducer): void {
    this.collecting.bind(producer);
  }

  /** Upstream's name: providers, ours too, look for it. */
  _setSelfObsMeterProvider(provider: MeterProvider): void {
    this.collecting.observeItself(provider);
  }

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return this.collecting.collect(options);
  }

  async forceFlush(options?: { readonly timeoutMillis?: number }): Promise<void> {
    if (this.#isShutdown) diag.warn("metric reader: it has nothing to flush after its shutdown");
    else await limited(this.onForceFlush(), options?.timeoutMillis);
  }

  /** A second call changes nothing and is logged. */
  async shutdown(options?: { readonly timeoutMillis?: number }): Promise<void> {
    if (this.#isShutdown) {
      diag.error("metric reader: its shutdown was asked for before; once is enough");
      return;
    }
    await limited(this.onShutdown(), options?.timeoutMillis);
    this.#isShutdown = true;
    this.collecting.end();
  }

  protected async onForceFlush(): Promise<void> {}

  protected async onShutdown(): Promise<void> {}
}

async function limited(work: Promise<void>, timeoutMillis: number | undefined): Promise<void> {
  await (timeoutMillis === undefined ? work : inTime(work, timeoutMillis));
}

/**
 * The temporality for which a reader asks: `otherwise`, but delta for observable gauges. Their values are the same
 * under either, and under cumulative temporality upstream's SDK repeats a series for ever that is no longer observed
 * (open-telemetry/opentelemetry-js#4096), such as a health component that was removed.
 */
export function temporalityOf(
  instrumentType: InstrumentType,
  otherwise: AggregationTemporality,
): AggregationTemporality {
  return instrumentType === Types.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : otherwise;
}

/** Collects all series, cumulative, when it is asked to; exports nothing by itself. */
export class SnapshotReader extends Reader {
  constructor() {
    super({ componentType: "SnapshotReader" });
  }

  override selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return temporalityOf(type, AggregationTemporality.CUMULATIVE);
  }

  /** Passes a new collection to `use`, which must not keep it, and resolves to the result. */
  collected<Result>(use: (collection: Collection) => Result): Promise<Result> {
    return this.collecting.exclusively(async () => use(await this.collecting.series()));
  }
}
