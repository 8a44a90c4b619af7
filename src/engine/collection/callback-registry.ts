import {
  type Attributes,
  type BatchObservableCallback,
  diag,
  type Observable,
  type ObservableCallback,
} from "@opentelemetry/api";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { ReaderChoices } from "../streams/reader-choices.ts";
import type { Stream } from "../streams/stream.ts";
import { CallbackCall, type CallHistory, type CallOptions } from "./callback-call.ts";
import { ObservationSink, BatchResult, SingleResult } from "./observation-sink.ts";

/** An observable counter, up-down counter or gauge. */
export class ObservableInstrument<
  AttributesTypes extends Attributes = Attributes,
> implements Observable<AttributesTypes> {
  /** @internal */
  readonly descriptor: InstrumentDescriptor;
  /** @internal */
  readonly streams: readonly Stream[];
  readonly #callbacks: CallbackRegistry;

  /** @internal */
  constructor(descriptor: InstrumentDescriptor, streams: readonly Stream[], callbacks: CallbackRegistry) {
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

interface Registration {
  readonly callback: unknown;
  readonly instruments: ReadonlySet<ObservableInstrument>;
  readonly history: CallHistory;
  /** Prepares a call that observes into these sinks. */
  readonly prepare: (sinks: ReadonlyMap<Observable, ObservationSink>) => Pick<CallOptions, "call" | "result">;
}

export class CallbackRegistry {
  readonly #context: ProviderContext;
  readonly #singles: Registration[] = [];
  readonly #batches: Registration[] = [];

  constructor(context: ProviderContext) {
    this.#context = context;
  }

  add(callback: ObservableCallback, instrument: ObservableInstrument): void {
    added(this.#singles, callback, new Set([instrument]), (sinks) => {
      const result = new SingleResult(sinks.get(instrument));
      return { result, call: () => callback(result) };
    });
  }

  remove(callback: ObservableCallback, instrument: ObservableInstrument): void {
    removed(this.#singles, callback, new Set([instrument]));
  }

  /** Adds a callback of several instruments, if it is not there yet for just these. */
  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ownAmong(observables);
    if (instruments.size === 0) {
      diag.error(
        "batch callback: none of the given observables is an instrument of this SDK; give those that a meter of it has made",
      );
      return;
    }
    added(this.#batches, callback, instruments, (sinks) => {
      const result = new BatchResult(sinks);
      return { result, call: () => callback(result) };
    });
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    removed(this.#batches, callback, ownAmong(observables));
  }

  /** Calls all callbacks for one reader; without `canWait` only those that are not known to answer with promises. */
  call(
    reader: ReaderChoices,
    canWait: boolean,
    isCollected: (stream: Stream) => boolean,
  ): readonly CallbackCall[] {
    const isObserved = ({ streams }: ObservableInstrument): boolean =>
      streams.length === 0 || streams.some(isCollected);
    const called = [...this.#singles, ...this.#batches].filter(
      ({ history, instruments }) => (canWait || !history.isAsync) && [...instruments].some(isObserved),
    );
    return called.map(({ instruments, history, prepare }) => {
      const sinks = new Map<Observable, ObservationSink>();
      for (const instrument of instruments)
        sinks.set(instrument, new ObservationSink(instrument, reader, this.#context, isCollected));
      return new CallbackCall({
        ...prepare(sinks),
        instruments: [...instruments].map(({ descriptor }) => descriptor.name).join(", "),
        sinks: [...sinks.values()],
        history,
        dropped: this.#context.dropped,
      });
    });
  }
}

function added(
  all: Registration[],
  callback: unknown,
  instruments: Registration["instruments"],
  prepare: Registration["prepare"],
): void {
  if (!isFunction(callback) || indexIn(all, callback, instruments) >= 0) return;
  all.push({ callback, instruments, prepare, history: { overdue: 0, isAsync: false } });
}

function removed(all: Registration[], callback: unknown, instruments: Registration["instruments"]): void {
  const index = indexIn(all, callback, instruments);
  if (index >= 0) all.splice(index, 1);
}

function indexIn(all: readonly Registration[], callback: unknown, instruments: ReadonlySet<unknown>): number {
  return all.findIndex((each) => each.callback === callback && hasSame(each.instruments, instruments));
}

function isFunction(callback: unknown): boolean {
  if (typeof callback === "function") return true;
  diag.warn(`callback: it is ${callback === null ? "null" : `of type ${typeof callback}`}; give a function`);
  return false;
}

function ownAmong(observables: readonly Observable[]): ReadonlySet<ObservableInstrument> {
  const given = Array.isArray(observables) ? observables : [];
  return new Set(given.filter((observable) => observable instanceof ObservableInstrument));
}

function hasSame(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}
