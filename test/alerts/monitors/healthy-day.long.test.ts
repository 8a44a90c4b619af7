// A day of a healthy application. Its shape was recorded over a minute of `programs/load.js`, on a machine with two cores.
// Counters have their rate per second, gauges their lowest and highest value. Over the day the load follows the sun.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { Random } from "../../kit/random.ts";
import { seed } from "../../kit/test-length.ts";
import { runRules } from "./engine-run.ts";

type Shape = Readonly<Record<string, number | readonly [min: number, max: number]>>;

const SAMPLE_SECONDS = 15;
const DAY_MINUTES = 1_440;
const SAMPLES = (DAY_MINUTES * 60) / SAMPLE_SECONDS;
const CLOCKS = /^(?:process|system)_uptime_seconds/;

test("nothing fires in a day of a healthy application", async () => {
  const random = new Random(seed);
  const shape: Shape = JSON.parse(readFileSync(join(import.meta.dirname, "healthy-shape.json"), "utf8"));
  // The same noise for all counters at a time, since each request counts in several of them.
  const load = Array.from({ length: SAMPLES }, (_, i) => courseAt(i) * (0.9 + 0.2 * random.share()));
  const raised = new Map<string, number>();
  let evaluations = 0;
  await runRules({
    groups: monitorGroups(),
    series: Object.entries(shape).map(([series, recorded]) => ({
      series: withProcess(series),
      values: valuesOf(series, recorded, load, random).join(" "),
    })),
    sampleMillis: SAMPLE_SECONDS * 1_000,
    stepMinutes: SAMPLE_SECONDS / 60,
    minutes: DAY_MINUTES,
    missingData: "hold",
    onStep: (minute, engine) => {
      evaluations++;
      for (const { name, state } of engine.active())
        if (state === "firing" && !raised.has(name)) raised.set(name, minute);
    },
  });
  expect([...raised], `TEST_SEED=${seed}`).toEqual([]);
  expect(evaluations).toBe(SAMPLES);
}, 3_600_000);

// From a fifth at night to all of the load in the afternoon.
function courseAt(sample: number): number {
  const hour = (sample * SAMPLE_SECONDS) / 3_600;
  return 0.6 - 0.4 * Math.cos(((hour - 3) / 24) * 2 * Math.PI);
}

function valuesOf(
  series: string,
  recorded: Shape[string],
  load: readonly number[],
  random: Random,
): readonly number[] {
  if (CLOCKS.test(series)) return load.map((_, i) => 3_600 + i * SAMPLE_SECONDS);
  if (typeof recorded !== "number") {
    const [min, max] = recorded;
    return load.map((each) => rounded(min + (max - min) * (0.7 * each + 0.3 * random.share())));
  }
  let sum = 0;
  return load.map((each) => rounded((sum += recorded * each * SAMPLE_SECONDS)));
}

function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

function withProcess(series: string): string {
  const labels = `job="shop",instance="a"`;
  return series.includes("{") ? series.replace("{", `{${labels},`) : `${series}{${labels}}`;
}
