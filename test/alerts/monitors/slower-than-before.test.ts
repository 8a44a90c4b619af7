import { expect, test } from "vitest";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { runRules } from "./engine-run.ts";
import { slopes } from "./timelines.ts";

test("a command is compared with less than an hour before if it did not run at the same time yesterday", async () => {
  const fired: number[] = [];
  const labels = `job="shop",instance="a",command_name="git"`;
  // It ran in the first five minutes, and since 100 minutes. It is slow since minute 1,510.
  const counter = (name: string, usual: number, slow: number) => ({
    series: `command_duration_seconds_${name}{${labels}}`,
    values: slopes(0, [usual, 5], [0, 1_425], [usual, 80], [slow, 40]),
  });
  await runRules({
    groups: monitorGroups().filter(({ name }) => name.includes("commands")),
    series: [counter("count", 10, 10), counter("sum", 2, 10)],
    sampleMillis: 60_000,
    stepMinutes: 10,
    minutes: 1_550,
    missingData: "hold",
    onStep: (minute, engine) => {
      if (engine.active().some(({ name, state }) => name === "CommandsSlower" && state === "firing"))
        fired.push(minute);
    },
  });
  expect(fired).toEqual([1_530, 1_540]);
});
