// A machine whose processors other programs keep busy: the application waits for its turn, and nothing of its own changed.
import { lengthText } from "../diagnostics/length-text.ts";
import { numberText } from "../page/panels/value-text.ts";
import type { Application } from "./application.ts";

const MACHINE = "system_cpu_time_seconds_total";
const BUSY_SHARE = 0.95;
/** Metrics of how long something takes. */
const TIMES = /_(?:seconds|eventloop|cpu)(?:_|$)/;

/** One line if a rule is about times, the processors had no time left since the alert, and others took most of it. */
export async function busyMachineOf(
  application: Application,
  metrics: readonly string[],
  { end, seconds, signal }: { readonly end: number; readonly seconds: number; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  if (!metrics.some((metric) => TIMES.test(metric))) return [];
  const all = `sum(rate(${MACHINE}[${seconds}s]))`;
  const idle = `sum(rate(${MACHINE}{cpu_mode=~"idle|iowait"}[${seconds}s]))`;
  const own = `sum(rate(process_cpu_time_seconds_total[${seconds}s]))`;
  const result = await application.query(
    `1 - ${idle} / ${all} > ${BUSY_SHARE} and ${own} < 0.5 * (${all} - ${idle})`,
    { time: end, signal },
  );
  const value = result.kind === "vector" ? Number(result.series[0]?.value) : Number.NaN;
  if (!Number.isFinite(value)) return [];
  const percent = `${numberText(Math.round(1_000 * value) / 10)} %`;
  return [
    `the processors of the machine were busy for ${percent} of the last ${lengthText(seconds)}, mostly with other programs (${MACHINE})`,
  ];
}
