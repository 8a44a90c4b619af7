// Starts of processes, from the age of each at the steps of a range.
import { expect, test } from "vitest";
import { startsIn } from "../../../src/page/panels/restarts.ts";

const HOUR = 3_600;

// Times and ages, both in seconds.
function starts(ages: readonly (readonly [time: number, age: number])[]): readonly number[] {
  const found = startsIn({
    labels: {},
    times: Float64Array.from(ages, ([time]) => time),
    values: Float64Array.from(ages, ([time, age]) => time - age),
  });
  // Some are repeated.
  return [...new Set(found)];
}

test("a process that is older at its first step than the one before was at its last one is a start", () => {
  const step = 4 * HOUR;
  const deployments = [
    [step, HOUR],
    [2 * step, 3 * HOUR],
    [3 * step, 7 * HOUR],
  ] as const;
  expect(starts(deployments)).toEqual([3 * HOUR, 5 * HOUR]);
});

test("a pause of the machine makes no start, and a younger process after it does", () => {
  const before = [
    [60, 1_060],
    [120, 1_120],
    [180, 1_180],
  ] as const;
  const suspended = [8 * HOUR, 1_200] as const;
  expect(starts([...before, suspended, [8 * HOUR + 60, 1_260]])).toEqual([-1_000]);
  expect(starts([...before, [8 * HOUR, 20], [8 * HOUR + 60, 80]])).toEqual([-1_000, 8 * HOUR - 20]);
});
