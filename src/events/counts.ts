import type { Counter, MeterProvider } from "@opentelemetry/api";
import { LateMeter } from "./late-meter.ts";

/** Reason why an event, or its handling by a hook, was lost: attribute `reason` of `telemetry.events.dropped`. */
export type EventDropReason = "buffer_full" | "invalid" | "loop" | "hook_error";

// Types may come from outside, so the number of series is limited.
const MAX_TYPES = 100;
const OTHER_TYPES = "_other";

/** Self metrics of the event bus, on the given provider or the global one. */
export class EventCounts {
  readonly #meter: LateMeter;
  readonly #types = new Set<string>();
  #events: Counter | undefined;
  #dropped: Counter | undefined;
  #labels: Counter | undefined;

  constructor(meterProvider?: MeterProvider) {
    this.#meter = new LateMeter("tachymeter.telemetry", meterProvider);
  }

  /** Counts a recorded event. Types after the first 100 count as `_other`. */
  recorded(type: string): void {
    if (this.#types.size < MAX_TYPES) this.#types.add(type);
    this.#events ??= this.#meter.get()?.createCounter("telemetry.events", {
      unit: "{event}",
      description: "Events recorded, by type.",
    });
    this.#events?.add(1, { "event.type": this.#types.has(type) ? type : OTHER_TYPES });
  }

  dropped(reason: EventDropReason): void {
    this.#dropped ??= this.#meter.get()?.createCounter("telemetry.events.dropped", {
      unit: "{event}",
      description: "Events refused, forgotten, or failed on by a hook, by reason.",
    });
    this.#dropped?.add(1, { reason });
  }

  labelDropped(): void {
    // Also recorded by the facades: name, unit and description must be the same.
    this.#labels ??= this.#meter.get()?.createCounter("telemetry.labels.dropped", {
      unit: "{label}",
      description: "Labels left out of measurements that were kept, by reason.",
    });
    this.#labels?.add(1, { reason: "invalid" });
  }
}
