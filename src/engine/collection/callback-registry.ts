/** The callbacks of a meter's observable instruments. */
import {
  type BatchObservableCallback,
  diag,
  type Observable,
  type ObservableCallback,
} from "@opentelemetry/api";
import { type CallbackHome, ObservableInstrument } from "../instruments/observable.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { ReaderChoices } from "../streams/reader-choices.ts";
import type { Stream } from "../streams/stream.ts";
import { CallbackCall, type CallHistory } from "./callback-call.ts";
import { ObservationSink, BatchResult, SingleResult } from "./observation-sink.ts";

interface SingleRegistration {
  readonly callback: ObservableCallback;
  readonly instrument: ObservableInstrument;
  readonly history: CallHistory;
}

interface BatchRegistration {
  readonly callback: BatchObservableCallback;
  readonly instruments: ReadonlySet<ObservableInstrument>;
  readonly history: CallHistory;
}

/** Which callbacks there are, and what they observe. */
export class CallbackRegistry implements CallbackHome {
  readonly #context: ProviderContext;
  readonly #singles: SingleRegistration[] = [];
  readonly #batches: BatchRegistration[] = [];

  constructor(context: ProviderContext) {
    this.#context = context;
  }

  /** Adds a callback of one instrument, if it is not there yet. */
  add(callback: ObservableCallback, instrument: ObservableInstrument): void {
    if (!isFunction(callback) || this.#indexOf(callback, instrument) >= 0) return;
    this.#singles.push({ callback, instrument, history: { overdue: 0, isAsync: false } });
  }

  /** Removes a callback of one instrument, if it is there. */
  remove(callback: ObservableCallback, instrument: ObservableInstrument): void {
    const index = this.#indexOf(callback, instrument);
    if (index >= 0) this.#singles.splice(index, 1);
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
    if (!isFunction(callback) || this.#indexOfBatch(callback, instruments) >= 0) return;
    this.#batches.push({ callback, instruments, history: { overdue: 0, isAsync: false } });
  }

  /** Removes a callback of just these instruments, if it is there. */
  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const index = this.#indexOfBatch(callback, ownAmong(observables));
    if (index >= 0) this.#batches.splice(index, 1);
  }

  /**
   * Calls all callbacks for one reader, and answers the calls, of which some may still run.
   *
   * @param canWait false leaves out callbacks that are known to answer with promises.
   * @param isCollected whether the reader collects a stream: callbacks that observe no such stream are left out.
   */
  call(
    reader: ReaderChoices,
    canWait: boolean,
    isCollected: (stream: Stream) => boolean,
  ): readonly CallbackCall[] {
    const isCalled = ({ history }: { readonly history: CallHistory }): boolean => canWait || !history.isAsync;
    const isObserved = ({ streams }: ObservableInstrument): boolean =>
      streams.length === 0 || streams.some(isCollected);
    const { dropped } = this.#context;
    const sinkFor = (instrument: ObservableInstrument): ObservationSink =>
      new ObservationSink(instrument, reader, this.#context, isCollected);
    const calledSingles = this.#singles.filter((each) => isCalled(each) && isObserved(each.instrument));
    const singles = calledSingles.map(({ callback, instrument, history }) => {
      const sinks = [sinkFor(instrument)] as const;
      const result = new SingleResult(sinks[0]);
      const instruments = instrument.descriptor.name;
      return new CallbackCall({
        instruments,
        call: () => callback(result),
        result,
        sinks,
        history,
        dropped,
      });
    });
    const calledBatches = this.#batches.filter(
      (each) => isCalled(each) && [...each.instruments].some(isObserved),
    );
    const batches = calledBatches.map(({ callback, instruments: observed, history }) => {
      const sinkOf = new Map<Observable, ObservationSink>();
      for (const instrument of observed) sinkOf.set(instrument, sinkFor(instrument));
      const sinks = [...sinkOf.values()];
      const result = new BatchResult(sinkOf);
      const instruments = [...observed].map((instrument) => instrument.descriptor.name).join(", ");
      return new CallbackCall({
        instruments,
        call: () => callback(result),
        result,
        sinks,
        history,
        dropped,
      });
    });
    return [...singles, ...batches];
  }

  #indexOf(callback: ObservableCallback, instrument: ObservableInstrument): number {
    return this.#singles.findIndex((entry) => entry.callback === callback && entry.instrument === instrument);
  }

  #indexOfBatch(callback: BatchObservableCallback, instruments: ReadonlySet<Observable>): number {
    return this.#batches.findIndex(
      (entry) => entry.callback === callback && hasSame(entry.instruments, instruments),
    );
  }
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
