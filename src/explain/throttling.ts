// A container that has too little processor time: everything in it is slow at once, so no series stands out.
import { lengthText } from "../diagnostics/length-text.ts";
import { numberText } from "../page/panels/value-text.ts";
import type { Application } from "./application.ts";

const THROTTLED = "container_cpu_throttled_periods_total";
const PERIODS = "container_cpu_periods_total";
// Periods of 100 ms. A container that is throttled in fewer of them is seldom slow.
const LEAST_SHARE = 0.25;

/** One line if the limit of the container was used up since the alert, and less often before. */
export async function throttlingOf(
  application: Application,
  end: number,
  seconds: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const share = (offset: string): string =>
    `max(increase(${THROTTLED}[${seconds}s]${offset}) / increase(${PERIODS}[${seconds}s]${offset}))`;
  const result = await application.query(
    `${share("")} > ${LEAST_SHARE} unless ${share("")} < 2 * ${share(` offset ${seconds}s`)}`,
    { time: end, signal },
  );
  const value = result.kind === "vector" ? Number(result.series[0]?.value) : Number.NaN;
  if (!Number.isFinite(value)) return [];
  const percent = `${numberText(Math.round(100 * Math.min(1, value)))} %`;
  return [
    `the container used up its limit of processor time in ${percent} of its periods in the last ${lengthText(seconds)} (${THROTTLED})`,
  ];
}
