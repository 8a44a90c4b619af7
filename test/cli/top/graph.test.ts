import { expect, test } from "vitest";
import { graphRows, scaleOf } from "../../../src/cli/top/terminal/graph.ts";

function drawn(
  values: readonly number[],
  columns: number,
  rows: number,
  isUnicode = true,
): readonly string[] {
  return graphRows(values, { columns, rows, isUnicode, scale: scaleOf(values) });
}

test("a Braille column has two values of four levels", () => {
  expect(drawn([1, 2, 3, 4], 2, 1)).toEqual(["⣠⣾"]);
  expect(drawn([0, 4, NaN, 4], 2, 1)).toEqual(["⣸⢸"]);
  expect(drawn([0, 0], 1, 1)).toEqual(["⣀"]);
  expect(drawn([NaN, NaN], 1, 1)).toEqual([" "]);
});

test("a higher graph has more levels, the highest at the top", () => {
  expect(drawn([1, 8], 1, 2)).toEqual(["⢸", "⣸"]);
});

test("peaks stay if there are more values than dots, and values are repeated if there are fewer", () => {
  const values = Array.from({ length: 100 }, (_, i) => (i === 37 ? 4 : 1));
  expect(drawn(values, 5, 1)[0]).toContain("⣸");
  expect(drawn([2, 4], 4, 1)).toEqual(["⣤⣤⣿⣿"]);
});

test("without Unicode a graph is of ASCII characters", () => {
  expect(drawn([0, 1, 2, 3, 4, 5, 6, NaN], 8, 1, false)).toEqual(["__.-=*# "]);
});

test("a scale begins at 0, at lower values, or if wanted at the lowest", () => {
  expect(scaleOf([3, 5])).toEqual({ low: 0, high: 5 });
  expect(scaleOf([-3, 5])).toEqual({ low: -3, high: 5 });
  expect(scaleOf([3, NaN, Infinity, 5], true)).toEqual({ low: 3, high: 5 });
  expect(scaleOf([])).toEqual({ low: 0, high: 0 });
});
