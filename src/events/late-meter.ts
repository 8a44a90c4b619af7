import { createNoopMeter, type Meter, type MeterProvider, metrics } from "@opentelemetry/api";
import { VERSION } from "../version.ts";

/** Meter of the given provider, or of the global one. It is looked up at each use until a provider is registered. */
export class LateMeter {
  readonly #scope: string;
  readonly #given: MeterProvider | undefined;
  #meter: Meter | undefined;
  #provider: MeterProvider | undefined;

  /** @param scope name of the instrumentation scope, such as `tachymeter.messaging`. */
  constructor(scope: string, meterProvider?: MeterProvider) {
    this.#scope = scope;
    this.#given = meterProvider;
  }

  /** Returns the meter, or `undefined` while there is no provider. Cheap once it is found: call it at every use. */
  get(): Meter | undefined {
    return this.#meter ?? this.#find();
  }

  /** Provider of the meter, once it is found. */
  get provider(): MeterProvider | undefined {
    return this.#provider;
  }

  /** Returns the meter of the same scope of another provider. */
  of(provider: MeterProvider): Meter {
    return provider.getMeter(this.#scope, VERSION);
  }

  #find(): Meter | undefined {
    const provider = this.#given ?? metrics.getMeterProvider();
    const meter = this.of(provider);
    if (this.#given === undefined && meter === NOOP_METER) return undefined;
    this.#meter = meter;
    this.#provider = provider;
    return meter;
  }
}

// The API has a single no-op meter, which is the only way to see that no provider is registered.
const NOOP_METER: Meter = createNoopMeter();
