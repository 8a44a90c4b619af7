import { expect, test } from "vitest";
import { explain, format, parse } from "../../../src/query/index.ts";

const on = { experimental: true };

test.each([
  ["limitk(1, x)", "limitk()"],
  ["limit_ratio(0.5, x)", "limit_ratio()"],
  ["info(x)", "info()"],
  ["x + fill(0) y", "fill()"],
  ["x + on (a) group_left fill_right(-1) y", "fill_right()"],
  ["rate(x[5m] anchored)", "anchored"],
  ["x smoothed", "smoothed"],
  ["start()", "start()"],
  ["x[step()]", "step()"],
  ["x offset range()", "range()"],
  ["x[1h:min_of(1m, 5m)]", "min_of()"],
  ['histogram_quantiles(x, "q", 0.5)', "histogram_quantiles()"],
  ["sort_by_label(x)", "sort_by_label()"],
  ["mad_over_time(x[5m])", "mad_over_time()"],
  ["ts_of_min_over_time(x[5m])", "ts_of_min_over_time()"],
])("%s needs option experimental", (text, name) => {
  expect(() => parse(text)).toThrow(`${name} is experimental in Prometheus; set option experimental: true`);
  expect(format(format(text, on), on)).toBe(format(text, on));
});

test("words of experimental parts are names of metrics, too", () => {
  for (const name of [
    "fill",
    "fill_left",
    "anchored",
    "smoothed",
    "limitk",
    "info",
    "step",
    "range",
    "min_of",
  ])
    expect(parse(`${name} + ${name}`)).toMatchObject({ kind: "binary", left: { name }, right: { name } });
});

test.each([
  ["x[5m*2]", "x[5m * 2]"],
  ["x[(5m)+1]", "x[(5m) + 1]"],
  ["x[STEP()*2:-(-1m)]", "x[step() * 2:-(-1m)]"],
  ["x offset -step()", "x offset -step()"],
  ["x offset - -5m - 1m", "x offset (5m - 1m)"],
  ["x[max_of(1m,range())] smoothed @ 5", "x[max_of(1m, range())] smoothed @ 5.000"],
  ["x+fill(1)y", "x + fill (1) y"],
  ["x-fill_left(1)fill_right(-2)y", "x - fill_left (1) fill_right (-2) y"],
  ["x</1", "x </ 1"],
  ["x smoothed @ 5 offset 1m", "x @ 5.000 smoothed offset 1m"],
  ["x offset +-2 ^ 2", "x offset (-2 ^ 2)"],
  ["x offset - -step() @ 5 + y", "x @ 5.000 offset +(--step()) + y"],
  ["x offset +(5m) + y", "x offset +(5m) + y"],
  ["1 - x offset (5m) @ end() + 2", "1 - x @ end() offset +(5m) + 2"],
])("the canonical form of %s is %s, which is that of itself", (text, expected) => {
  expect(format(text, on)).toBe(expected);
  expect(format(expected, on)).toBe(expected);
});

test.each([
  ["x[min_of(step(), Inf)]", "the duration is out of range"],
  ["x[step() * 1e300]", "the duration is out of range"],
  ["x[step() / 0s]", "the duration is divided by 0"],
  [`x[${"1+".repeat(5_000)}1]`, "the duration has more than 200 operators and parentheses"],
  [`x[${"-".repeat(5_000)}1]`, "the duration has more than 200 operators and parentheses"],
])("ranges are refused, case %$", (text, problem) => {
  expect(() => parse(text, on)).toThrow(problem);
});

test.each([
  ["x fill(0)", "expected an operator or the end"],
  ["x + fill(0) 1", "+ allows no fill here"],
  ["x and fill(0) y", "and allows no fill here"],
  ["1 </ 2", "</ needs native histograms, got scalars"],
  ["info(x, y)", "expected label matchers in braces"],
  ["rate(x[5m] anchored smoothed)", "anchored and smoothed cannot be combined"],
  ["x[5m:] anchored", "anchored needs a selector or its range before it"],
  ['histogram_quantiles(x, "q")', "takes 3 to 12 arguments, got 2"],
])("%s is refused", (text, problem) => {
  expect(() => parse(text, on)).toThrow(problem);
});

test("experimental parts are explained", () => {
  expect(explain("rate(x[step()] anchored) + fill(0) y", on)).toBe(
    [
      "1. select x: the samples of the last step() before each time, anchored",
      "2. rate() of 1",
      "3. select y: the latest sample before each time",
      "4. 2 + 3; series match if they agree in all labels but the name, 0 for a missing one on the left, 0 for a missing one on the right",
    ].join("\n"),
  );
});
