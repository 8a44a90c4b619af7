// One facade's door to OpenTelemetry: a meter that is found when it is first needed, and instruments that take
// anything a caller may pass.
import type { Meter, MeterProvider, MetricOptions } from "@opentelemetry/api";
import { LateMeter } from "../events/late-meter.ts";
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
  readonly drops: Drops;
  readonly #meter: LateMeter;
  readonly #waiting: ((meter: Meter) => void)[] = [];

  /** @param scope name of the instrumentation scope, such as `tachymeter.messaging`. */
  constructor(scope: string, options: FacadeOptions = {}) {
    this.#meter = new LateMeter(scope, options.meterProvider);
    const telemetry = new LateMeter("tachymeter.telemetry", options.meterProvider);
    this.drops = new Drops(() => telemetry.get());
  }

  /** The meter, or `undefined` as long as there is no provider. Cheap once found: call it at every use. */
  meter(): Meter | undefined {
    const meter = this.#meter.get();
    if (meter !== undefined && this.#waiting.length > 0) {
      for (const register of this.#waiting.splice(0)) register(meter);
    }
    return meter;
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
}
