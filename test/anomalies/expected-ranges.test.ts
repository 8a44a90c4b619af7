import { expect, test } from "vitest";
import { ExpectedRanges } from "../../src/anomalies/running/expected-ranges.ts";

test("a time has the latest range that is not too old", () => {
  const ranges = new ExpectedRanges();
  expect(ranges.at([1], 30)).toEqual({ low: [null], high: [null] });
  for (const seconds of [100, 115, 130]) ranges.push(seconds, [seconds, seconds + 1]);
  expect(ranges.at([90, 100, 120, 129, 160, 161], 30)).toEqual({
    low: [null, 100, 115, 115, 130, null],
    high: [null, 101, 116, 116, 131, null],
  });
});

test("the oldest ranges are forgotten", () => {
  const ranges = new ExpectedRanges();
  for (let i = 0; i < 1_000; i++) ranges.push(i, [i, i]);
  expect(ranges.at([0, 759, 760, 999, 1_010], 20).low).toEqual([null, null, 760, 999, 999]);
});

test("after the clock was set back, earlier ranges stay, and new ones follow", () => {
  const ranges = new ExpectedRanges();
  for (let i = 0; i < 300; i++) ranges.push(i, [i, i]);
  for (const seconds of [290, 291]) ranges.push(seconds, [-seconds, -seconds]);
  expect(ranges.at([280, 289, 290, 291, 292, 299, 320], 20).low).toEqual([
    280,
    289,
    -290,
    -291,
    -291,
    -291,
    null,
  ]);
});
