import { expect, test } from "vitest";
import {
  crossingOf,
  errorsWithin,
  fittedLine,
  slopeError,
  valueAt,
} from "../../../src/history/analysis/fitted-line.ts";
import type { Point } from "../../../src/history/question.ts";
import { asIndependent, cars, lineThrough, normalNumbers } from "./known-data.ts";

// Limits of R's `predict(lm(dist ~ speed, cars), data.frame(speed), interval = "confidence")`. At a speed, the line
// reaches its lower limit at the latest and its upper limit at the earliest.
const limits = [
  { speed: 19, low: 51.82913, high: 62.44421 },
  { speed: 24, low: 68.38765, high: 85.20978 },
];

test.each(limits)(
  "the limits at speed $speed are the published ones, found again",
  ({ speed, low, high }) => {
    const line = asIndependent(lineThrough(cars));
    expect(crossingOf(line, high, line.meanTime, 0.95).earliest).toBeCloseTo(speed, 4);
    expect(crossingOf(line, low, line.meanTime, 0.95).latest).toBeCloseTo(speed, 4);
  },
);

test("19 of 20 intervals contain the true time", () => {
  const normal = normalNumbers(7);
  const rounds = 2000;
  let held = 0;
  for (let round = 0; round < rounds; round++) {
    // The line 100 + 2 per second reaches 400 after 150 s.
    const points = Array.from({ length: 60 }, (_, i): Point => [i, 100 + 2 * i + 20 * normal()]);
    const { earliest = Infinity, latest = Infinity } = crossingOf(lineThrough(points), 400, 59, 0.95);
    if (earliest <= 150 && 150 <= latest) held++;
  }
  expect(held / rounds).toBeGreaterThan(0.93);
  expect(held / rounds).toBeLessThan(0.97);
});

test("the interval of a line without deviations is a single time", () => {
  const line = lineThrough([
    [0, 10],
    [10, 20],
    [20, 30],
  ]);
  expect(crossingOf(line, 100, 20, 0.95)).toEqual({ at: 90, earliest: 90, latest: 90 });
  expect(crossingOf(line, -100, 20, 0.95)).toEqual({ at: undefined, earliest: undefined, latest: undefined });
});

test("a falling line reaches a threshold below it", () => {
  const line = lineThrough([
    [0, 100],
    [10, 81],
    [20, 59],
    [30, 41],
  ]);
  const { at = 0, earliest = 0, latest = 0 } = crossingOf(line, 0, 30, 0.95);
  expect(valueAt(line, at)).toBeCloseTo(0, 9);
  expect([30 < earliest, earliest < at, at < latest]).toEqual([true, true, true]);
});

test("a line that may be flat has no latest time", () => {
  const normal = normalNumbers(3);
  const points = Array.from({ length: 40 }, (_, i): Point => [i, 0.05 * i + 10 * normal()]);
  const line = fittedLine(points)!;
  expect(errorsWithin(line, 0.95) * slopeError(line)).toBeGreaterThan(Math.abs(line.slope));
  const { earliest = 0, latest } = crossingOf(line, 50, 39, 0.95);
  expect(latest).toBeUndefined();
  expect(earliest).toBeGreaterThan(39);
});
