// The monitor of periodic collections, whatever their interval is.
import { expect, test } from "vitest";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { runRules } from "./engine-run.ts";

const STEP_MINUTES = 0.5;
const GROUPS = monitorGroups()
  .map(({ name, rules }) => ({
    name,
    rules: rules.filter((rule) => "alert" in rule && rule.alert === "CollectionStopped"),
  }))
  .filter(({ rules }) => rules.length > 0);

/** Minutes at which the alert fires, if the collections end at a minute. The first one is in minute 2. */
async function firingMinutes(intervalMinutes: number, minutes: number, end: number): Promise<number[]> {
  const firing: number[] = [];
  const values = Array.from({ length: minutes / STEP_MINUTES }, (_, i) => {
    const since = Math.min(i * STEP_MINUTES, end) - 2;
    return since < 0 ? "_" : 1 + Math.floor(since / intervalMinutes);
  });
  await runRules({
    groups: GROUPS,
    series: [{ series: 'telemetry_collection_runs_total{job="a",instance="b"}', values: values.join(" ") }],
    minutes,
    stepMinutes: STEP_MINUTES,
    missingData: "hold",
    onStep: (minute, engine) => {
      if (engine.active().some(({ state }) => state === "firing")) firing.push(minute);
    },
  });
  return firing;
}

test.each([1, 4.9, 5.1, 7, 10, 40])(
  "collections each %d minutes are not reported while they go on",
  async (interval) => {
    expect(await firingMinutes(interval, 180, Infinity)).toEqual([]);
  },
);

test.each([
  [0.5, 120, 8],
  [2, 120, 9],
  // The process collects for a short time only.
  [0.5, 5, 8],
  [20, 120, 82],
])(
  "collections each %d minutes that end after %d minutes are reported after %d",
  async (interval, end, after) => {
    const firing = await firingMinutes(interval, end + 100, end);
    const first = firing[0] ?? Infinity;
    expect(first).toBeGreaterThan(end);
    expect(first).toBeLessThanOrEqual(end + after);
    expect(firing).toHaveLength((end + 100 - first) / STEP_MINUTES);
  },
);
