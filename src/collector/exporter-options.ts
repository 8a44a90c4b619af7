// What exporters may be made with.
import { show } from "../diagnostics/show.ts";
import type { MetricsExporter } from "./metrics-exporter.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../recording/timer-seconds.ts";

/** Thrown where an exporter is made with what it cannot work with. */
export class ExporterOptionsError extends Error {
  override readonly name = "ExporterOptionsError";
  readonly code = "TACHYMETER_EXPORTER_OPTIONS";
}

/** Whether something can export. */
export function isExporter(given: unknown): given is MetricsExporter {
  return (
    typeof given === "object" &&
    given !== null &&
    "exportMetrics" in given &&
    typeof given.exportMetrics === "function"
  );
}

/** @throws ExporterOptionsError where an option is no number of seconds that a timer can wait. */
export function checkedSeconds(exporter: string, option: string, given: unknown): number {
  if (isTimerSeconds(given)) return given;
  throw new ExporterOptionsError(
    `${exporter} option "${option}": ${show(given)} is no number of seconds above 0; give one of at most ${MAX_TIMER_SECONDS}, such as 30`,
  );
}
