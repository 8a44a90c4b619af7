import type { Attributes, Observable, ObservableCallback } from "@opentelemetry/api";
import type { Stream } from "../streams/stream.ts";
import type { InstrumentDescriptor } from "./descriptor.ts";

/** Where the callbacks of a meter's instruments are kept. */
export interface CallbackHome {
  add(callback: ObservableCallback, instrument: ObservableInstrument): void;
  remove(callback: ObservableCallback, instrument: ObservableInstrument): void;
}

/** An observable counter, up-down counter or gauge. */
export class ObservableInstrument<
  AttributesTypes extends Attributes = Attributes,
> implements Observable<AttributesTypes> {
  /** @internal */
  readonly descriptor: InstrumentDescriptor;
  /** @internal */
  readonly streams: readonly Stream[];
  readonly #callbacks: CallbackHome;

  /** @internal */
  constructor(descriptor: InstrumentDescriptor, streams: readonly Stream[], callbacks: CallbackHome) {
    this.descriptor = descriptor;
    this.streams = streams;
    this.#callbacks = callbacks;
  }

  /** Has `callback` called at each collection, to observe this instrument. A second time it is not added. */
  addCallback(callback: ObservableCallback<AttributesTypes>): void {
    this.#callbacks.add(callback, this);
  }

  /** Ends the calls of `callback` for this instrument. */
  removeCallback(callback: ObservableCallback<AttributesTypes>): void {
    this.#callbacks.remove(callback, this);
  }
}
