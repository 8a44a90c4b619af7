/** Records the measurements of a synchronous instrument: the recorder, dropped measurements and exemplars. */
import { type Attributes, type Context, ValueType } from "@opentelemetry/api";
import type { Sampling } from "../exemplars/sampling.ts";
import type { DroppedMeasurements } from "../../diagnostics/dropped-measurements.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { RowChanges } from "../series/series-table.ts";
import { AggregationTemporality, InstrumentType } from "../sdk-values.ts";
import {
  ConvertingHandle,
  ConvertingRecorder,
  NO_RECORDER,
  SeveralRecorders,
} from "../aggregation/recorders.ts";
import { type Handle, NO_ROW, type Recorder } from "../aggregation/store.ts";
import type { RecordedStore, SeriesHolder } from "../streams/stream-store.ts";
import type { Stream } from "../streams/stream.ts";
import type { InstrumentDescriptor } from "./descriptor.ts";

export class MeasurementSink {
  readonly descriptor: InstrumentDescriptor;
  readonly sampling: Sampling;
  /** Changes of readers, and of the rows of all series, after which a handle without a hold is found again. */
  readonly changes: RowChanges;
  readonly #isWhole: boolean;
  readonly #streams: readonly Stream[];
  readonly #dropped: DroppedMeasurements;
  readonly #listeners = new Set<() => void>();
  #stores: readonly RecordedStore[] = [];
  #several: SeveralRecorders | undefined;
  #recorder: Recorder = NO_RECORDER;
  #isClosed = false;

  constructor(
    descriptor: InstrumentDescriptor,
    streams: readonly Stream[],
    { sampling, dropped, changes }: Pick<ProviderContext, "sampling" | "dropped" | "changes">,
  ) {
    this.descriptor = descriptor;
    this.#isWhole = descriptor.valueType === ValueType.INT;
    this.#streams = streams;
    this.sampling = sampling;
    this.changes = changes;
    this.#dropped = dropped;
    sampling.refresh();
    this.refresh();
  }

  /** Recorder for measurements. Readers change it: read it again when `onChange` is notified. */
  get recorder(): Recorder {
    return this.#recorder;
  }

  /** The recorder's stores, without duplicates. */
  get stores(): readonly RecordedStore[] {
    return this.#stores;
  }

  get isEnabled(): boolean {
    return !this.#isClosed && this.#streams.some((stream) => !stream.isDropped);
  }

  /** Calls `listener` whenever the recorder has changed. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notifies `holder` of series that are removed. Returns a function that ends this. */
  addHolder(holder: SeriesHolder): () => void {
    for (const { holders } of this.#streams) holders.add(holder);
    return () => {
      for (const { holders } of this.#streams) holders.delete(holder);
    };
  }

  /** Removes the series of `attributes`, as each stream keeps them. */
  remove(attributes: Attributes | undefined): void {
    for (const store of this.#stores) {
      const row = store.recorder.existing(attributes);
      if (row !== NO_ROW) this.#removeRows(store, row, row + 1, store.series.isHeld(row));
    }
  }

  /** Removes all series. */
  clear(): void {
    for (const store of this.#stores) this.#removeRows(store, 0, store.series.rowCount, true);
  }

  #removeRows(store: RecordedStore, from: number, to: number, areHeld: boolean): void {
    if (areHeld && store.temporality === AggregationTemporality.CUMULATIVE)
      for (const { holders } of this.#streams) for (const holder of holders) holder.lose(store, from, to);
    for (let row = from; row < to; row++) if (store.series.isLive(row)) store.remove(row);
  }

  /** Calls `visit` with each of the stores, and later with each new one. */
  eachStore(visit: (store: RecordedStore) => void): void {
    let known: readonly RecordedStore[] = [];
    const visitNew = (): void => {
      for (const store of this.#stores) if (!known.includes(store)) visit(store);
      known = this.#stores;
    };
    this.onChange(visitNew);
    visitNew();
  }

  refresh(): void {
    this.#stores = this.#isClosed
      ? []
      : [...new Set(this.#streams.flatMap((stream) => stream.recordedStores))];
    const recorders = this.#stores.map((store) =>
      this.#needsFinite(store) ? new ConvertingRecorder(store.recorder, this.#finiteOf) : store.recorder,
    );
    this.#several = recorders.length > 1 ? new SeveralRecorders(recorders) : undefined;
    const recorder = this.#several ?? recorders[0] ?? NO_RECORDER;
    this.#recorder = this.#isWhole ? new ConvertingRecorder(recorder, this.#wholeOf) : recorder;
    this.changes.count++;
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.#isClosed = true;
    this.refresh();
  }

  refuse(given: unknown): void {
    const { name } = this.descriptor;
    if (this.#isClosed) return;
    if (typeof given !== "number" || Number.isNaN(given))
      this.#dropped.measurement(name, "not_a_number", given);
    else this.#dropped.measurement(name, Number.isFinite(given) ? "negative" : "not_finite", given);
  }

  /** Offers a measurement that was just recorded to the reservoir of its series. */
  sample(row: number, given: number, attributes: Attributes | undefined, within: Context | undefined): void {
    const context = this.sampling.eligibleContext(within);
    if (context === undefined) return;
    const value = this.typedValue(given);
    if (value === undefined) return;
    if (this.#several === undefined) {
      const store = this.#stores[0];
      if (row !== NO_ROW) store?.exemplars.offer(row, value, attributes, context, store.series);
      return;
    }
    for (const [i, store] of this.#stores.entries()) {
      const at = this.#several.rows[i]!;
      if (at !== NO_ROW) store.exemplars.offer(at, value, attributes, context, store.series);
    }
  }

  /** Recorded value for the instrument's value type; `undefined` if the measurement was dropped. */
  typedValue(given: number): number | undefined {
    if (!this.#isWhole) return given;
    return Number.isFinite(given) ? Math.trunc(given) : undefined;
  }

  /** Binds a series of one of the stores. @param isWeak whether the handle is valid until the next change only. */
  bind(store: RecordedStore, attributes: Attributes, parts: number, isWeak: boolean): Handle {
    const handle = isWeak ? store.recorder.find(attributes, parts) : store.recorder.bind(attributes, parts);
    return this.#needsFinite(store) ? new ConvertingHandle(handle, this.#finiteOf) : handle;
  }

  /** Whether a store takes a recorded value. */
  takes(store: RecordedStore, value: number): boolean {
    return Number.isFinite(value) || !this.#needsFinite(store);
  }

  /** Handle that converts values to the instrument's value type. */
  typedHandle(handle: Handle): Handle {
    return this.#isWhole ? new ConvertingHandle(handle, this.#wholeOf) : handle;
  }

  // One NaN or infinity would corrupt a sum for ever. Only gauges record them, and a view may select a sum for a gauge.
  #needsFinite({ aggregation }: RecordedStore): boolean {
    return this.descriptor.type === InstrumentType.GAUGE && aggregation.kind !== "lastValue";
  }

  readonly #finiteOf = (value: number): number => {
    if (Number.isFinite(value)) return value;
    this.refuse(value);
    return Number.NaN;
  };

  // As in upstream's SDK, fractions are cut off and values that are not finite are dropped.
  readonly #wholeOf = (value: number): number => {
    if (Number.isInteger(value)) return value;
    if (Number.isFinite(value)) {
      const { name } = this.descriptor;
      this.#dropped.log(
        name,
        "fraction",
        () => `its values are whole numbers, so ${value} lost its fraction`,
      );
      return Math.trunc(value);
    }
    this.refuse(value);
    return Number.NaN;
  };
}
