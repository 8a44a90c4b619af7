// Counts and logs dropped measurements, for the engine and the facades.
import { types } from "node:util";
import type { Counter, Meter } from "@opentelemetry/api";
import { LogOnce } from "./log-once.ts";
import { show } from "./show.ts";

/** Reasons for dropping a measurement: the values of attribute `reason` of `telemetry.dropped`. */
export type DropReason =
  | "negative"
  | "not_a_number"
  | "not_finite"
  | "invalid_name"
  | "limit"
  | "processor_error"
  | "callback_error"
  | "callback_timeout";

/** Reasons for dropping a label: the values of attribute `reason` of `telemetry.labels.dropped`. */
export type LabelDropReason = "invalid" | "undeclared";

/** Counts dropped measurements and labels, and logs them once per instrument and reason. */
export class DroppedMeasurements {
  readonly #meter: () => Meter | undefined;
  readonly #once = new LogOnce();
  #measurements: Counter | undefined;
  #labels: Counter | undefined;
  #isCounting = false;

  /**
   * @param meter returns the meter of scope `tachymeter.telemetry`; nothing is counted while it returns `undefined`.
   */
  constructor(meter: () => Meter | undefined) {
    this.#meter = meter;
  }

  /** Counts one dropped measurement of `instrument`. The log message ends with `remedy`. */
  measurement(
    instrument: string,
    reason: DropReason,
    given: unknown,
    remedy: string = remedyFor(reason, given),
  ): void {
    this.#measurements ??= this.#meter()?.createCounter("telemetry.dropped", {
      unit: "{measurement}",
      description: "Measurements left out, by reason.",
    });
    this.#count(this.#measurements, reason);
    this.log(instrument, reason, () => `dropped ${shown(given)} (${reason}); ${remedy}`);
  }

  /** Counts one dropped label of a measurement of `instrument`; the measurement itself is kept. */
  label(instrument: string, reason: LabelDropReason, key: string): void {
    this.countLabel(reason);
    this.log(instrument, `label ${reason}`, () =>
      reason === "invalid"
        ? `dropped label ${show(key)}, whose value is invalid; the measurement was kept`
        : `dropped label ${show(key)}, which was not declared; name it when the metric is registered`,
    );
  }

  /** As {@link label}, for callers that log the reason themselves. */
  countLabel(reason: LabelDropReason): void {
    this.#labels ??= this.#meter()?.createCounter("telemetry.labels.dropped", {
      unit: "{label}",
      description: "Labels left out of measurements that were kept, by reason.",
    });
    this.#count(this.#labels, reason);
  }

  /** Logs another problem of `instrument`, once per cause. */
  log(instrument: string, cause: string, message: () => string): void {
    this.#once.warn(`${instrument}\u0000${cause}`, () => `instrument "${instrument}": ${message()}`);
  }

  // Not reentrant: the processor of a view that selects all instruments may throw for these counters too.
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
  limit: "use fewer label sets, or set the value",
  processor_error: "fix the view's attributes processor, which threw",
  callback_error: "fix the callback, which threw",
  callback_timeout: "make the callback faster; on a busy machine, add processor time",
};

function remedyFor(reason: DropReason, given: unknown): string {
  const isSwapped = reason === "not_a_number" && isArgument(given);
  return isSwapped ? "pass the number first, then the attributes or labels" : REMEDIES[reason];
}

// Objects are not read, since getters may have side effects, and the content may be large or private.
function shown(given: unknown): string {
  return isArgument(given) ? "an object" : show(given);
}

// Attributes in place of the number, as in prom-client.
function isArgument(given: unknown): boolean {
  return typeof given === "object" && given !== null && !types.isNativeError(given);
}
