import { readField } from "../events/labels.ts";
import type { TelemetryEvent } from "../events/event.ts";
import { facadeEvents, type FacadeAreaName, type TelemetryCollector } from "./index.ts";
import type { EventSink } from "../recording/event-sink.ts";
import { FacadeMeter, type FacadeOptions } from "../recording/facade-meter.ts";
import { nameFromGiven } from "../recording/given-name.ts";
import type { GaugeTarget } from "./named-metrics.ts";
import { type FacadeInstrument, namedMetricFromInstrument } from "./reference-metrics.ts";

/** Connects one facade to a collector: its metrics to the collector, and the collector's events to the facade. */
export class FacadeArea {
  /** Options for a facade that a collector which runs alone creates. */
  readonly facadeOptions: FacadeOptions & { readonly events: EventSink };
  readonly #collector: TelemetryCollector;
  readonly #area: FacadeAreaName;
  readonly #meter: FacadeMeter;

  constructor(collector: TelemetryCollector, area: FacadeAreaName) {
    const { options, provider, link } = collector.parts;
    this.#collector = collector;
    this.#area = area;
    this.facadeOptions = { meterProvider: provider, events: facadeEvents(collector, area) };
    this.#meter = new FacadeMeter(`tachymeter.${area}`, link === undefined ? this.facadeOptions : options);
  }

  /**
   * Makes the facade's metrics available by name.
   *
   * @throws MetricRegistrationError if a name is taken.
   */
  adopt(
    instruments: readonly FacadeInstrument[],
    gauges: (metric: string, onBadLabel: (key: string) => void) => GaugeTarget,
  ): void {
    this.#collector.parts.metrics.adopt(
      instruments.map((instrument) => namedMetricFromInstrument(instrument, this.#meter, gauges)),
    );
  }

  /** Calls `callback` with the data of each event of `type`, except events that the facade itself raised. */
  apply(type: string, callback: (data: unknown) => void): void {
    const { events, applying } = this.#collector.parts;
    events.subscribe(type, ({ data }: TelemetryEvent) => {
      applying.add(this.#area);
      try {
        callback(data);
      } finally {
        applying.delete(this.#area);
      }
    });
  }

  /** Like `apply`, for events that need a name in the field `key`: events without it are dropped. */
  applyNamed(type: string, key: string, callback: (name: string, data: unknown) => void): void {
    this.apply(type, (data) => {
      const given = readField(data, key);
      const name = nameFromGiven(given);
      if (name === undefined) this.refuse(type, given, `add a string "${key}" to the event's data`);
      else callback(name, data);
    });
  }

  /** Counts an event that the facade cannot record, and logs the first one of its type. */
  refuse(type: string, given: unknown, remedy: string): void {
    this.#meter.dropped.measurement(type, "invalid_name", given, remedy);
  }
}
