/** What stands behind a bound instrument: its series in each store, held until released. */
import type { Attributes, Context } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import { oneHandle } from "../stores/recorders.ts";
import { type Handle, NO_ROW } from "../stores/store.ts";
import type { RecordedStore } from "../streams/stream-store.ts";
import type { Recording } from "./recording.ts";

/** The series of one attribute set. Filters and limits are applied when they are bound, in each store once. */
export class Binding {
  readonly #recording: Recording;
  readonly #attributes: Attributes;
  readonly #handles = new Map<RecordedStore, Handle>();
  // Of the handles, in two lists that are walked without garbage.
  #rows: readonly number[] = [];
  #exemplars: readonly SeriesExemplars[] = [];
  readonly #onHandle: (handle: Handle) => void;
  readonly #forget: () => void;

  /** @param onHandle given what to record into, now and whenever readers were added or the provider is shut down. */
  constructor(recording: Recording, attributes: Attributes | undefined, onHandle: (handle: Handle) => void) {
    this.#recording = recording;
    this.#attributes = copyOfAttributes(attributes);
    this.#onHandle = onHandle;
    this.#forget = recording.onChange(() => this.#refresh());
    recording.sampling.refresh();
    this.#refresh();
  }

  /** Offers a measurement that was just recorded to the reservoirs of its series. */
  sample(value: number, given: Context | undefined): void {
    const context = this.#recording.sampling.eligibleContext(given);
    if (context === undefined) return;
    for (let i = 0; i < this.#rows.length; i++)
      this.#exemplars[i]!.offer(this.#rows[i]!, value, this.#attributes, context);
  }

  /** Lets go of the series. Who records nevertheless is looked up each time, like everybody else. */
  release(): void {
    this.#forget();
    for (const handle of this.#handles.values()) handle.release();
    this.#handles.clear();
    this.#rows = [];
    const recording = this.#recording;
    this.#onHandle({
      row: NO_ROW,
      record: (value) => {
        recording.recorder.record(value, this.#attributes, undefined);
      },
      release() {},
    });
  }

  #refresh(): void {
    const { stores } = this.#recording;
    for (const store of stores)
      if (!this.#handles.has(store)) this.#handles.set(store, store.recorder.bind(this.#attributes));
    for (const store of this.#handles.keys()) if (!stores.includes(store)) this.#handles.delete(store);
    const kept = [...this.#handles].filter(([, { row }]) => row !== NO_ROW);
    this.#rows = kept.map(([, { row }]) => row);
    this.#exemplars = kept.map(([store]) => store.exemplars);
    this.#onHandle(this.#recording.typedHandle(oneHandle([...this.#handles.values()])));
  }
}
