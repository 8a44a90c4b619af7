// Parameters with which monitors find a fault within seconds.
import { CATALOGUE } from "../../../src/alerts/monitors/monitor-groups.ts";
import type { MonitorParameter } from "../../../src/alerts/monitors/monitor.ts";

/** Parameters of monitors by their names. */
export type MonitorParameters = Record<string, Record<string, string | number>>;

/** Returns parameters for all monitors but that of HTTP: every window is ten seconds, and nothing waits. */
export function shortWindows(): MonitorParameters {
  return withDurations(({ name }) => (name === "window" ? "10s" : "0s"));
}

/** Returns parameters for all monitors but that of HTTP, with other durations. */
export function withDurations(
  durationOf: (parameter: MonitorParameter) => string | number,
): MonitorParameters {
  const monitors = [...CATALOGUE.values()].flat().filter(({ name }) => name !== "httpErrorBudget");
  return Object.fromEntries(
    monitors.map(({ name, parameters }) => {
      const durations = parameters.filter(({ unit }) => unit === "duration");
      return [name, Object.fromEntries(durations.map((each) => [each.name, durationOf(each)]))];
    }),
  );
}
