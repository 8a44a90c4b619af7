import type { Meter, MeterProvider } from "@opentelemetry/api";
import { LateMeter } from "../events/late-meter.ts";
import { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { nameFromGiven } from "./given-name.ts";
import { GuardedCounter, GuardedGauge, GuardedHistogram } from "./guarded-instruments.ts";
import {
  isInFront,
  type KindOfState,
  type Shared,
  type SharedState,
  StateOfProviders,
} from "./shared-state.ts";

/** Options of every facade. */
export interface FacadeOptions {
  /** Provider of the instruments. By default the global one, looked up at each use until one is registered. */
  readonly meterProvider?: MeterProvider | undefined;
}

type Register = (meter: Meter, provider: MeterProvider) => void;

/** Boundaries of duration histograms in seconds; OTel's defaults are for milliseconds. */
export const SECONDS_BOUNDARIES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * Creates a facade's instruments, which never throw. Dropped measurements are counted on the same provider, and
 * logged once.
 */
export class FacadeMeter {
  readonly dropped: DroppedMeasurements;
  readonly #meter: LateMeter;
  readonly #waiting: Register[] = [];

  /** @param scope name of the instrumentation scope, such as `tachymeter.messaging`. */
  constructor(scope: string, options: FacadeOptions = {}) {
    this.#meter = new LateMeter(scope, options.meterProvider);
    const telemetry = new LateMeter("tachymeter.telemetry", options.meterProvider);
    this.dropped = new DroppedMeasurements(() => telemetry.get());
  }

  /** Returns the meter, or `undefined` while there is no provider. Cheap once found: call it at every use. */
  meter(): Meter | undefined {
    const meter = this.#meter.get();
    if (meter !== undefined && this.#waiting.length > 0) {
      const { provider } = this.#meter;
      for (const register of this.#waiting.splice(0)) if (provider !== undefined) register(meter, provider);
    }
    return meter;
  }

  counter(name: string, unit: string, description: string): GuardedCounter {
    const options = { unit, description };
    return new GuardedCounter(name, this.dropped, () => this.meter()?.createCounter(name, options));
  }

  histogram(
    name: string,
    unit: string,
    description: string,
    boundaries: readonly number[],
  ): GuardedHistogram {
    const options = { unit, description, advice: { explicitBucketBoundaries: [...boundaries] } };
    return new GuardedHistogram(name, this.dropped, () => this.meter()?.createHistogram(name, options));
  }

  /** Creates a histogram of seconds with `SECONDS_BOUNDARIES`. */
  durations(name: string, description: string): GuardedHistogram {
    return this.histogram(name, "s", description, SECONDS_BOUNDARIES);
  }

  gauge(name: string, unit: string, description: string): GuardedGauge {
    const options = { unit, description };
    return new GuardedGauge(name, this.dropped, () => this.meter()?.createGauge(name, options));
  }

  /**
   * Converts a caller's name to a string; `undefined` and counted as dropped label `key` if it is not a string,
   * number or boolean.
   */
  labelFrom(given: unknown, instrument: string, key: string): string | undefined {
    const name = nameFromGiven(given);
    if (name === undefined && given !== undefined && given !== null)
      this.dropped.label(instrument, "invalid", key);
    return name;
  }

  /** Calls `register`, which creates observable instruments, once there is a provider. */
  observe(register: Register): void {
    this.#waiting.push(register);
    this.meter();
  }

  /**
   * Returns the state that all facades of a kind on one provider share. Until the provider is found, the facade has a
   * state of its own, created from `given`.
   */
  share<State extends SharedState, Given extends readonly unknown[]>(
    kind: KindOfState<State, Given>,
    ...given: Given
  ): Shared<State> {
    const states = StateOfProviders.of(kind);
    const shared = { state: states.create(...given) };
    const adopt = (provider: MeterProvider): void => {
      shared.state = states.join(provider, shared.state);
      states.observeOnce(provider, this.#meter.of(provider), shared);
    };
    this.observe((_, provider) => {
      if (!isInFront(provider)) return adopt(provider);
      // Until the provider behind is found, each facade exports its own state.
      states.observe(this.#meter.of(provider.own), shared);
      provider.whenFound(adopt);
    });
    return shared;
  }
}
