/** State of a bound instrument: its series in each store, held until released. */
import type { Attributes, Context } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import { oneHandle } from "../aggregation/recorders.ts";
import { type Handle, NO_ROW } from "../aggregation/store.ts";
import type { RecordedStore } from "../streams/stream-store.ts";
import type { MeasurementSink } from "./measurement-sink.ts";

/** The series of one attribute set in each store. Filters and limits are applied once, when it is bound. */
export class Binding {
  readonly #recording: MeasurementSink;
  readonly #attributes: Attributes;
  readonly #parts: number;
  // Two arrays of equal length: the stores, and the handle to the series in each of them.
  #stores: readonly RecordedStore[] = [];
  #handles: readonly Handle[] = [];
  #isShownEmpty = false;
  readonly #onHandle: (handle: Handle) => void;
  readonly #forget: () => void;

  /**
   * @param onHandle called with the handle to record into: now, when readers are added, and at the provider's
   * shutdown.
   * @param parts see `BindableRecorder.bind`; 1 for instruments of whole numbers.
   */
  constructor(
    recording: MeasurementSink,
    attributes: Attributes | undefined,
    parts: number,
    onHandle: (handle: Handle) => void,
  ) {
    this.#recording = recording;
    this.#parts = parts;
    this.#attributes = copyOfAttributes(attributes);
    this.#onHandle = onHandle;
    this.#forget = recording.onChange(() => this.#refresh());
    recording.sampling.refresh();
    this.#refresh();
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

  /** Exports the series to all present and later readers even if nothing is recorded in it. */
  showEmpty(): void {
    this.#isShownEmpty = true;
    for (const [i, { row }] of this.#handles.entries()) if (row !== NO_ROW) this.#stores[i]?.showEmpty(row);
  }

  /** Releases the series. Later measurements look up the series each time, like those of unbound instruments. */
  release(): void {
    this.#forget();
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

  // A series that is already bound keeps its handle.
  #refresh(): void {
    const { stores } = this.#recording;
    const bound = (store: RecordedStore): Handle =>
      this.#handles[this.#stores.indexOf(store)] ??
      this.#recording.bind(store, this.#attributes, this.#parts);
    this.#handles = stores.map(bound);
    this.#stores = stores;
    this.#onHandle(this.#recording.typedHandle(oneHandle(this.#handles)));
    if (this.#isShownEmpty) this.showEmpty();
  }
}
