import { expect, test } from "vitest";
import {
  errorsWithin,
  fittedLine,
  slopeError,
  studentTQuantile,
  valueAt,
} from "../../../src/history/analysis/fitted-line.ts";
import type { Point } from "../../../src/history/question.ts";
import { asIndependent, cars, lineThrough, norris, randomNumbers } from "./known-data.ts";

// Table of Student's t, from NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
test.each([
  [1, 0.95, 12.706],
  [2, 0.95, 4.303],
  [5, 0.95, 2.571],
  [10, 0.95, 2.228],
  [30, 0.95, 2.042],
  [100, 0.95, 1.984],
  [1, 0.998, 318.309],
  [5, 0.9, 2.015],
  [10, 0.99, 3.169],
  [100, 0.998, 3.174],
])("Student's t for %d degrees of freedom and %d is the table's %d", (degrees, confidence, t) => {
  expect(studentTQuantile(confidence, degrees)).toBeCloseTo(t, 3);
});

test("for infinite degrees of freedom, Student's t is 1.95996 as of the normal distribution", () => {
  expect(studentTQuantile(0.95, 1e7)).toBeCloseTo(1.959964, 5);
});

test("the line through NIST's Norris data has the certified slope, intercept and deviations", () => {
  const line = lineThrough(norris);
  expect(norris).toHaveLength(36);
  expect(line.slope).toBeCloseTo(1.00211681802045, 12);
  expect(valueAt(line, 0)).toBeCloseTo(-0.262323073774029, 10);
  // Certified for independent points, such as those of this calibration.
  const independent = asIndependent(line);
  expect(Math.sqrt(independent.residualVariance)).toBeCloseTo(0.884796396144373, 10);
  expect(slopeError(independent)).toBeCloseTo(0.000429796848199937, 12);
});

test("the limits of the slope are those of a textbook example", () => {
  // Ezekiel's cars (1930), R's data set `cars`: stopping distance by speed. The limits are those of `confint(lm(dist ~
  // speed, cars))`: 3.096964 to 4.767853.
  const line = asIndependent(lineThrough(cars));
  expect(line.slope).toBeCloseTo(3.932409, 6);
  const width = errorsWithin(line, 0.95) * slopeError(line);
  expect(line.slope - width).toBeCloseTo(3.096964, 5);
  expect(line.slope + width).toBeCloseTo(4.767853, 5);
});

test("autocorrelated points count as fewer independent ones", () => {
  const random = randomNumbers(1);
  let drift = 0;
  const walk = Array.from({ length: 400 }, (_, i): Point => [i, (drift = 0.9 * drift + random() - 0.5)]);
  const noise = Array.from({ length: 400 }, (_, i): Point => [i, random()]);
  // (1 - 0.9) / (1 + 0.9) of 400 is 21.
  expect(lineThrough(walk).effectiveCount).toBeGreaterThan(10);
  expect(lineThrough(walk).effectiveCount).toBeLessThan(42);
  expect(lineThrough(noise).effectiveCount).toBeGreaterThan(300);
});

test("two points, or points with equal times, have no line", () => {
  expect(
    fittedLine([
      [1, 1],
      [2, 2],
    ]),
  ).toBeUndefined();
  expect(
    fittedLine([
      [1, 1],
      [1, 2],
      [1, 3],
    ]),
  ).toBeUndefined();
});

test("times since the epoch lose no digits", () => {
  const points = Array.from({ length: 50 }, (_, i): Point => [1_790_000_000 + i * 0.001, i * 3]);
  expect(lineThrough(points).slope).toBeCloseTo(3000, 2);
});
