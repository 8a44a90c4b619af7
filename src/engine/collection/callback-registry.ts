import {
  type Attributes,
  type BatchObservableCallback,
  diag,
  type Observable,
  type ObservableCallback,
} from "@opentelemetry/api";
import { firstNames } from "../../diagnostics/first-texts.ts";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { ReaderChoices } from "../streams/reader-choices.ts";
import type { Stream } from "../streams/stream.ts";
import { CallbackCall, type CallHistory, type CallOptions } from "./callback-call.ts";
import { ObservationSink, BatchResult, SingleResult } from "./observation-sink.ts";

// Host metrics have 70 in one callback.
const MAX_NAMES = 3;

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

  /** Registers `callback`, which observes this instrument at each collection. Adding it again has no effect. */
  addCallback(callback: ObservableCallback<AttributesTypes>): void {
    this.#callbacks.add(callback, this);
  }

  /** Removes `callback` from this instrument. */
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
  readonly #next: (() => void)[] = [];

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

  /** Adds a callback for several instruments, unless it is already registered for exactly these. */
  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ownAmong(observables);
    if (instruments.size === 0) {
      diag.error(
        "batch callback: observables must contain an instrument of this SDK; pass those that one of its meters has created",
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

  /** Calls `begin` once, at the beginning of the next collection. */
  beforeNext(begin: () => void): void {
    this.#next.push(begin);
  }

  /** Calls all callbacks for one reader. Without `canWait`, callbacks known to return promises are skipped. */
  call(
    reader: ReaderChoices,
    canWait: boolean,
    isCollected: (stream: Stream) => boolean,
  ): readonly CallbackCall[] {
    for (const begin of this.#next.splice(0)) begin();
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
        instruments: namesOf(instruments),
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
  diag.warn(
    `callback must be a function, got ${callback === null ? "null" : `a value of type ${typeof callback}`}`,
  );
  return false;
}

function ownAmong(observables: readonly Observable[]): ReadonlySet<ObservableInstrument> {
  const given = Array.isArray(observables) ? observables : [];
  return new Set(given.filter((observable) => observable instanceof ObservableInstrument));
}

function namesOf(instruments: ReadonlySet<ObservableInstrument>): string {
  return firstNames(
    Array.from(instruments, ({ descriptor }) => descriptor.name),
    MAX_NAMES,
  );
}

function hasSame(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}
