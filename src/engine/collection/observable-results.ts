/** What callbacks are given to observe with. It works until the call is over; what is observed later is left out. */
import type { Attributes, BatchObservableResult, Observable, ObservableResult } from "@opentelemetry/api";
import type { ObservationSink } from "./observation-sink.ts";

/** A result that takes nothing any more once it is closed. */
export interface ClosableResult {
  /** Ends it. */
  close(): void;
}

/** Given to a callback of one instrument. */
export class SingleResult implements ObservableResult, ClosableResult {
  #sink: ObservationSink | undefined;

  constructor(sink: ObservationSink) {
    this.#sink = sink;
  }

  /** Observes `value` for the series of `attributes`. */
  observe(value: number, attributes?: Attributes): void {
    this.#sink?.observe(value, attributes);
  }

  close(): void {
    this.#sink = undefined;
  }
}

/** Given to a callback of several instruments. */
export class BatchResult implements BatchObservableResult, ClosableResult {
  #sinks: ReadonlyMap<Observable, ObservationSink> | undefined;

  constructor(sinks: ReadonlyMap<Observable, ObservationSink>) {
    this.#sinks = sinks;
  }

  /** Observes `value` for the series of `attributes` of `metric`, which must be one of the callback's instruments. */
  observe(metric: Observable, value: number, attributes?: Attributes): void {
    this.#sinks?.get(metric)?.observe(value, attributes);
  }

  close(): void {
    this.#sinks = undefined;
  }
}
