// Instruments with their attributes settled once, whichever SDK they are of.
import type { Attributes, Counter, Histogram } from "@opentelemetry/api";

/** A counter with its attributes settled. */
export interface BoundCounter {
  add(value: number): void;
}

/** A histogram with its attributes settled. */
export interface BoundHistogram {
  record(value: number): void;
}

/** A handle for one attribute set, which looks nothing up where the SDK can bind. */
export function boundCounter(counter: Counter, attributes: Attributes): BoundCounter {
  if (canBind<BoundCounter>(counter)) return counter.bind(attributes);
  return { add: (value) => counter.add(value, attributes) };
}

/** A handle for one attribute set, which looks nothing up where the SDK can bind. */
export function boundHistogram(histogram: Histogram, attributes: Attributes): BoundHistogram {
  if (canBind<BoundHistogram>(histogram)) return histogram.bind(attributes);
  return { record: (value) => histogram.record(value, attributes) };
}

// What an engine beyond the API offers on its instruments; upstream's SDK has none of it.
interface Bindable<Handle> {
  bind(attributes: Attributes): Handle;
}

function canBind<Handle>(instrument: object): instrument is Bindable<Handle> {
  return "bind" in instrument && typeof instrument.bind === "function";
}
