/** Interfaces between the engine and the other threads and processes of its group. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource } from "../collection/series-source.ts";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Scope } from "../scope.ts";
import type { SharedStore } from "../aggregation/store.ts";
import type { ReaderChoices } from "./reader-choices.ts";
import type { FixedStream, StreamConfiguration } from "./stream-configuration.ts";
import type { KeptAggregation, StreamStore } from "./stream-store.ts";

/** Identifies a stream in all threads and processes: views are the same there. */
export interface StreamOrigin {
  readonly scope: Scope;
  /** The instrument as it was created. */
  readonly instrument: InstrumentDescriptor;
  /** The stream's place among those of the instrument. */
  readonly index: number;
  /** Set for a metric of a `MetricSource`, to which views and the choices of readers do not apply. */
  readonly fixed?: FixedStream | undefined;
}

/** Memory for stores whose cells other threads read. */
export interface SharedMemory {
  /** Called once for each store. */
  store(origin: StreamOrigin, aggregation: KeptAggregation): SharedStore;
}

/** A stream, as far as its merge with those of members needs it. */
export interface MergeableStream {
  readonly origin: StreamOrigin;
  readonly configuration: Pick<StreamConfiguration, "acrossMembers" | "fixed">;
  readonly isMonotonic: boolean;
  /** Maximum number of series, the greatest of all readers. */
  readonly limit: number;
  /** Applies the view's own processors, which members do not have. Throws the error of a processor. */
  process(attributes: Attributes | undefined): Attributes | undefined;
  /** The stores of synchronous measurements. */
  readonly recordedStores: readonly StreamStore[];
  /** All stores. */
  readonly stores: readonly StreamStore[];
  /** The store of a reader; `undefined` if it drops the stream. */
  storeOf(reader: ReaderChoices): StreamStore | undefined;
}

/** The group of a provider. */
export interface ProviderGroup {
  /** Members whose series a reader gets. @param reader the reader that was added to the provider. */
  membersFor(reader: object): Members | undefined;
}

/** The series of other threads and processes, which are merged into a provider's own. */
export interface Members {
  /** Lets members report, before a collection that can wait. */
  prepare(): Promise<void> | undefined;
  /** As `prepare`, for a collection that cannot wait. */
  prepareNow(): void;
  /** Finds members that have joined or ended. Returns whether there are figures to merge. */
  find(): boolean;
  /** Reads the members' figures before a collection, in steps of less than a millisecond. */
  refresh(unixMillis: number): Generator<undefined, void>;
  /** The series of a stream's store, merged with those of the members; `own` if no member has any. */
  merged(
    stream: MergeableStream,
    store: StreamStore,
    own: SeriesSource | undefined,
    unixMillis: number,
  ): SeriesSource | undefined;
  /** Whether the members' series of a metric of a `MetricSource` include those of this process. */
  hasOwn?(origin: StreamOrigin, aggregation: KeptAggregation): boolean;
  /** Called when all series of a collection are known. @param reader the reader that collects. */
  collected?(reader: object): void;
}
