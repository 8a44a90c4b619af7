// What a facade could not take, counted on the facade's own provider and logged once per instrument and cause.
import { LogOnce } from "../diagnostics/log-once.ts";
import { show } from "../diagnostics/show.ts";
import { type Counter, type Meter } from "@opentelemetry/api";

/** Why a measurement was left out: the values of attribute `reason` of `telemetry.dropped`. */
export type DropReason =
  | "negative"
  | "not_a_number"
  | "not_finite"
  | "invalid_name"
  | "callback_error"
  | "callback_timeout";

/** Why a label was left out: the values of attribute `reason` of `telemetry.labels.dropped`. */
export type LabelDropReason = "invalid" | "undeclared";

/** Counts and reports what was dropped. `meter` gives the meter of scope `tachymeter.telemetry`, once there is one. */
export class Drops {
  readonly #meter: () => Meter | undefined;
  readonly #once = new LogOnce();
  #measurements: Counter | undefined;
  #labels: Counter | undefined;

  constructor(meter: () => Meter | undefined) {
    this.#meter = meter;
  }

  /** Counts one measurement of `instrument` that was left out. `remedy` is what the log advises. */
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
    this.#measurements?.add(1, { reason });
    this.#report(instrument, reason, () => `dropped ${show(given)} (${reason}); ${remedy}`);
  }

  /** Counts one label of a measurement of `instrument` that was left out; the measurement itself is kept. */
  label(instrument: string, reason: LabelDropReason, key: string): void {
    this.#labels ??= this.#meter()?.createCounter("telemetry.labels.dropped", {
      unit: "{label}",
      description: "Labels left out of measurements that were kept, by reason.",
    });
    this.#labels?.add(1, { reason });
    this.#report(instrument, `label ${reason}`, () =>
      reason === "invalid"
        ? `dropped label "${key}", which is no string, number or boolean; the measurement was kept`
        : `dropped label "${key}", which was not declared; name it when the metric is registered`,
    );
  }

  #report(instrument: string, cause: string, message: () => string): void {
    this.#once.warn(`${instrument}\u0000${cause}`, () => `instrument "${instrument}": ${message()}`);
  }
}

const REMEDIES: Readonly<Record<DropReason, string>> = {
  negative: "record zero or more",
  not_a_number: "record a number",
  not_finite: "record a finite number",
  invalid_name: "use a letter, then letters, digits and _ . - /, at most 255 characters",
  callback_error: "mend the callback",
  callback_timeout: "let the callback answer sooner",
};
