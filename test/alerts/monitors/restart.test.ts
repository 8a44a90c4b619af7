// Counters of faults exist from the first fault on. After a restart they are missing, and an alert with missing data is held.
import { expect, test } from "vitest";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";
import { CASES, type MonitorCase } from "./cases.ts";
import { runRules } from "./engine-run.ts";
import { slopes } from "./timelines.ts";

const OF_FAULTS = /error_type|dropped_total|failures_total|failed_total|overflow/;

const AFFECTED = CASES.filter((each) =>
  Object.keys(each.series).some((selector) => OF_FAULTS.test(selector)),
);

test.each(AFFECTED)("a restart without the fault resolves the alert of $monitor $labels", async (each) => {
  const states = new Map<number, readonly string[]>();
  await runRules({
    groups: monitorGroups({ httpErrorBudget: false }),
    series: [...seriesOf(each), { series: "process_uptime_seconds", values: slopes(60, [60, 150]) }],
    minutes: 150,
    missingData: "hold",
    onStep: (minute, engine) =>
      void states.set(
        minute,
        engine.active().flatMap(({ name, state }) => (state === "firing" ? [name] : [])),
      ),
  });
  expect([...states.values()].flat()).toContain(alertName(each.monitor));
  expect(states.get(149)).toEqual([]);
});

// The process with the fault ends amid it, in minute 100. The next one has no fault.
function seriesOf({ series }: MonitorCase) {
  return Object.entries(series).map(([selector, { faulty }]) => ({
    series: selector,
    values: OF_FAULTS.test(selector) ? first(100, selector, faulty) : faulty,
  }));
}

function first(minutes: number, selector: string, notation: string): string {
  const { times, values } = seriesFrom(selector, notation, 60_000);
  const byMinute = new Map([...times].map((time, i) => [time / 60_000, values[i]]));
  return Array.from({ length: minutes }, (_, minute) => byMinute.get(minute) ?? "_").join(" ");
}
