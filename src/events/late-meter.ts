import { createNoopMeter, type Meter, type MeterProvider, metrics } from "@opentelemetry/api";
import { VERSION } from "../version.ts";

/** A meter of the given provider, or of the global one: looked up at use until one is registered. */
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

  /** The meter, or `undefined` while there is no provider. Cheap once found: call it at every use. */
  get(): Meter | undefined {
    return this.#meter ?? this.#find();
  }

  /** The meter's provider, once found. */
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

// The API has one no-op meter, and no other way to see that no provider is registered.
const NOOP_METER: Meter = createNoopMeter();
