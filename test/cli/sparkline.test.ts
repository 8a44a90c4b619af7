import { expect, test } from "vitest";
import { durationFrom } from "../../src/cli/arguments.ts";
import { lengthText, sparkline } from "../../src/cli/texts.ts";

test.each([
  [[0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"],
  [[-10, 10, -10], "▁█▁"],
  [[1, undefined, 2], "▁ █"],
  [[3, 3, 3], "▅▅▅"],
  [[0.1 + 0.2, 0.3], "▅▅"],
  [[0, 0], "▁▁"],
  [[1, NaN, Infinity, 2], "▁  █"],
  [[], ""],
])("the trend of %j is %j", (values, text) => {
  expect(sparkline(values, 60)).toBe(text);
});

test("counts are drawn from 0", () => {
  expect(sparkline([99, 100, 98], 60, 0)).toBe("███");
  expect(sparkline([1, 8, 0], 60, 0)).toBe("▂█▁");
});

test("values beyond the width are averaged", () => {
  expect(sparkline([0, 2, 4, 6, 8, 10, 12, 14], 4)).toBe("▁▃▆█");
  expect(sparkline([undefined, undefined, 1, 3], 2)).toBe(" ▅");
  expect(
    sparkline(
      Array.from({ length: 1_000 }, (_, i) => i),
      60,
    ),
  ).toHaveLength(60);
});

test.each([
  ["90", 90],
  ["90s", 90],
  ["1.5m", 90],
  ["250ms", 0.25],
  ["2h", 7_200],
  ["1d", 86_400],
])("a step of %j is %d s", (text, seconds) => {
  expect(durationFrom("step", text)).toBe(seconds);
});

test("an invalid duration is rejected with examples of valid ones", () => {
  for (const text of ["", "0", "-5m", "5 apples", "1e3s"]) {
    expect(() => durationFrom("step", text)).toThrow(
      `--step must be a duration such as 90s, 5m, 1h or 1d, got "${text}"`,
    );
  }
});

test("durations are formatted in their largest whole unit", () => {
  expect([90, 120, 7_200, 86_400, 0.5].map(lengthText)).toEqual(["90 s", "2 min", "2 h", "1 d", "0.5 s"]);
});
