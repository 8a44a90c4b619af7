/** What stands behind a bound instrument: its series in each store, held until released. */
import type { Attributes, Context } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import { oneHandle } from "../aggregation/recorders.ts";
import { type Handle, NO_ROW } from "../aggregation/store.ts";
import type { RecordedStore } from "../streams/stream-store.ts";
import type { MeasurementSink } from "./measurement-sink.ts";

/** The series of one attribute set. Filters and limits are applied when they are bound, in each store once. */
export class Binding {
  readonly #recording: MeasurementSink;
  readonly #attributes: Attributes;
  // The stores and, beside each, the handle to its series.
  #stores: readonly RecordedStore[] = [];
  #handles: readonly Handle[] = [];
  #isShownEmpty = false;
  readonly #onHandle: (handle: Handle) => void;
  readonly #forget: () => void;

  /** @param onHandle given what to record into, now and whenever readers were added or the provider is shut down. */
  constructor(
    recording: MeasurementSink,
    attributes: Attributes | undefined,
    onHandle: (handle: Handle) => void,
  ) {
    this.#recording = recording;
    this.#attributes = copyOfAttributes(attributes);
    this.#onHandle = onHandle;
    this.#forget = recording.onChange(() => this.#refresh());
    recording.sampling.refresh();
    this.#refresh();
  }

  sample(given: number, within: Context | undefined): void {
    const context = this.#recording.sampling.eligibleContext(within);
    if (context === undefined) return;
    const value = this.#recording.typedValue(given);
    if (value === undefined) return;
    for (let i = 0; i < this.#handles.length; i++) {
      const { row } = this.#handles[i]!;
      const { exemplars, series } = this.#stores[i]!;
      if (row !== NO_ROW) exemplars.offer(row, value, this.#attributes, context, series);
    }
  }

  /** Has the series exported though nothing was recorded in it, to all readers, also to those that are added later. */
  showEmpty(): void {
    this.#isShownEmpty = true;
    for (const [i, { row }] of this.#handles.entries()) if (row !== NO_ROW) this.#stores[i]?.showEmpty(row);
  }

  /** Lets go of the series. Who records nevertheless is looked up each time, like everybody else. */
  release(): void {
    this.#forget();
    for (const handle of this.#handles) handle.release();
    this.#handles = [];
    const recording = this.#recording;
    this.#onHandle({
      row: NO_ROW,
      record: (value) => {
        recording.recorder.record(value, this.#attributes, undefined);
      },
      release() {},
    });
  }

  // A series that is bound already stays the one it is.
  #refresh(): void {
    const { stores } = this.#recording;
    const bound = (store: RecordedStore): Handle =>
      this.#handles[this.#stores.indexOf(store)] ?? store.recorder.bind(this.#attributes);
    this.#handles = stores.map(bound);
    this.#stores = stores;
    this.#onHandle(this.#recording.typedHandle(oneHandle(this.#handles)));
    if (this.#isShownEmpty) this.showEmpty();
  }
}
