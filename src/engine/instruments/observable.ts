/** Instruments that are read by callbacks, at each collection. */
import type { Observable, ObservableCallback } from "@opentelemetry/api";
import type { CallbackRegistry } from "../callbacks/callback-registry.ts";
import type { Stream } from "../streams/stream.ts";
import type { InstrumentDescriptor } from "./descriptor.ts";

/** An observable counter, up-down counter or gauge. */
export class ObservableInstrument implements Observable {
  /** @internal */
  readonly descriptor: InstrumentDescriptor;
  /** @internal */
  readonly streams: readonly Stream[];
  readonly #callbacks: CallbackRegistry;

  constructor(descriptor: InstrumentDescriptor, streams: readonly Stream[], callbacks: CallbackRegistry) {
    this.descriptor = descriptor;
    this.streams = streams;
    this.#callbacks = callbacks;
  }

  /** Has `callback` called at each collection, to observe this instrument. A second time it is not added. */
  addCallback(callback: ObservableCallback): void {
    this.#callbacks.add(callback, this);
  }

  /** Ends the calls of `callback` for this instrument. */
  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.remove(callback, this);
  }
}
