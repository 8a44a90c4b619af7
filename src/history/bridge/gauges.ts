// The metrics of the bridge as OpenTelemetry's gauges.
import { diag, type Gauge } from "@opentelemetry/api";
import { LateMeter } from "../../events/late-meter.ts";

// Names may come from outside; instruments are never given back.
const MAX_GAUGES = 2_000;

interface NamedGauge {
  readonly gauge: Gauge;
  latestUnixMillis: number;
}

/** One gauge a name, made at its first value. Names beyond 2,000 have none. */
export class BridgeGauges {
  readonly #meter = new LateMeter(BRIDGE_SCOPE);
  readonly #gauges = new Map<string, NamedGauge>();
  #isFull = false;

  /** Records a value; whether there is a gauge that shows it, or a later one. */
  record(name: string, value: number, timeUnixMillis: number): boolean {
    const named = this.#gauges.get(name) ?? this.#make(name);
    if (named === undefined) return false;
    if (timeUnixMillis >= named.latestUnixMillis) {
      named.latestUnixMillis = timeUnixMillis;
      named.gauge.record(value);
    }
    return true;
  }

  #make(name: string): NamedGauge | undefined {
    const meter = this.#meter.get();
    if (meter === undefined) return undefined;
    if (this.#gauges.size >= MAX_GAUGES) return this.#refuse(name);
    const named = {
      gauge: meter.createGauge(name, { description: "Recorded through the bridge." }),
      latestUnixMillis: -Infinity,
    };
    this.#gauges.set(name, named);
    return named;
  }

  #refuse(name: string): undefined {
    if (this.#isFull) return;
    this.#isFull = true;
    diag.warn(
      `bridge: metric "${name}" and those that follow are no gauges, since there are ${MAX_GAUGES} of them already; have what varies in the context, not in the name`,
    );
  }
}

/**
 * The instrumentation scope of the gauges that `BridgeTelemetry.recordMetric` records on. A history leaves it out of its
 * collections, since it has each of these values as a sample already.
 */
export const BRIDGE_SCOPE = "tachymeter.bridge";
