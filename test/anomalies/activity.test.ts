import { Detector } from "tachymeter/anomalies";
import { expect, test } from "vitest";
import { Activity } from "../../src/anomalies/series/activity.ts";
import { normalNumbers } from "../history/analysis/known-data.ts";

const alarm = { score: 0.6, anomalous: true };
const usual = { score: 0.1, anomalous: false };

test("an anomaly lasts until ten values in a row are usual", () => {
  const activity = new Activity();
  expect(activity.push(0, usual)).toBe(false);
  expect(activity.isActive).toBe(false);
  expect(activity.push(1, alarm)).toBe(true);
  expect(activity.push(2, alarm)).toBe(false);
  for (let i = 0; i < 9; i++) activity.push(3 + i, usual);
  expect(activity.isActive).toBe(true);
  // The deviation of an alarm at 0.5 has this score after the alarm.
  activity.push(12, { score: 0.38, anomalous: false });
  for (let i = 0; i < 9; i++) activity.push(13 + i, usual);
  expect([activity.isActive, activity.isUnusual]).toEqual([true, false]);
  activity.push(22, usual);
  expect(activity.isActive).toBe(false);
  expect(activity.push(23, alarm)).toBe(true);
});

test("an anomaly ends after a day, and the next one begins after ten usual values", () => {
  const activity = new Activity();
  activity.push(0, alarm);
  activity.push(86_400, alarm);
  expect(activity.isActive).toBe(true);
  expect(activity.push(86_415, alarm)).toBe(false);
  expect(activity.isActive).toBe(false);
  for (let i = 0; i < 10; i++) activity.push(86_500 + i, usual);
  expect(activity.push(86_600, alarm)).toBe(true);
  expect(activity.isActive).toBe(true);
});

test.each([3, 10, 1_000])("a level change of %i deviations is one anomaly, of at most a day", (size) => {
  const normal = normalNumbers(5);
  const [detector, activity] = [new Detector(), new Activity()];
  let [begins, active] = [0, 0];
  const change = 5_760;
  for (let i = 0; i < 3 * 5_760; i++) {
    const value = 100 + normal() + (i < change ? 0 : size);
    if (activity.push(15 * i, detector.push(15 * i, value)) && i >= change) begins++;
    if (activity.isActive && i >= change) active++;
  }
  expect(begins).toBe(1);
  expect(active * 15).toBeLessThanOrEqual(86_415);
  expect(activity.isActive).toBe(false);
});
