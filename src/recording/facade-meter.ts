// One facade's door to OpenTelemetry: a meter that is found when it is first needed, and instruments that take
// anything a caller may pass.
import type { Meter, MeterProvider, MetricOptions } from "@opentelemetry/api";
import { LateMeter } from "../events/late-meter.ts";
import { Drops } from "./drops.ts";
import { GuardedCounter, GuardedGauge, GuardedHistogram } from "./guarded-instruments.ts";
import {
  isInFront,
  type KindOfState,
  type Shared,
  type SharedState,
  StateOfProviders,
} from "./shared-state.ts";

/** What every facade takes. */
export interface FacadeOptions {
  /**
   * Where the facade's instruments are made. Without it the global provider is looked up at first use, and again
   * until one is registered, so a facade may be made before `start()`.
   */
  readonly meterProvider?: MeterProvider | undefined;
}

type Register = (meter: Meter, provider: MeterProvider) => void;

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
  readonly #waiting: Register[] = [];

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
      const { provider } = this.#meter;
      for (const register of this.#waiting.splice(0)) if (provider !== undefined) register(meter, provider);
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
  observe(register: Register): void {
    this.#waiting.push(register);
    this.meter();
  }

  /**
   * Has all facades of a kind on one provider use one state, which is observed once. Until it finds the provider, the
   * facade has a state of its own, made of `given`.
   */
  share<State extends SharedState, Given extends readonly unknown[]>(
    kind: KindOfState<State, Given>,
    ...given: Given
  ): Shared<State> {
    const states = StateOfProviders.of(kind);
    const shared = { state: states.create(...given) };
    const adopt = (provider: MeterProvider): void => {
      shared.state = states.join(provider, shared.state);
    };
    this.observe((meter, provider) => {
      if (isInFront(provider)) {
        // Until it finds the one behind it, each facade has a state of its own to show in its snapshot.
        states.observe(meter, shared);
        provider.whenFound(adopt);
      } else {
        adopt(provider);
        states.observeOnce(provider, meter, shared);
      }
    });
    return shared;
  }
}
