// Synchronous instruments that never throw. Invalid measurements are dropped and counted; invalid labels are left
// out.
import type { Attributes, Context, Counter, Gauge, Histogram } from "@opentelemetry/api";
import { cleanAttributes } from "./attributes.ts";
import { boundCounter, type BoundCounter, boundNanos, boundRecorder, type BoundRecorder } from "./bind.ts";
import type { DropReason, DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";

abstract class Guarded<Instrument> {
  readonly #name: string;
  readonly #dropped: DroppedMeasurements;
  readonly #make: () => Instrument | undefined;
  readonly #onBadLabel: (key: string) => void;
  #instrument: Instrument | undefined;

  constructor(name: string, dropped: DroppedMeasurements, make: () => Instrument | undefined) {
    this.#name = name;
    this.#dropped = dropped;
    this.#make = make;
    this.#onBadLabel = (key) => dropped.label(name, "invalid", key);
  }

  protected instrument(): Instrument | undefined {
    return (this.#instrument ??= this.#make());
  }

  protected clean(attributes: Attributes | undefined): Attributes | undefined {
    return cleanAttributes(attributes, this.#onBadLabel);
  }

  /** @internal Drops an invalid value. */
  refuse(value: unknown): void {
    refuseAmount(this.#dropped, this.#name, value);
  }
}

/** A counter of a facade. Drops negative, NaN, infinite and non-numeric values. */
export class GuardedCounter extends Guarded<Counter> implements Counter {
  add(value: number, attributes?: Attributes, context?: Context): void {
    if (isAmount(value)) this.instrument()?.add(value, this.clean(attributes), context);
    else this.refuse(value);
  }

  /** Returns a handle for one attribute set. It looks nothing up if the engine can bind. */
  bind(attributes: Attributes): BoundCounter {
    const clean = Object.freeze({ ...this.clean(attributes) });
    return new LateCounter(this, () => {
      const counter = this.instrument();
      return counter && boundCounter(counter, clean);
    });
  }
}

/** A histogram of a facade. Drops negative, NaN, infinite and non-numeric values. */
export class GuardedHistogram extends Guarded<Histogram> implements Histogram {
  record(value: number, attributes?: Attributes, context?: Context): void {
    if (isAmount(value)) this.instrument()?.record(value, this.clean(attributes), context);
    else this.refuse(value);
  }

  bind(attributes: Attributes): BoundRecorder {
    return this.#bound(attributes, boundRecorder);
  }

  /** Like `bind`, for durations in nanoseconds: see {@link boundNanos}. */
  bindNanos(attributes: Attributes): BoundRecorder {
    return this.#bound(attributes, boundNanos);
  }

  #bound(attributes: Attributes, bind: typeof boundNanos): BoundRecorder {
    const clean = Object.freeze({ ...this.clean(attributes) });
    return new LateRecorder(this, () => {
      const histogram = this.instrument();
      return histogram && bind(histogram, clean);
    });
  }
}

/** A gauge of a facade. Keeps NaN and infinities, as gauges do; drops values that are not numbers. */
export class GuardedGauge extends Guarded<Gauge> implements Gauge {
  record(value: number, attributes?: Attributes, context?: Context): void {
    if (typeof value === "number") this.instrument()?.record(value, this.clean(attributes), context);
    else this.refuse(value);
  }
}

// Handles created at first use. Two classes without a common base, so that V8 inlines each: 1 ns a call.
class LateCounter implements BoundCounter {
  readonly #counter: Guarded<Counter>;
  readonly #make: () => BoundCounter | undefined;
  #handle: BoundCounter | undefined;

  constructor(counter: Guarded<Counter>, make: () => BoundCounter | undefined) {
    this.#counter = counter;
    this.#make = make;
  }

  add(value: number): void {
    if (isAmount(value)) (this.#handle ??= this.#make())?.add(value);
    else this.#counter.refuse(value);
  }
}

class LateRecorder implements BoundRecorder {
  readonly #histogram: Guarded<Histogram>;
  readonly #make: () => BoundRecorder | undefined;
  #handle: BoundRecorder | undefined;

  constructor(histogram: Guarded<Histogram>, make: () => BoundRecorder | undefined) {
    this.#histogram = histogram;
    this.#make = make;
  }

  record(value: number): void {
    if (isAmount(value)) (this.#handle ??= this.#make())?.record(value);
    else this.#histogram.refuse(value);
  }
}

/** Whether `value` is valid for a sum or a histogram. */
export function isAmount(value: unknown): boolean {
  // Two comparisons accept every valid value; NaN and other types fail one.
  return typeof value === "number" && value >= 0 && value < Infinity;
}

/** Reason to drop `value` from a sum or a histogram; `undefined` if it is valid. */
export function refusalOfAmount(value: unknown): DropReason | undefined {
  if (isAmount(value)) return undefined;
  if (typeof value !== "number" || Number.isNaN(value)) return "not_a_number";
  return Number.isFinite(value) ? "negative" : "not_finite";
}

/** Drops `value` of `instrument` if it is invalid for a sum or a histogram. */
export function refuseAmount(dropped: DroppedMeasurements, instrument: string, value: unknown): void {
  const reason = refusalOfAmount(value);
  if (reason !== undefined) dropped.measurement(instrument, reason, value);
}
