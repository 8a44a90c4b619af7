import { durationMillis } from "../rules/duration.ts";
import { range, seconds } from "./kinds.ts";
import { type Condition, type Monitor, monitorOf, type NeededMetric } from "./monitor.ts";

/** The monitor of the other monitors' metrics: a rule for each metric. */
export const MISSING_METRICS: readonly Monitor[] = [
  monitorOf(
    "monitorBlind",
    "info",
    {
      fires:
        "a metric that monitors need was recorded by the process within `window`, and is no longer. After a restart, it waits for `window`. It waits for `after` if processes record the metric from their start on",
      for: "10m",
      parameters: { window: range("1h"), after: seconds(600) },
    },
    ({ window, after }, on) => {
      const windowSeconds = (durationMillis(window) ?? 0) / 1_000;
      return [...monitorsByMetric(on)].map(([metric, { isFromStart, names }]) =>
        missing(metric, names, window, isFromStart ? after : windowSeconds),
      );
    },
  ),
];

interface Dependents extends Pick<NeededMetric, "isFromStart"> {
  readonly names: string[];
}

function monitorsByMetric(monitors: readonly Monitor[]): ReadonlyMap<string, Dependents> {
  const dependents = new Map<string, Dependents>();
  for (const { name, needs } of monitors) {
    if (needs === undefined) continue;
    const { metric, isFromStart } = needs;
    const known = dependents.get(metric) ?? { isFromStart, names: [] };
    known.names.push(name);
    dependents.set(metric, known);
  }
  return dependents;
}

// All processes, without those that have the metric and those that did not have it lately. The uptime is on the left,
// so that the alert ends with the window: nothing else says that the metric is not needed any more.
function missing(metric: string, names: readonly string[], window: string, uptimeSeconds: number): Condition {
  return {
    expr: `group by (job, instance) (process_uptime_seconds >= ${uptimeSeconds})
  unless on (job, instance) ${metric}
  unless on (job, instance) (
    process_uptime_seconds unless on (job, instance) present_over_time(${metric}[${window}])
  )`,
    labels: { metric },
    summary: `Metric ${metric} is missing`,
    description: `Nothing records ${metric} any more, which was recorded within ${window}. Without it these monitors never fire: ${names.join(", ")}. Look for an instrumentation or a reader that has failed, or ignore this if the application no longer needs it.`,
  };
}
