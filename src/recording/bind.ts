// Instruments with fixed attributes, under any SDK.
import type { Attributes, Counter, Gauge, Histogram, Meter } from "@opentelemetry/api";

/**
 * A counter with fixed attributes. It does not hold its series: a time to live may remove it, and a view's attribute
 * processors are applied to each measurement.
 */
export interface BoundCounter {
  /** Adds `value`, which must be at least 0. */
  add(value: number): void;
}

/** A histogram or gauge with fixed attributes. Like {@link BoundCounter}, it does not hold its series. */
export interface BoundRecorder {
  /** Records `value`. */
  record(value: number): void;
}

// Methods of our engine's instruments beyond the API. Upstream's SDK has none of them.
interface Bindable<Handle> {
  bindWeakly(attributes: Attributes, parts?: number): Handle;
}

interface BeginsFirst {
  beforeCollection(begin: () => void): void;
}

interface EmptySeries {
  showEmpty(): void;
}

/** Returns a handle for one attribute set. It looks nothing up if the engine can bind. */
export function boundCounter(counter: Counter, attributes: Attributes): BoundCounter {
  if (canBind<BoundCounter>(counter)) return counter.bindWeakly(attributes);
  return { add: (value) => counter.add(value, attributes) };
}

export function boundRecorder(instrument: Histogram | Gauge, attributes: Attributes): BoundRecorder {
  if (canBind<BoundRecorder>(instrument)) return instrument.bindWeakly(attributes);
  return { record: (value) => instrument.record(value, attributes) };
}

/**
 * Returns a handle that records durations in nanoseconds in a histogram of seconds. With our engine, whole numbers below 2 ** 31
 * (2 s) are recorded without garbage. V8 allocates a number with a fraction when it is passed to a function that is not
 * inlined: 16 B a message with RabbitMQ (`npm run bench:instrumentations`).
 */
export function boundNanos(histogram: Histogram, attributes: Attributes): BoundRecorder {
  if (canBind<BoundRecorder>(histogram)) return histogram.bindWeakly(attributes, 1e9);
  return { record: (nanos) => histogram.record(nanos / 1e9, attributes) };
}

/** Exports the series without attributes before anything is recorded in it. Other engines cannot for histograms. */
export function showEmpty(instrument: Counter | Histogram): void {
  if (canShowEmpty(instrument)) instrument.showEmpty();
  else if ("add" in instrument) instrument.add(0);
}

/** Calls `begin` after the current work, and also at a collection that begins earlier, if the engine can. */
export function beginSoon(meter: Meter, begin: () => void): void {
  if (canBeginFirst(meter)) meter.beforeCollection(begin);
  queueMicrotask(begin);
}

function canBind<Handle>(instrument: object): instrument is Bindable<Handle> {
  return "bindWeakly" in instrument && typeof instrument.bindWeakly === "function";
}

function canShowEmpty(instrument: object): instrument is EmptySeries {
  return "showEmpty" in instrument && typeof instrument.showEmpty === "function";
}

function canBeginFirst(meter: object): meter is BeginsFirst {
  return "beforeCollection" in meter && typeof meter.beforeCollection === "function";
}
