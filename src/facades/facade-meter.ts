// One facade's door to OpenTelemetry: a meter that is found when it is first needed, and instruments that take
// anything a caller may pass.
import {
  createNoopMeter,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  metrics,
} from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import { Drops } from "./drops.ts";
import { GuardedCounter, GuardedGauge, GuardedHistogram } from "./guarded-instruments.ts";

/** What every facade takes. */
export interface FacadeOptions {
  /**
   * Where the facade's instruments are made. Without it the global provider is looked up at first use, and again
   * until one is registered, so a facade may be made before `start()`.
   */
  readonly meterProvider?: MeterProvider | undefined;
}

/** The boundaries, in seconds, of every duration histogram: OTel's own defaults are meant for milliseconds. */
export const SECONDS_BOUNDARIES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * Makes one facade's instruments. They never throw, whatever they are given; what they drop is counted on the same
 * provider and logged once.
 */
export class FacadeMeter {
  readonly drops: Drops = new Drops(() => this.#telemetryMeter());
  readonly #scope: string;
  readonly #given: MeterProvider | undefined;
  readonly #waiting: ((meter: Meter) => void)[] = [];
  #provider: MeterProvider | undefined;
  #meter: Meter | undefined;

  /** @param scope name of the instrumentation scope, such as `tachymeter.messaging`. */
  constructor(scope: string, options: FacadeOptions = {}) {
    this.#scope = scope;
    this.#given = options.meterProvider;
  }

  /** The meter, or `undefined` as long as there is no provider. Cheap once found: call it at every use. */
  meter(): Meter | undefined {
    return this.#meter ?? this.#find();
  }

  counter(name: string, options: MetricOptions): GuardedCounter {
    return new GuardedCounter(name, this.drops, () => this.meter()?.createCounter(name, options));
  }

  histogram(name: string, options: MetricOptions): GuardedHistogram {
    return new GuardedHistogram(name, this.drops, () => this.meter()?.createHistogram(name, options));
  }

  /** A histogram of seconds, with `SECONDS_BOUNDARIES` as its advice. */
  durations(name: string, description: string): GuardedHistogram {
    return this.histogram(name, {
      unit: "s",
      description,
      advice: { explicitBucketBoundaries: [...SECONDS_BOUNDARIES] },
    });
  }

  gauge(name: string, options: MetricOptions): GuardedGauge {
    return new GuardedGauge(name, this.drops, () => this.meter()?.createGauge(name, options));
  }

  /** Has `register` make observable instruments: now, or as soon as a provider is found. */
  observe(register: (meter: Meter) => void): void {
    const meter = this.meter();
    if (meter === undefined) this.#waiting.push(register);
    else register(meter);
  }

  #find(): Meter | undefined {
    const provider = this.#given ?? metrics.getMeterProvider();
    const meter = provider.getMeter(this.#scope, VERSION);
    if (this.#given === undefined && meter === NOOP_METER) return undefined;
    this.#provider = provider;
    this.#meter = meter;
    for (const register of this.#waiting.splice(0)) register(meter);
    return meter;
  }

  #telemetryMeter(): Meter | undefined {
    this.meter();
    return this.#provider?.getMeter("tachymeter.telemetry", VERSION);
  }
}

// The API hands out one no-op meter for ever, and offers no other way to see that no provider is registered.
const NOOP_METER: Meter = createNoopMeter();
