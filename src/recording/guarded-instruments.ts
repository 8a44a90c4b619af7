// Synchronous instruments that never throw: a bad measurement is dropped and counted, a bad label is lost alone.
import type { Attributes, Context, Counter, Gauge, Histogram } from "@opentelemetry/api";
import { cleanAttributes } from "./attributes.ts";
import { boundCounter, type BoundCounter, boundRecorder, type BoundRecorder } from "./bind.ts";
import type { DropReason, DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";

/** A counter of a facade. Drops negative, NaN, infinite and non-numeric values. */
export class GuardedCounter implements Counter {
  readonly #name: string;
  readonly #dropped: DroppedMeasurements;
  readonly #make: () => Counter | undefined;
  readonly #onBadLabel: (key: string) => void;
  #counter: Counter | undefined;

  constructor(name: string, dropped: DroppedMeasurements, make: () => Counter | undefined) {
    this.#name = name;
    this.#dropped = dropped;
    this.#make = make;
    this.#onBadLabel = (key) => dropped.label(name, "invalid", key);
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    if (!isAmount(value)) return refuseAmount(this.#dropped, this.#name, value);
    (this.#counter ??= this.#make())?.add(value, cleanAttributes(attributes, this.#onBadLabel), context);
  }

  /** A handle for one attribute set, which looks nothing up where the engine can bind. */
  bind(attributes: Attributes): BoundCounter {
    const clean = Object.freeze({ ...cleanAttributes(attributes, this.#onBadLabel) });
    return new LateCounter(
      () => {
        const counter = (this.#counter ??= this.#make());
        return counter && boundCounter(counter, clean);
      },
      (value) => refuseAmount(this.#dropped, this.#name, value),
    );
  }
}

/** A histogram of a facade. Drops negative, NaN, infinite and non-numeric values. */
export class GuardedHistogram implements Histogram {
  readonly #name: string;
  readonly #dropped: DroppedMeasurements;
  readonly #make: () => Histogram | undefined;
  readonly #onBadLabel: (key: string) => void;
  #histogram: Histogram | undefined;

  constructor(name: string, dropped: DroppedMeasurements, make: () => Histogram | undefined) {
    this.#name = name;
    this.#dropped = dropped;
    this.#make = make;
    this.#onBadLabel = (key) => dropped.label(name, "invalid", key);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    if (!isAmount(value)) return refuseAmount(this.#dropped, this.#name, value);
    (this.#histogram ??= this.#make())?.record(value, cleanAttributes(attributes, this.#onBadLabel), context);
  }

  /** A handle for one attribute set, which looks nothing up where the engine can bind. */
  bind(attributes: Attributes): BoundRecorder {
    const clean = Object.freeze({ ...cleanAttributes(attributes, this.#onBadLabel) });
    return new LateRecorder(
      () => {
        const histogram = (this.#histogram ??= this.#make());
        return histogram && boundRecorder(histogram, clean);
      },
      (value) => refuseAmount(this.#dropped, this.#name, value),
    );
  }
}

/** A gauge of a facade. Keeps NaN and infinities, as gauges do; drops what is no number at all. */
export class GuardedGauge implements Gauge {
  readonly #name: string;
  readonly #dropped: DroppedMeasurements;
  readonly #make: () => Gauge | undefined;
  readonly #onBadLabel: (key: string) => void;
  #gauge: Gauge | undefined;

  constructor(name: string, dropped: DroppedMeasurements, make: () => Gauge | undefined) {
    this.#name = name;
    this.#dropped = dropped;
    this.#make = make;
    this.#onBadLabel = (key) => dropped.label(name, "invalid", key);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    if (typeof value !== "number") return this.#dropped.measurement(this.#name, "not_a_number", value);
    (this.#gauge ??= this.#make())?.record(value, cleanAttributes(attributes, this.#onBadLabel), context);
  }
}

// Handles that are made at their first use, since there may be no provider before. Classes, not objects with closures:
// of a class V8 knows which function is called, whatever the handle, and puts it in line.
class LateCounter implements BoundCounter {
  readonly #make: () => BoundCounter | undefined;
  readonly #refuse: (value: unknown) => void;
  #handle: BoundCounter | undefined;

  constructor(make: () => BoundCounter | undefined, refuse: (value: unknown) => void) {
    this.#make = make;
    this.#refuse = refuse;
  }

  add(value: number): void {
    if (isAmount(value)) (this.#handle ??= this.#make())?.add(value);
    else this.#refuse(value);
  }

  release(): void {
    this.#handle?.release();
  }
}

class LateRecorder implements BoundRecorder {
  readonly #make: () => BoundRecorder | undefined;
  readonly #refuse: (value: unknown) => void;
  #handle: BoundRecorder | undefined;

  constructor(make: () => BoundRecorder | undefined, refuse: (value: unknown) => void) {
    this.#make = make;
    this.#refuse = refuse;
  }

  record(value: number): void {
    if (isAmount(value)) (this.#handle ??= this.#make())?.record(value);
    else this.#refuse(value);
  }

  release(): void {
    this.#handle?.release();
  }
}

/** Whether a sum or a histogram can take `value`. */
export function isAmount(value: unknown): boolean {
  // Two comparisons let every good value through; NaN and other types fail one.
  return typeof value === "number" && value >= 0 && value < Infinity;
}

/** Why a sum or a histogram cannot take `value`, or `undefined` where it can. */
export function refusalOfAmount(value: unknown): DropReason | undefined {
  if (isAmount(value)) return undefined;
  if (typeof value !== "number" || Number.isNaN(value)) return "not_a_number";
  return Number.isFinite(value) ? "negative" : "not_finite";
}

/** Drops a `value` of `instrument` that is no amount. */
export function refuseAmount(dropped: DroppedMeasurements, instrument: string, value: unknown): void {
  const reason = refusalOfAmount(value);
  if (reason !== undefined) dropped.measurement(instrument, reason, value);
}
