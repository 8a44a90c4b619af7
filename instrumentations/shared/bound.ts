// Instruments with their attributes fixed, of any SDK.
import type { Attributes, Counter, Histogram } from "@opentelemetry/api";

/** A counter with its attributes fixed. */
export interface BoundCounter {
  add(value: number): void;
}

/** A histogram with its attributes fixed. */
export interface BoundHistogram {
  record(value: number): void;
}

/** A handle for one attribute set, which looks nothing up if the SDK can bind. */
export function boundCounter(counter: Counter, attributes: Attributes): BoundCounter {
  if (canBind<BoundCounter>(counter)) return counter.bind(attributes);
  return { add: (value) => counter.add(value, attributes) };
}

/** A handle for one attribute set, which looks nothing up if the SDK can bind. */
export function boundHistogram(histogram: Histogram, attributes: Attributes): BoundHistogram {
  if (canBind<BoundHistogram>(histogram)) return histogram.bind(attributes);
  return { record: (value) => histogram.record(value, attributes) };
}

// Our engine's instruments have it beyond the API; upstream's do not.
interface Bindable<Handle> {
  bind(attributes: Attributes): Handle;
}

function canBind<Handle>(instrument: object): instrument is Bindable<Handle> {
  return "bind" in instrument && typeof instrument.bind === "function";
}
