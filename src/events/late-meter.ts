// A meter that is found when it is first needed, since what uses it may be made before any provider is registered.
import { createNoopMeter, type Meter, type MeterProvider, metrics } from "@opentelemetry/api";
import { VERSION } from "../version.ts";

/** A meter of the given provider, or else of the global one: looked up until one is registered. */
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

  /** The meter, or `undefined` as long as there is no provider. Cheap once found: call it at every use. */
  get(): Meter | undefined {
    return this.#meter ?? this.#find();
  }

  /** The provider of the meter, once that is found. */
  get provider(): MeterProvider | undefined {
    return this.#provider;
  }

  #find(): Meter | undefined {
    const provider = this.#given ?? metrics.getMeterProvider();
    const meter = provider.getMeter(this.#scope, VERSION);
    if (this.#given === undefined && meter === NOOP_METER) return undefined;
    this.#meter = meter;
    this.#provider = provider;
    return meter;
  }
}

// The API hands out one no-op meter for ever, and offers no other way to see that no provider is registered.
const NOOP_METER: Meter = createNoopMeter();
