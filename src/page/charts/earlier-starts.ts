// Starts of earlier processes, which the history has as the age of each: marks of restarts and deployments.
import type { Steps } from "../../query/evaluation/steps.ts";
import { startsIn, TOLERANCE_SECONDS } from "../panels/restarts.ts";
import type { PageEvent } from "../protocol.ts";
import type { ChartQuery } from "./chart-plan.ts";
import { shortened } from "./legend.ts";
import type { ChartEvaluation } from "./live-chart.ts";

const MAX_STARTS = 50;

/** Events of the starts in a range before the start of this process. Without the metric, or if it cannot be read: none. */
export async function earlierStarts(
  query: ChartQuery,
  steps: Steps,
  { source, limits }: ChartEvaluation,
): Promise<readonly PageEvent[]> {
  const end = steps.start + (steps.count - 1) * steps.stepMillis;
  // The clock may have been set back, or the machine suspended, since this process began.
  const began = Math.min(performance.timeOrigin / 1_000, Date.now() / 1_000 - process.uptime());
  const own = began - TOLERANCE_SECONDS;
  if (steps.start / 1_000 >= own) return [];
  try {
    const result = await query.prepared().over(source, steps, end, limits);
    if (result.kind !== "matrix") return [];
    const starts: PageEvent[] = [];
    for (const series of result.series)
      for (const time of startsIn(series)) {
        if (time < steps.start / 1_000 || time >= own) continue;
        if (starts.some((start) => Math.abs(start.time - time) <= TOLERANCE_SECONDS)) continue;
        starts.push(startOf(time, series.labels));
      }
    return starts.toSorted((one, other) => one.time - other.time).slice(-MAX_STARTS);
  } catch (error) {
    if (limits.signal?.aborted === true) throw error;
    return [];
  }
}

function startOf(time: number, labels: Readonly<Record<string, string>>): PageEvent {
  const { service_version: version = "", job = "" } = labels;
  return {
    id: `start ${Math.round(time)}`,
    time,
    type: "application.started",
    source: shortened(job, 200),
    text: version === "" ? "" : `version=${shortened(version, 200)}`,
  };
}
