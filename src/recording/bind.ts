// Instruments with fixed attributes, under any SDK.
import type { Attributes, Counter, Gauge, Histogram } from "@opentelemetry/api";

/** A counter with its attributes settled once: see `bind` of the OpenTelemetry metrics SDK specification. */
export interface BoundCounter {
  /** Adds `value`; zero or more. */
  add(value: number): void;
  /** Lets an engine that can free the series do so. */
  release(): void;
}

/** A histogram or gauge with its attributes settled once. */
export interface BoundRecorder {
  /** Records `value`. */
  record(value: number): void;
  release(): void;
}

// What an engine beyond the API offers on its instruments; upstream's SDK has none of it.
interface Bindable<Handle> {
  bind(attributes: Attributes): Handle;
}

interface EmptySeries {
  showEmpty(): void;
}

/** A handle for one attribute set, which looks nothing up if the engine can bind. */
export function boundCounter(counter: Counter, attributes: Attributes): BoundCounter {
  if (canBind<BoundCounter>(counter)) return counter.bind(attributes);
  return { add: (value) => counter.add(value, attributes), release() {} };
}

export function boundRecorder(instrument: Histogram | Gauge, attributes: Attributes): BoundRecorder {
  if (canBind<BoundRecorder>(instrument)) return instrument.bind(attributes);
  return { record: (value) => instrument.record(value, attributes), release() {} };
}

/** Has the series without attributes exported before anything was recorded in it, if the engine can. */
export function showEmpty(histogram: Histogram): void {
  const handle = canBind<object>(histogram) ? histogram.bind({}) : {};
  if (canShowEmpty(handle)) handle.showEmpty();
}

function canBind<Handle>(instrument: object): instrument is Bindable<Handle> {
  return "bind" in instrument && typeof instrument.bind === "function";
}

function canShowEmpty(handle: object): handle is EmptySeries {
  return "showEmpty" in handle && typeof handle.showEmpty === "function";
}
