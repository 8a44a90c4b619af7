// OpenTelemetry gauges of the bridge's metrics.
import type { Gauge } from "@opentelemetry/api";
import { LogOnce } from "../../diagnostics/log-once.ts";
import { LateMeter } from "../../events/late-meter.ts";
import { BRIDGE_SCOPE } from "../store/stored.ts";

// Limited because instruments are never removed, and names may come from outside.
const MAX_GAUGES = 2_000;

interface NamedGauge {
  readonly gauge: Gauge;
  latestUnixMillis: number;
}

/** One gauge per name, for at most 2,000 names. */
export class BridgeGauges {
  readonly #meter = new LateMeter(BRIDGE_SCOPE);
  readonly #gauges = new Map<string, NamedGauge>();
  readonly #once = new LogOnce();

  /** Records a value. Returns whether a gauge has this value or a later one. */
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
    if (this.#gauges.size >= MAX_GAUGES) {
      this.#once.warn(
        "",
        () =>
          `bridge: metric "${name}" and later ones get no gauge (limit: ${MAX_GAUGES}); put varying parts into the context, not the name`,
      );
      return undefined;
    }
    const named = {
      gauge: meter.createGauge(name, { description: "Recorded through the bridge." }),
      latestUnixMillis: -Infinity,
    };
    this.#gauges.set(name, named);
    return named;
  }
}
