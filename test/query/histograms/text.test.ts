import { expect, test } from "vitest";
import { histogramJson, histogramText } from "../../../src/query/histograms/text.ts";
import { jsonNumber, shortNumber } from "../../../src/query/number-text.ts";
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";

const none = { offset: 0, counts: new Float64Array(0) };
const standard: NativeHistogram = {
  schema: 0,
  count: 14,
  sum: -1.5e-7,
  zeroThreshold: 0.5,
  zeroCount: 3,
  positive: { offset: 0, counts: Float64Array.of(2, 0, 2_000_000) },
  negative: { offset: 1, counts: Float64Array.of(1, 4.5) },
  resetHint: "unknown",
};
const custom: NativeHistogram = {
  schema: -53,
  count: 6,
  sum: NaN,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: { offset: 0, counts: Float64Array.of(1, 2, 3) },
  negative: none,
  customBounds: [0.5, 2],
  resetHint: "gauge",
};
const empty: NativeHistogram = {
  ...standard,
  count: 0,
  sum: 0,
  zeroCount: 0,
  positive: none,
  negative: none,
};

test("a histogram's text has the bounds of its schema", () => {
  expect(histogramText(standard)).toBe(
    "{count:14, sum:-1.5e-07, [-4,-2):4.5, [-2,-1):1, [-0.5,0.5]:3, (0.5,1]:2, (2,4]:2e+06}",
  );
  expect(histogramText(custom)).toBe("{count:6, sum:NaN, [-Inf,0.5]:1, (0.5,2]:2, (2,+Inf]:3}");
  expect(histogramText(empty)).toBe("{count:0, sum:0}");
});

test("a histogram's JSON ends buckets at the zero bucket, and has no empty ones", () => {
  expect(histogramJson({ ...standard, zeroThreshold: 0.75 })).toEqual({
    count: "14",
    sum: "-1.5e-07",
    buckets: [
      [1, "-4", "-2", "4.5"],
      [1, "-2", "-1", "1"],
      [3, "-0.75", "0.75", "3"],
      [0, "0.75", "1", "2"],
      [0, "2", "4", "2000000"],
    ],
  });
  expect(histogramJson(custom)).toEqual({
    count: "6",
    sum: "NaN",
    buckets: [
      [3, "-Inf", "0.5", "1"],
      [0, "0.5", "2", "2"],
      [0, "2", "+Inf", "3"],
    ],
  });
  expect(histogramJson(empty)).toEqual({ count: "0", sum: "0" });
});

test.each([
  [0, "0", "0"],
  [-0, "-0", "-0"],
  [NaN, "NaN", "NaN"],
  [Infinity, "+Inf", "+Inf"],
  [-Infinity, "-Inf", "-Inf"],
  [0.1, "0.1", "0.1"],
  [1e-4, "0.0001", "0.0001"],
  [1.5e-5, "0.000015", "1.5e-05"],
  [1e-7, "1e-07", "1e-07"],
  [123_456, "123456", "123456"],
  [-1_234_567, "-1234567", "-1.234567e+06"],
  [1e21, "1e+21", "1e+21"],
  [1.5e300, "1.5e+300", "1.5e+300"],
])("%d is %s in JSON and %s in texts, as Prometheus writes numbers", (value, json, short) => {
  expect(jsonNumber(value)).toBe(json);
  expect(shortNumber(value)).toBe(short);
});
