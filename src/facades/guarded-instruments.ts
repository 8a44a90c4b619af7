// Synchronous instruments that never throw: a bad measurement is dropped and counted, a bad label is lost alone.
import type { Attributes, Context, Counter, Gauge, Histogram } from "@opentelemetry/api";
import { cleanAttributes } from "./attributes.ts";
import type { DropReason, Drops } from "./drops.ts";

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
  /** Lets an engine that can free the series do so. */
  release(): void;
}

// What an engine beyond the API offers on its instruments; upstream's SDK has none of it.
interface Bindable<Handle> {
  bind(attributes: Attributes): Handle;
}

/** A counter of a facade. Drops negative, NaN, infinite and non-numeric values. */
export class GuardedCounter implements Counter {
  readonly #name: string;
  readonly #drops: Drops;
  readonly #make: () => Counter | undefined;
  readonly #onBadLabel: (key: string) => void;
  #counter: Counter | undefined;

  constructor(name: string, drops: Drops, make: () => Counter | undefined) {
    this.#name = name;
    this.#drops = drops;
    this.#make = make;
    this.#onBadLabel = (key) => drops.label(name, "invalid", key);
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    const reason = refusalOfAmount(value);
    if (reason !== undefined) return this.#drops.measurement(this.#name, reason, value);
    (this.#counter ??= this.#make())?.add(value, cleanAttributes(attributes, this.#onBadLabel), context);
  }

  /** A handle for one attribute set, which looks nothing up where the engine can bind. */
  bind(attributes: Attributes): BoundCounter {
    const clean = Object.freeze({ ...cleanAttributes(attributes, this.#onBadLabel) });
    let handle: BoundCounter | undefined;
    const find = (): BoundCounter | undefined => {
      const counter = (this.#counter ??= this.#make());
      if (counter === undefined) return undefined;
      return canBind<BoundCounter>(counter)
        ? counter.bind(clean)
        : { add: (value) => counter.add(value, clean), release: () => {} };
    };
    return {
      add: (value) => {
        const reason = refusalOfAmount(value);
        if (reason !== undefined) return this.#drops.measurement(this.#name, reason, value);
        (handle ??= find())?.add(value);
      },
      release: () => handle?.release(),
    };
  }
}

/** A histogram of a facade. Drops negative, NaN, infinite and non-numeric values. */
export class GuardedHistogram implements Histogram {
  readonly #name: string;
  readonly #drops: Drops;
  readonly #make: () => Histogram | undefined;
  readonly #onBadLabel: (key: string) => void;
  #histogram: Histogram | undefined;

  constructor(name: string, drops: Drops, make: () => Histogram | undefined) {
    this.#name = name;
    this.#drops = drops;
    this.#make = make;
    this.#onBadLabel = (key) => drops.label(name, "invalid", key);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    const reason = refusalOfAmount(value);
    if (reason !== undefined) return this.#drops.measurement(this.#name, reason, value);
    (this.#histogram ??= this.#make())?.record(value, cleanAttributes(attributes, this.#onBadLabel), context);
  }

  /** A handle for one attribute set, which looks nothing up where the engine can bind. */
  bind(attributes: Attributes): BoundRecorder {
    const clean = Object.freeze({ ...cleanAttributes(attributes, this.#onBadLabel) });
    let handle: BoundRecorder | undefined;
    const find = (): BoundRecorder | undefined => {
      const histogram = (this.#histogram ??= this.#make());
      if (histogram === undefined) return undefined;
      return canBind<BoundRecorder>(histogram)
        ? histogram.bind(clean)
        : { record: (value) => histogram.record(value, clean), release: () => {} };
    };
    return {
      record: (value) => {
        const reason = refusalOfAmount(value);
        if (reason !== undefined) return this.#drops.measurement(this.#name, reason, value);
        (handle ??= find())?.record(value);
      },
      release: () => handle?.release(),
    };
  }
}

/** A gauge of a facade. Keeps NaN and infinities, as gauges do; drops what is no number at all. */
export class GuardedGauge implements Gauge {
  readonly #name: string;
  readonly #drops: Drops;
  readonly #make: () => Gauge | undefined;
  readonly #onBadLabel: (key: string) => void;
  #gauge: Gauge | undefined;

  constructor(name: string, drops: Drops, make: () => Gauge | undefined) {
    this.#name = name;
    this.#drops = drops;
    this.#make = make;
    this.#onBadLabel = (key) => drops.label(name, "invalid", key);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    if (typeof value !== "number") return this.#drops.measurement(this.#name, "not_a_number", value);
    (this.#gauge ??= this.#make())?.record(value, cleanAttributes(attributes, this.#onBadLabel), context);
  }
}

/** Why a sum or a histogram cannot take `value`, or `undefined` where it can. */
export function refusalOfAmount(value: unknown): DropReason | undefined {
  // One comparison lets every good value through; NaN and other types fail it.
  if (typeof value === "number" && value >= 0 && value < Infinity) return undefined;
  if (typeof value !== "number" || Number.isNaN(value)) return "not_a_number";
  return Number.isFinite(value) ? "negative" : "not_finite";
}

function canBind<Handle>(instrument: object): instrument is Bindable<Handle> {
  return "bind" in instrument && typeof instrument.bind === "function";
}
