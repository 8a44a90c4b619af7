// Options for the number of false alarms that are allowed.
import { type Check, number, oneOf } from "../options/check.ts";

/** Sensitivity of the detection: with `high` a smaller deviation is an anomaly than with `normal`, with `low` a larger one. */
export type Sensitivity = "low" | "normal" | "high";

/** Options of a detector. */
export interface DetectorOptions {
  /**
   * False alarms of a series in a day that are allowed. It is the upper limit of the mean over usual series, from their second day
   * on. Series with rare bursts have more at first, until their bursts are known.
   *
   * @defaultValue that of `sensitivity`
   */
  readonly falseAlarmsPerDay?: number;
  /**
   * A named value of `falseAlarmsPerDay`, used if that is not given: 0.02 for `low`, 0.07 for `normal`, 0.4 for `high`.
   *
   * @defaultValue `"normal"`
   */
  readonly sensitivity?: Sensitivity;
}

/** False alarms a day and series of each sensitivity. */
export const FALSE_ALARMS_PER_DAY: Readonly<Record<Sensitivity, number>> = {
  low: 0.02,
  normal: 0.07,
  high: 0.4,
};

/** Check of option `falseAlarmsPerDay`. */
export const FALSE_ALARMS: Check<number> = number("be a number of false alarms a day above 0", 0, true);

/** Check of option `sensitivity`. */
export const SENSITIVITY: Check<Sensitivity> = oneOf("low", "normal", "high");

/** Returns the false alarms a day that are allowed. */
export function falseAlarmsFrom({
  falseAlarmsPerDay,
  sensitivity,
}: {
  readonly falseAlarmsPerDay?: number | undefined;
  readonly sensitivity?: Sensitivity | undefined;
}): number {
  return falseAlarmsPerDay ?? FALSE_ALARMS_PER_DAY[sensitivity ?? "normal"];
}
