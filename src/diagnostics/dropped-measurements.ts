// What could not be recorded, for the engine and the facades.
import { types } from "node:util";
import type { Counter, Meter } from "@opentelemetry/api";
import { LogOnce } from "./log-once.ts";
import { show } from "./show.ts";

/** Why a measurement was dropped: the values of attribute `reason` of `telemetry.dropped`. */
export type DropReason =
  | "negative"
  | "not_a_number"
  | "not_finite"
  | "invalid_name"
  | "processor_error"
  | "callback_error"
  | "callback_timeout";

/** Why a label was dropped: the values of attribute `reason` of `telemetry.labels.dropped`. */
export type LabelDropReason = "invalid" | "undeclared";

/** Counts what was dropped, and logs it once per instrument and cause. */
export class DroppedMeasurements {
  readonly #meter: () => Meter | undefined;
  readonly #once = new LogOnce();
  #measurements: Counter | undefined;
  #labels: Counter | undefined;
  #isCounting = false;

  /** @param meter returns the meter of scope `tachymeter.telemetry`; nothing is counted while it returns `undefined`. */
  constructor(meter: () => Meter | undefined) {
    this.#meter = meter;
  }

  /** Counts one measurement of `instrument` that was dropped. `remedy` is what the log advises. */
  measurement(
    instrument: string,
    reason: DropReason,
    given: unknown,
    remedy: string = REMEDIES[reason],
  ): void {
    this.#measurements ??= this.#meter()?.createCounter("telemetry.dropped", {
      unit: "{measurement}",
      description: "Measurements left out, by reason.",
    });
    this.#count(this.#measurements, reason);
    this.log(instrument, reason, () => `dropped ${shown(given)} (${reason}); ${remedy}`);
  }

  /** Counts one label of a measurement of `instrument` that was dropped; the measurement itself is kept. */
  label(instrument: string, reason: LabelDropReason, key: string): void {
    this.#labels ??= this.#meter()?.createCounter("telemetry.labels.dropped", {
      unit: "{label}",
      description: "Labels left out of measurements that were kept, by reason.",
    });
    this.#count(this.#labels, reason);
    this.log(instrument, `label ${reason}`, () =>
      reason === "invalid"
        ? `dropped label ${show(key)}, whose value is invalid; the measurement was kept`
        : `dropped label ${show(key)}, which was not declared; name it when the metric is registered`,
    );
  }

  /** Logs something else that happens to `instrument`, once per cause. */
  log(instrument: string, cause: string, message: () => string): void {
    this.#once.warn(`${instrument}\u0000${cause}`, () => `instrument "${instrument}": ${message()}`);
  }

  // A view that selects all instruments may have a processor that throws, at these counters too: that is not counted.
  #count(counter: Counter | undefined, reason: string): void {
    if (counter === undefined || this.#isCounting) return;
    this.#isCounting = true;
    counter.add(1, { reason });
    this.#isCounting = false;
  }
}

const REMEDIES: Readonly<Record<DropReason, string>> = {
  negative: "record zero or more",
  not_a_number: "record a number",
  not_finite: "record a finite number",
  invalid_name: "use a letter, then letters, digits and _ . - /, at most 255 characters",
  processor_error: "mend the view's attributes processor, which threw",
  callback_error: "mend the callback",
  callback_timeout: "let the callback answer sooner",
};

// Objects are not read: getters are the application's, and the contents may be large or private.
function shown(given: unknown): string {
  const isRead = typeof given !== "object" || given === null || types.isNativeError(given);
  return isRead ? show(given) : "an object";
}
