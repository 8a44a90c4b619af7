/** What the engine could not take: counted if the provider measures itself, and logged once per instrument and reason. */
import { LogOnce } from "../diagnostics/log-once.ts";
import { show } from "../diagnostics/show.ts";
import { type Counter, type Meter } from "@opentelemetry/api";

/** Why a measurement was left out: the values of attribute `reason` of `telemetry.dropped`. */
export type RefusalReason =
  | "negative"
  | "not_a_number"
  | "not_finite"
  | "processor_error"
  | "callback_error"
  | "callback_timeout";

/** Counts and reports measurements and attributes that were left out. */
export class Refusals {
  readonly #meter: (() => Meter) | undefined;
  readonly #once = new LogOnce();
  #measurements: Counter | undefined;
  #attributes: Counter | undefined;
  #isCounting = false;

  /**
   * @param meter returns the meter of scope `tachymeter.telemetry`; called when something is first left out. Without it
   * nothing is counted, since a provider without self-telemetry has its user's metrics and no others.
   */
  constructor(meter: (() => Meter) | undefined) {
    this.#meter = meter;
  }

  /** Counts one measurement of `instrument` that was left out. */
  measurement(instrument: string, reason: RefusalReason, given: unknown): void {
    this.#measurements ??= this.#meter?.().createCounter("telemetry.dropped", {
      unit: "{measurement}",
      description: "Measurements left out, by reason.",
    });
    this.#count(this.#measurements, reason);
    this.#tell(instrument, reason, () => `dropped ${show(given)} (${reason}); ${REMEDIES[reason]}`);
  }

  /** Counts one attribute of a measurement of `instrument` that was left out; the measurement itself is kept. */
  attribute(instrument: string, key: string): void {
    this.#attributes ??= this.#meter?.().createCounter("telemetry.labels.dropped", {
      unit: "{label}",
      description: "Labels left out of measurements that were kept, by reason.",
    });
    this.#count(this.#attributes, "invalid");
    this.#tell(
      instrument,
      "attribute",
      () => `dropped attribute ${show(key)}, whose value is none; the measurement was kept`,
    );
  }

  /** Tells of something else that happens to `instrument`, once. */
  tell(instrument: string, cause: string, message: string): void {
    this.#tell(instrument, cause, () => message);
  }

  // A view that selects all instruments may have a processor that throws, at these counters too: that is not counted.
  #count(counter: Counter | undefined, reason: string): void {
    if (counter === undefined || this.#isCounting) return;
    this.#isCounting = true;
    counter.add(1, { reason });
    this.#isCounting = false;
  }

  #tell(instrument: string, cause: string, message: () => string): void {
    this.#once.warn(`${instrument}\u0000${cause}`, () => `instrument "${instrument}": ${message()}`);
  }
}

const REMEDIES: Readonly<Record<RefusalReason, string>> = {
  negative: "record zero or more",
  not_a_number: "record a number",
  not_finite: "record a finite number",
  callback_error: "mend the callback, which threw",
  callback_timeout: "let the callback answer sooner",
  processor_error: "mend the view's attributes processor, which threw",
};
