// Counters of faults exist from the first fault on. After a restart they are missing, and an alert with missing data is held.
import { expect, test } from "vitest";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";
import { CASES, type MonitorCase } from "./cases.ts";
import { runRules } from "./engine-run.ts";
import { jobOf } from "./promtool-tests.ts";
import { slopes } from "./timelines.ts";

const OF_FAULTS = /error_type|dropped_total|failures_total|failed_total|overflow/;

const AFFECTED = CASES.filter(({ series }) =>
  Object.keys(series).some((selector) => OF_FAULTS.test(selector)),
);

test("a restart without the fault resolves the alert, though its metric is missing", async () => {
  const fired = new Set<string>();
  const left = new Set<string>();
  await runRules({
    groups: monitorGroups({ httpErrorBudget: false }),
    series: AFFECTED.flatMap(seriesOf),
    minutes: 151,
    stepMinutes: 5,
    sampleMillis: 60_000,
    missingData: "hold",
    onStep: (minute, engine) => {
      for (const { name, state, labels } of engine.active()) {
        if (state !== "firing") continue;
        fired.add(`${name} of ${labels["job"]}`);
        if (minute === 150) left.add(`${name} of ${labels["job"]}`);
      }
    },
  });
  expect(AFFECTED.length).toBeGreaterThan(8);
  expect([...fired]).toEqual(
    expect.arrayContaining(AFFECTED.map((each) => `${alertName(each.monitor)} of ${jobOf(each)}`)),
  );
  expect([...left]).toEqual([]);
});

// The process with the fault ends amid it, in minute 100. The next one has no fault.
function seriesOf(each: MonitorCase) {
  const job = `job=${JSON.stringify(jobOf(each))},instance="a"`;
  const up = { series: `process_uptime_seconds{${job}}`, values: slopes(60, [60, 151]) };
  const own = Object.entries(each.series).map(([selector, { faulty }]) => ({
    series: selector.includes("{") ? selector.replace("{", `{${job},`) : `${selector}{${job}}`,
    values: OF_FAULTS.test(selector) ? first(100, selector, faulty) : faulty,
  }));
  return [up, ...own];
}

function first(minutes: number, selector: string, notation: string): string {
  const { times, values } = seriesFrom(selector, notation, 60_000);
  const byMinute = new Map([...times].map((time, i) => [time / 60_000, values[i]]));
  return Array.from({ length: minutes }, (_, minute) => byMinute.get(minute) ?? "_").join(" ");
}
