/** State of a bound instrument: its series in each store. */
import type { Attributes, Context } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import { oneHandle } from "../aggregation/recorders.ts";
import { type Handle, NO_ROW } from "../aggregation/store.ts";
import type { RecordedStore, SeriesHolder } from "../streams/stream-store.ts";
import type { MeasurementSink } from "./measurement-sink.ts";

/** Hold of a bound instrument on its series. */
export interface BindingOptions {
  /** See `BindableRecorder.bind`. @defaultValue 1 */
  readonly parts?: number;
  /**
   * Whether the series may be removed, as if it were looked up for each measurement. It is looked up again then, and a
   * view's attribute processors are applied to each measurement. Otherwise it is held until released, and filters and
   * limits are applied once.
   *
   * @defaultValue false
   */
  readonly isWeak?: boolean;
}

/** The series of one attribute set in each store. */
export class Binding implements SeriesHolder {
  readonly #recording: MeasurementSink;
  readonly #attributes: Attributes;
  readonly #parts: number;
  readonly #isWeak: boolean;
  // Two arrays of equal length: the stores, and the handle to the series in each of them.
  #stores: readonly RecordedStore[] = [];
  #handles: readonly Handle[] = [];
  readonly #onHandle: (handle: Handle) => void;
  readonly #forget: readonly (() => void)[];

  /**
   * @param onHandle called with the handle to record into: now, and if the series is held, whenever it has another one. Readers
   * were added, or the series removed, or the provider shut down.
   */
  constructor(
    recording: MeasurementSink,
    attributes: Attributes | undefined,
    { parts = 1, isWeak = false }: BindingOptions,
    onHandle: (handle: Handle) => void,
  ) {
    this.#recording = recording;
    this.#parts = parts;
    this.#isWeak = isWeak;
    this.#attributes = copyOfAttributes(attributes);
    this.#onHandle = onHandle;
    recording.sampling.refresh();
    this.#forget = isWeak ? [] : [recording.onChange(() => void this.find()), recording.addHolder(this)];
    this.find();
  }

  sample(given: number, within: Context | undefined): void {
    const context = this.#recording.sampling.eligibleContext(within);
    if (context === undefined) return;
    const value = this.#recording.typedValue(given / this.#parts);
    if (value === undefined) return;
    for (let i = 0; i < this.#handles.length; i++) {
      const { row } = this.#handles[i]!;
      const store = this.#stores[i]!;
      if (row === NO_ROW || !this.#recording.takes(store, value)) continue;
      store.exemplars.offer(row, value, this.#attributes, context, store.series);
    }
  }

  /** Releases the series. Later measurements look up the series each time, like those of unbound instruments. */
  release(): void {
    for (const forget of this.#forget) forget();
    for (const handle of this.#handles) handle.release();
    this.#handles = [];
    const recording = this.#recording;
    this.#onHandle({
      row: NO_ROW,
      record: (value) => {
        recording.recorder.record(value / this.#parts, this.#attributes, undefined);
      },
      release() {},
    });
  }

  lose(store: RecordedStore, from: number, to: number): void {
    const at = this.#stores.indexOf(store);
    const lost = this.#handles[at];
    if (lost === undefined || lost.row < from || lost.row >= to) return;
    lost.release();
    this.#stores = this.#stores.filter((each) => each !== store);
    this.#handles = this.#handles.filter((each) => each !== lost);
    // The next measurement begins the series anew.
    this.#onHandle({ row: NO_ROW, record: (value) => this.find().record(value), release() {} });
  }

  /** Finds the series in each store. A series that is held keeps its handle. */
  find(): Handle {
    const { stores } = this.#recording;
    const bound = (store: RecordedStore): Handle =>
      (this.#isWeak ? undefined : this.#handles[this.#stores.indexOf(store)]) ??
      this.#recording.bind(store, this.#attributes, this.#parts, this.#isWeak);
    this.#handles = stores.map(bound);
    this.#stores = stores;
    const handle = this.#recording.typedHandle(oneHandle(this.#handles));
    this.#onHandle(handle);
    return handle;
  }
}
