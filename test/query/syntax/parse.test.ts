import fc from "fast-check";
import { expect, test } from "vitest";
import type { Expression } from "../../../src/query/expression.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import { explain } from "../../../src/query/syntax/explain.ts";
import { format } from "../../../src/query/syntax/format.ts";
import { parse } from "../../../src/query/syntax/parse.ts";
import { processorMicros } from "../../kit/processor-time.ts";
import { ACCEPTED, DURATIONS, REFUSED } from "./expressions.ts";
import { mutated } from "./mutated.ts";
import { runs } from "../../kit/test-length.ts";

test.each(DURATIONS)("the duration of %s is %d ms", (text, millis) => {
  expect(parse(text)).toMatchObject(
    text.includes("offset") ? { offsetMillis: millis } : { rangeMillis: millis },
  );
});

test("an offset ends after a number; its arithmetic begins with parentheses or two signs", () => {
  for (const text of ["x offset 5m + 1", "x offset -5m ^ 2", "x offset -(5m) + 1"])
    expect(parse(text).kind).toBe("binary");
  for (const text of ["x offset (5m) + 1", "x offset - -5m + 1"]) expect(parse(text).kind).toBe("selector");
});

test("an expression becomes a typed tree with places", () => {
  expect(parse('sum by (job) (rate(x{code!="200"}[5m] offset 1h @ end()))')).toEqual({
    kind: "aggregation",
    type: "vector",
    operator: "sum",
    grouping: ["job"],
    isWithout: false,
    parameter: undefined,
    start: 0,
    end: 57,
    expression: {
      kind: "call",
      type: "vector",
      name: "rate",
      start: 14,
      end: 56,
      args: [
        {
          kind: "range",
          type: "matrix",
          rangeMillis: 300_000,
          start: 19,
          end: 55,
          selector: {
            kind: "selector",
            type: "vector",
            name: "x",
            matchers: [
              { label: "code", operator: "!=", value: "200" },
              { label: "__name__", operator: "=", value: "x" },
            ],
            offsetMillis: 3_600_000,
            at: "end",
            start: 19,
            end: 33,
          },
        },
      ],
    },
  });
});

test("operators bind as in Prometheus", () => {
  const cases: [string, string][] = [
    ["-1^2", "(-(1 ^ 2))"],
    ["2^-1^2", "(2 ^ (-(1 ^ 2)))"],
    ["2^3^2", "(2 ^ (3 ^ 2))"],
    ["-a*b", "((-a) * b)"],
    ["a-b-c", "((a - b) - c)"],
    ["a or b and c unless d", "(a or ((b and c) unless d))"],
    ["a + b * c atan2 d > e", "((a + ((b * c) atan2 d)) > e)"],
    ["a ^ b offset 5m", "(a ^ b offset 5m)"],
    ["-a @ 5", "(-a @ 5.000)"],
  ];
  for (const [text, grouped] of cases) expect(inParentheses(parse(text))).toBe(grouped);
});

test("a matching has the defaults of its operator", () => {
  expect(parse("a + b")).toMatchObject({
    matching: { cardinality: "one-to-one", isOn: false, labels: [], include: [] },
  });
  expect(parse("a and on (c) b")).toMatchObject({
    matching: { cardinality: "many-to-many", isOn: true, labels: ["c"] },
  });
  expect(parse("a / ignoring (c) group_right (d, e) b")).toMatchObject({
    matching: { cardinality: "one-to-many", isOn: false, labels: ["c"], include: ["d", "e"] },
  });
  expect(parse("a + 1")).toMatchObject({ type: "vector", matching: undefined });
  expect(parse("1 + 1")).toMatchObject({ type: "scalar", matching: undefined });
});

test("numbers and strings have the values that they have in Go", () => {
  const numbers: [string, number][] = [
    ["010", 8],
    ["08", 8],
    ["0x1_f", 31],
    ["1_000.5e1", 10_005],
    ["1.", 1],
    ["5m", 300],
    ["1y2w3d4h5m6s7ms", 33_019_506.007],
    ["- -1", 1],
    ["-Inf", Number.NEGATIVE_INFINITY],
  ];
  for (const [text, value] of numbers) expect([text, parse(text)]).toMatchObject([text, { value }]);
  const strings: [string, string][] = [
    [String.raw`"\x41\101\u00e9\U0001F600\n\""`, 'AAé😀\n"'],
    [String.raw`'\'"'`, `'"`],
    ["`\\n`", "\\n"],
    [String.raw`"\xc3\xa9"`, "é"],
  ];
  for (const [text, value] of strings) expect([text, parse(text)]).toMatchObject([text, { value }]);
});

test("a name in quotes is a name, and keywords are names of metrics and labels", () => {
  expect(parse('{"http.requests",job="a"}')).toMatchObject({ name: "http.requests" });
  expect(parse("sum{by='c'}")).toMatchObject({ kind: "selector", name: "sum" });
  expect(parse("sum by (on, bool, sum) (offset)")).toMatchObject({ grouping: ["on", "bool", "sum"] });
});

test("durations are in whole milliseconds", () => {
  expect(parse("x[1.0005]")).toMatchObject({ rangeMillis: 1_000 });
  expect(parse("x offset - -1.5")).toMatchObject({ offsetMillis: 1_500 });
  expect(parse("x[1h:90]")).toMatchObject({ rangeMillis: 3_600_000, stepMillis: 90_000 });
  expect(parse("x @ 1.0005")).toMatchObject({ at: 1_001 });
});

test("valid expressions are accepted, and invalid ones refused with a position", () => {
  for (const text of ACCEPTED) expect(parse(text).start).toBeLessThanOrEqual(text.length);
  for (const text of REFUSED) {
    const error = errorOf(text);
    expect([text, error?.kind, error?.code]).toEqual([text, "bad_data", "TACHYMETER_QUERY"]);
    expect(error?.message).toMatch(/^parse error at (?:line \d+, )?column \d+: [^\n]+; [^\n]+$/);
    expect(error?.position).toBeLessThanOrEqual(text.length);
  }
});

test("errors name the place, the problem and the next step", () => {
  const texts = [
    "rate(x[)",
    "rat(x[5m])",
    "smoothed_rate_of_all(x)",
    "rate(x)",
    "rate(x[5m]) > and y",
    "sum(x",
    "x{job=api}",
    "x[5 m]",
    "x[5m] + 1",
    "1 == 1",
    'foo{__name__="bar"}',
    '{job=~".*"}',
    'x{job=~"("}',
    "topk(x)",
    "round(x, 1, 2)",
    "label_join(x)",
    "a and 1",
    "a + bool b",
    "a / on (b) group_left (b) c",
    "(x)[5m]",
    "x offset 5m [5m]",
    "sum(x) offset 5m",
    "x offset 1h offset 1h",
    "x @ now()",
    "x[5m/0]",
    "x[(5m]",
    "x[5m-1h]",
    "x[step()]",
    "5x",
    '"abc',
    String.raw`"\d"`,
    "x\n+ $y",
    "on",
    "x y",
    "",
    "x[0]",
    "sum by job (x)",
  ];
  expect(texts.map((text) => `${text.replace("\n", "⏎")}\n  ${errorOf(text)?.message}`).join("\n"))
    .toMatchInlineSnapshot(`
      "rate(x[)
        parse error at column 8: expected a duration, got ")"; write rate(x[5m])
      rat(x[5m])
        parse error at column 1: unknown function "rat"; write rad()
      smoothed_rate_of_all(x)
        parse error at column 1: unknown function "smoothed_rate_of_all"; write the name of a function of Prometheus
      rate(x)
        parse error at column 6: rate() needs a range vector, got an instant vector; write rate(x[5m])
      rate(x[5m]) > and y
        parse error at column 19: expected an operator or the end, got "y"; remove it, or write an operator before it
      sum(x
        parse error at column 6: expected "," or ")", got the end of the expression; separate arguments by commas, and close the parenthesis
      x{job=api}
        parse error at column 7: expected a string, got "api"; write job="value"
      x[5 m]
        parse error at column 5: expected "]" or ":", got "m"; write x[5m]
      x[5m] + 1
        parse error at column 1: + needs scalars or instant vectors, got a range vector; apply a function such as rate() to it
      1 == 1
        parse error at column 3: a comparison of scalars needs bool; write == bool
      foo{__name__="bar"}
        parse error at column 1: the metric's name is written twice: foo and bar; write it before the braces or within them
      {job=~".*"}
        parse error at column 1: the selector would select all series; add a name, or a matcher that refuses the empty string, such as job=~".+"
      x{job=~"("}
        parse error at column 3: bad regular expression: missing closing ): \`^(?s:()$\`; write it in RE2's syntax
      topk(x)
        parse error at column 1: topk takes 2 arguments, got 1; write topk(0.9, x)
      round(x, 1, 2)
        parse error at column 1: round() takes 1 to 2 arguments, got 3; write round(x)
      label_join(x)
        parse error at column 1: label_join() takes at least 3 arguments, got 1; write label_join(x, "text", "text")
      a and 1
        parse error at column 3: and is only for instant vectors; write vector(1) for the number 1
      a + bool b
        parse error at column 3: bool is only for comparisons, got +; remove bool
      a / on (b) group_left (b) c
        parse error at column 3: label b is in on() and in the group clause; remove it from the group clause
      (x)[5m]
        parse error at column 4: a range needs a selector before it; write [5m:] for a subquery
      x offset 5m [5m]
        parse error at column 13: offset stands before the range; write offset after the range
      sum(x) offset 5m
        parse error at column 8: offset needs a selector or a subquery before it; write offset after the selector: rate(x[5m] offset 1h)
      x offset 1h offset 1h
        parse error at column 13: offset is written twice; remove one of them
      x @ now()
        parse error at column 5: expected a time in seconds, got "now"; write @ 1609746000, @ start() or @ end()
      x[5m/0]
        parse error at column 3: the duration is divided by 0; write x[5m]
      x[(5m]
        parse error at column 6: expected ")" or an operator, got "]"; close the parenthesis
      x[5m-1h]
        parse error at column 3: the duration must be above 0, got -3300s; write x[5m]
      x[step()]
        parse error at column 3: step() is experimental in Prometheus; set option experimental: true, or experimental=true in the HTTP API
      5x
        parse error at column 1: bad number or duration "5x"; write a number such as 1.5 or a duration such as 1h30m, with units from y to ms in this order
      "abc
        parse error at column 1: the string has no closing "; write " at its end, and a line break in it as \\n
      "\\d"
        parse error at column 2: unknown escape sequence \\d; write a backslash as \\\\, or the string in backquotes
      x⏎+ $y
        parse error at line 2, column 3: unexpected character "$"; remove it, or write a name that contains it in quotes within braces
      on
        parse error at column 1: expected an expression, got "on"; write {"on"} for the metric on
      x y
        parse error at column 3: expected an operator or the end, got "y"; remove it, or write an operator before it

        parse error at column 1: the expression is empty; write one such as rate(http_requests_total[5m])
      x[0]
        parse error at column 3: the duration must be above 0, got 0s; write x[5m]
      sum by job (x)
        parse error at column 8: expected "(", got "job"; write the labels in parentheses: (job, instance)"
    `);
});

test("no input throws anything but a QueryError, in bounded time", { timeout: 60_000 }, () => {
  const inputs = fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.string({ unit: "binary" }),
    mutated(fc, ACCEPTED),
  );
  fc.assert(
    fc.property(inputs, (text) => {
      expect(isParsedOrRefused(text)).toBe(true);
    }),
    { numRuns: runs(3_000) },
  );
});

test("very long and deep input is refused or parsed quickly", () => {
  const many = 100_000;
  const texts = [
    "(".repeat(many),
    `${"-".repeat(many)}1`,
    `x${" or x".repeat(many)}`,
    `x${"^x".repeat(many)}`,
    "sum(".repeat(many),
    `"${String.raw`\n`.repeat(many)}"`,
    `x{${'a="b",'.repeat(many)}}`,
    `x{a=~"${"(".repeat(many)}"}`,
    "1".repeat(many),
    `${"1".repeat(many)}s`,
    `0x${"f_".repeat(many)}`,
    "5m".repeat(many),
    "#".repeat(many),
  ];
  for (const text of texts) {
    const before = process.cpuUsage();
    expect(isParsedOrRefused(text)).toBe(true);
    expect(processorMicros(before) / 1e6).toBeLessThan(2);
  }
  const deep = `${"(".repeat(300)}x${")".repeat(300)}`;
  expect(format(parse(deep))).toBe(deep);
});

test("parsing the canonical form returns the same tree", () => {
  for (const text of ACCEPTED) expect(withoutPlaces(parse(format(text)))).toEqual(withoutPlaces(parse(text)));
  fc.assert(
    fc.property(mutated(fc, ACCEPTED), (text) => {
      fc.pre(errorOf(text) === undefined);
      const tree = parse(text);
      expect(withoutPlaces(parse(format(tree)))).toEqual(withoutPlaces(tree));
      expect(explain(tree)).not.toBe("");
    }),
    { numRuns: runs(1_000), maxSkipsPerRun: 1_000 },
  );
});

test("an explanation has a line for each step of the evaluation", () => {
  expect(
    explain(`
      sum by (job) (rate(http_requests_total{code=~"5.."}[5m] offset 1h))
        / on (job) group_left (team) max_over_time(owners[1d:1h]) > bool 0.05`),
  ).toMatchInlineSnapshot(`
    "1. select http_requests_total{code=~"5.."}: the samples of the last 5m before each time, 1h earlier
    2. rate() of 1
    3. sum of 2 by job: one series for each combination of job
    4. select owners: the latest sample before each time
    5. evaluate 4 every 1h over the last 1d before each time
    6. max_over_time() of 5
    7. 3 / 6; series match if they agree in job, many on the left for one on the right, with team of the other side
    8. 7 > 0.05: 1 if it holds, otherwise 0"
  `);
  expect(explain("topk(5, x) or -y @ end() and on () vector(time())")).toMatchInlineSnapshot(`
    "1. select x: the latest sample before each time
    2. topk 5 of 1: over all series
    3. select y: the latest sample before each time, at the end of the range
    4. 3 with the opposite sign
    5. time()
    6. vector() of 5
    7. 4 and 6; all series match each other
    8. 2 or 7; series match if they agree in all labels but the name"
  `);
  expect(explain("1")).toBe("1. the constant 1");
});

function errorOf(text: string): QueryError | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}

function isParsedOrRefused(text: string): boolean {
  const error = errorOf(text);
  return error === undefined || error.kind === "bad_data";
}

// Places are removed, and matchers sorted, since the canonical form has them in order. As in Prometheus, it has no -0s.
function withoutPlaces(tree: Expression): unknown {
  return JSON.parse(
    JSON.stringify(tree, function (this: object, key: string, value: unknown) {
      if (key === "start" || key === "end") return undefined;
      if (value === 0 && "isDuration" in this && this.isDuration === true) return 0;
      if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
        return `${1 / value} ${value}`;
      if (key === "matchers" && Array.isArray(value))
        return value.map((each) => JSON.stringify(each)).toSorted();
      return value;
    }),
  );
}

function inParentheses(tree: Expression): string {
  switch (tree.kind) {
    case "binary":
      return `(${inParentheses(tree.left)} ${tree.operator} ${inParentheses(tree.right)})`;
    case "unary":
      return `(${tree.operator}${inParentheses(tree.expression)})`;
    default:
      return format(tree);
  }
}
