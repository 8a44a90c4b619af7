import { expect, test } from "vitest";
import { annotations, isWarning, positioned } from "../../src/query/annotations.ts";

test("an annotation has the line and column of its part of the query", () => {
  expect(positioned("PromQL info: x", "rate(x[5m])", 5)).toBe("PromQL info: x (1:6)");
  expect(positioned("PromQL info: x", "1 +\n  rate(x[5m])", 11)).toBe("PromQL info: x (2:8)");
});

test("columns count bytes of UTF-8", () => {
  expect(positioned("PromQL info: x", '{"größe"} + x', 12)).toBe("PromQL info: x (1:15)");
});

test("names and values are quoted, numbers are short", () => {
  expect(annotations.badBucketLabel('a"\n')).toBe(
    'PromQL warning: bucket label "le" is missing or has a malformed value of "a\\"\\n"',
  );
  expect(annotations.invalidQuantile(1e7)).toBe(
    "PromQL warning: quantile value should be between 0 and 1, got 1e+07",
  );
  expect(annotations.incompatibleTypes(">", "float", "histogram")).toBe(
    'PromQL info: incompatible sample types encountered for binary operator ">": float > histogram',
  );
});

test("only the texts of warnings are warnings", () => {
  expect(isWarning(annotations.histogramNotGauge("x"))).toBe(true);
  expect(isWarning(annotations.possibleNonCounter("x"))).toBe(false);
});
