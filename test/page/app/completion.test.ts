import { expect, test } from "vitest";
import { ApiProblem, namesOf } from "../../../src/page/app/explore/api.ts";
import { placeAt, ranked } from "../../../src/page/app/explore/completion.ts";

// The caret is at `|`.
test.each([
  ["http_re|", { kind: "name", typed: "http_re" }],
  ["sum(ra|te", { kind: "name", typed: "ra", to: 8 }],
  ["x{|", { kind: "label", typed: "", metric: "x" }],
  ['x{a="b", ro|}', { kind: "label", typed: "ro", metric: "x" }],
  ['sum(x_total {route="/ord|', { kind: "value", typed: "/ord", metric: "x_total", label: "route" }],
  ['x{route=~"|"}', { kind: "value", typed: "", label: "route" }],
  ["sum by (ro|) (rate(x_total[5m]))", { kind: "grouping", typed: "ro", metric: "x_total" }],
  ["sum without(a, |", { kind: "grouping", typed: "" }],
  ["rate(x[|", { kind: "duration", typed: "" }],
  ["rate(x[5|", { kind: "duration", typed: "5" }],
])("%s", (text, place) => {
  expect(placeAt(text.replace("|", ""), text.indexOf("|"))).toMatchObject(place);
});

test.each(["", "sum(", "1 + ", 'x{a="b"} ', 'label_replace(x, "a'])(
  "nothing is completed after %o",
  (text) => {
    expect(placeAt(text, text.length)).toBeUndefined();
  },
);

test("texts that begin with what was typed come first", () => {
  const items = ["a_rate", "rate", "irate", "other"].map((text) => ({ text }));
  expect(ranked(items, "rate", 9).map(({ text }) => text)).toEqual(["rate", "a_rate", "irate"]);
  expect(ranked(items, "r", 1)).toEqual([{ text: "rate" }]);
});

test("series are named by the labels in which they differ", () => {
  expect(
    namesOf([
      { __name__: "x", job: "a", route: "/" },
      { __name__: "x", job: "a", route: '"' },
    ]),
  ).toEqual(['x{route="/"}', String.raw`x{route="\""}`]);
  expect(namesOf([{ job: "a" }])).toEqual(['{job="a"}']);
  expect(namesOf([{}])).toEqual([""]);
});

test("the position of an error is found in its text", () => {
  const problem = new ApiProblem('invalid parameter "query": parse error at line 2, column 5: no name');
  expect(problem.position).toEqual({ line: 1, column: 4 });
  expect(problem.message).toBe("parse error at line 2, column 5: no name");
  expect(new ApiProblem("parse error at column 3: no name").position).toEqual({ line: 0, column: 2 });
  expect(new ApiProblem("too many samples").position).toBeUndefined();
});
