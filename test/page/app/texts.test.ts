import { expect, test } from "vitest";
import { axisTimes, durationText } from "../../../src/page/app/text/times.ts";
import { valueCountText, valueWithUnit } from "../../../src/page/app/text/values.ts";

test.each([
  [0.0123, "s", "12.3 ms"],
  [0, "s", "0 s"],
  [-0.5, "s", "−500 ms"],
  [1536, "By", "1.5 KiB"],
  [1536, "By/s", "1.5 KiB/s"],
  [0.425, "1", "42.5 %"],
  [3, "1/s", "3/s"],
  [17.25, "{request}/s", "17.3/s"],
  [12_345, "{request}/s", "12.3 k/s"],
  [12_345_678, "{message}", "12.3 M"],
  [9_999, "{message}", "9999"],
  [null, "s", "–"],
  [Infinity, "By", "+Inf"],
  [-Infinity, "{message}", "−Inf"],
])("%d in %s is %s", (value, unit, text) => {
  expect(valueWithUnit(value, unit)).toBe(text);
});

test("a number of values that is not known to the end says so", () => {
  expect([valueCountText({ values: 5 }), valueCountText({ values: 10_000, orMore: true })]).toEqual([
    "5",
    "10000 or more",
  ]);
});

test.each([
  [0.2, "0 s"],
  [59, "59 s"],
  [61, "1 min"],
  [7_500, "2 h 5 min"],
  [7_200, "2 h"],
  [90_000, "1 d 1 h"],
])("%d seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test("marks of a time axis show seconds only if they are close, and the date at midnight", () => {
  const midnight = new Date(2026, 0, 31).getTime() / 1_000;
  expect(axisTimes([midnight, midnight + 10], 10)).toEqual(["31 Jan", "00:00:10"]);
  expect(axisTimes([midnight + 3_600], 3_600)).toEqual(["01:00"]);
});
