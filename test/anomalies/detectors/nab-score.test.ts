import { expect, test } from "vitest";
import { PROFILES, probation, scoreOf, tally } from "../../../bench/anomalies/nab.js";

const POINTS = 4_000;
const SPANS = [
  [1_000, 1_199],
  [3_000, 3_199],
] as const;

test("without an alarm the score is 0 in each profile", () => {
  for (const weights of Object.values(PROFILES)) expect(scoreOf([tally(POINTS, SPANS, [])], weights)).toBe(0);
});

test("an alarm at the begin of each window is 100 in each profile", () => {
  const perfect = [tally(POINTS, SPANS, [1_000, 3_000])];
  for (const weights of Object.values(PROFILES)) expect(scoreOf(perfect, weights)).toBeCloseTo(100, 10);
});

test("only the first alarm in a window counts", () => {
  expect(tally(POINTS, SPANS, [1_000, 1_001, 1_150])).toEqual(tally(POINTS, SPANS, [1_000]));
});

test("a later alarm in the window counts less", () => {
  const gains = [1_000, 1_100, 1_199].map((at) => tally(POINTS, SPANS, [at]).gain);
  expect(gains[0]).toBeCloseTo(1, 10);
  // At half of the window, 2 / (1 + exp(-2.5)) - 1 = 0.848, over 0.987 at its begin.
  expect(gains[1]).toBeCloseTo(0.862, 2);
  expect(gains[2]).toBeLessThan(0.02);
});

test("a false alarm costs nothing just after a window, and its whole weight far from one", () => {
  expect(tally(POINTS, SPANS, [1_200]).loss).toBeLessThan(0.02);
  expect(tally(POINTS, SPANS, [2_900]).loss).toBe(1);
  expect(tally(POINTS, SPANS, [900]).loss).toBe(1);
});

test("a false alarm and a missed window have the weights of the profile", () => {
  const series = [tally(POINTS, SPANS, [900, 1_000])];
  expect(scoreOf(series)).toBeCloseTo((100 * (1 - 0.11 - 1 + 2)) / 4, 10);
  expect(scoreOf(series, PROFILES["low false alarms"])).toBeCloseTo((100 * (1 - 0.22 - 1 + 2)) / 4, 10);
  expect(scoreOf(series, PROFILES["low misses"])).toBeCloseTo((100 * (1 - 0.11 - 2 + 4)) / 6, 10);
});

test("the first 15 % of a series are not scored, at most 750 points", () => {
  expect(probation(1_000)).toBe(150);
  expect(probation(100_000)).toBe(750);
  expect(tally(POINTS, SPANS, [599])).toEqual(tally(POINTS, SPANS, []));
  expect(tally(POINTS, SPANS, [600]).falseAlarms).toBe(1);
});
