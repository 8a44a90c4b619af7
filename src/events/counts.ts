// What the events' bus tells of itself.
import type { Counter, MeterProvider } from "@opentelemetry/api";
import { LateMeter } from "./late-meter.ts";

/** Why an event, or a hook's part in it, was lost: the values of attribute `reason` of `telemetry.events.dropped`. */
export type EventDropReason = "buffer_full" | "invalid" | "loop" | "hook_error";

// Types may come from outside; the counter's series must not grow with them.
const MAX_TYPES = 100;
const OTHER_TYPES = "_other";

/** Counts events on the given provider, else on the global one as soon as it is there. */
export class EventCounts {
  readonly #meter: LateMeter;
  readonly #types = new Set<string>();
  #events: Counter | undefined;
  #dropped: Counter | undefined;
  #labels: Counter | undefined;

  constructor(meterProvider?: MeterProvider) {
    this.#meter = new LateMeter("tachymeter.telemetry", meterProvider);
  }

  /** Counts an event that was recorded. Beyond the first 100 types all others count as `_other`. */
  recorded(type: string): void {
    if (this.#types.size < MAX_TYPES) this.#types.add(type);
    this.#events ??= this.#meter.get()?.createCounter("telemetry.events", {
      unit: "{event}",
      description: "Events recorded, by type.",
    });
    this.#events?.add(1, { "event.type": this.#types.has(type) ? type : OTHER_TYPES });
  }

  /** Counts a loss. */
  dropped(reason: EventDropReason): void {
    this.#dropped ??= this.#meter.get()?.createCounter("telemetry.events.dropped", {
      unit: "{event}",
      description: "Events refused, forgotten, or failed on by a hook, by reason.",
    });
    this.#dropped?.add(1, { reason });
  }

  /** Counts a label that an event lost. */
  labelDropped(): void {
    // The same instrument as the facades' own, so name, unit and description must stay the same as theirs.
    this.#labels ??= this.#meter.get()?.createCounter("telemetry.labels.dropped", {
      unit: "{label}",
      description: "Labels left out of measurements that were kept, by reason.",
    });
    this.#labels?.add(1, { reason: "invalid" });
  }
}
