import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { labelsTest } from "../../../src/query/evaluation/matchers.ts";
import { LargePatternError } from "../../../src/query/evaluation/pattern-size.ts";
import { parse } from "../../../src/query/syntax/parse.ts";
import { regularExpression, textTest } from "../../../src/query/evaluation/regular-expression.ts";
import { runs } from "../../kit/test-length.ts";

const part = fc.constantFrom("a", "b", "ab", ".", "\\.", "\\-", "-", "é", "\n", "");
const end = fc.constantFrom("", ".*", ".+");
const source = fc.oneof(
  fc
    .array(
      fc.array(part, { maxLength: 3 }).map((parts) => parts.join("")),
      { maxLength: 4 },
    )
    .map((all) => all.join("|")),
  fc
    .tuple(fc.constantFrom("(", "(?:"), fc.array(fc.array(part, { maxLength: 3 }), { maxLength: 4 }))
    .map(([begin, all]) => `${begin}${all.map((parts) => parts.join("")).join("|")})`),
  fc
    .tuple(end, fc.array(part, { maxLength: 3 }), end)
    .map(([before, parts, after]) => before + parts.join("") + after),
  fc.constantFrom(
    "",
    "|",
    ".*",
    ".+",
    ".",
    "a|.*",
    ".*a|b",
    "a.*b",
    "(a|b).*",
    "[ab]+",
    "a\\|b",
    "(a\\|b|b)",
    "(a)|(b)",
    "a\\\\|b",
    "\\w+",
    ".*.*",
    ".+.+",
  ),
);
const text = fc
  .array(fc.constantFrom("a", "b", ".", "-", "|", "é", "\n"), { maxLength: 5 })
  .map((all) => all.join(""));

test("matchers without the engine agree with RE2", () => {
  fc.assert(
    fc.property(source, text, (pattern, value) => {
      const expected = RE2JS.compile(`^(?s:${pattern})$`).matcher(value).find();
      expect(textTest(pattern)(value)).toBe(expected);
    }),
    { numRuns: runs(3_000) },
  );
});

test.each([
  ["(.*)-(.*)", "a-b", "$2-$1", "b-a"],
  ["(?P<name>.)(.)", "ab", "$name$2", "ab"],
  ["(?P<name>.)(.)", "ab", "${name}x$2", "axb"],
  ["(.)", "a", "$1x", ""],
  ["(.)", "a", "${1}x", "ax"],
  ["(.)", "a", "$$1", "$1"],
  ["(.)", "a", "$", "$"],
  ["(.)", "a", "${", "${"],
  ["(.)", "a", "$3", ""],
  ["(.)", "a", "$0[$01][${01}][$00]", "a[][][]"],
  ["(a)|(b)", "b", "[$1][$2]", "[][b]"],
  ["(.)", "ab", "$1", undefined],
])("%s in %s with the template %s is %s", (pattern, value, template, expected) => {
  expect(regularExpression(pattern).expand(value, template)).toBe(expected);
});

test("an alternative outside of the parentheses of a matcher is refused, as it would match parts of texts", () => {
  expect(() => textTest("1)|(?:2")).toThrow("unexpected ): `1)|(?:2`");
  expect(() => parse('x{a!~"1)|(?:2"}')).toThrow("unexpected ): `1)|(?:2`");
  // Prometheus accepts it here.
  expect(regularExpression("1)|(?:2").expand("123", "$0")).toBe("1");
  expect(() => textTest("1)|(?:2")).toThrow("unexpected ): `1)|(?:2`");
});

test("labels named like methods of objects are missing unless they are set", () => {
  const named = (label: string, value: string) => [{ label, operator: "=", value }] as const;
  expect(labelsTest(named("constructor", ""))({ a: "b" })).toBe(true);
  expect(labelsTest(named("__proto__", ""))({ a: "b" })).toBe(true);
  expect(labelsTest(named("constructor", "x"))({ constructor: "x" })).toBe(true);
});

test.each([
  [".{0,1000}".repeat(500)],
  ["(.{50}){50}"],
  ["\\Q[\\E(a{500}|b){5}"],
  ["[]a]{1000}[[:alpha:]]{999}\\pL{500}"],
  ["[" + "\\p{L}".repeat(200) + "]"],
  ["[" + "\\p{L}".repeat(800)],
  ["\\x{41}{1000}\\.{1001}"],
  [`${"a".repeat(5_000)}.b`],
])("a pattern that takes too much is refused before it is compiled: %.40s", (pattern) => {
  expect(() => textTest(pattern)).toThrow(LargePatternError);
});

test.each([
  ["\\Q{0,1000}{0,1000}{0,1000}\\E.", "{0,1000}{0,1000}{0,1000}x"],
  ["\\p{L}{1,64}", "abc"],
  ["[{0,1000}]{3}x{0,1000}", "0,1xx"],
  [Array.from({ length: 10_000 }, (_, i) => `name${i}`).join("|"), "name7"],
  [`(${Array.from({ length: 10_000 }, (_, i) => String.raw`\/api\/${i}\|x`).join("|")})`, "/api/7|x"],
])("a pattern of a small program, or a long list of texts, is accepted: %.40s", (pattern, value) => {
  expect(textTest(pattern)(value)).toBe(true);
});

test("many patterns that are too large together are refused", () => {
  const matchers = Array.from({ length: 450 }, (_, i) => `a=~"x{1000}${i}"`);
  expect(() => parse(`x{${matchers.join(",")}}`)).toThrow(/too large together.*write fewer/);
});

test("the lists that Grafana writes for variables count as texts, however many there are", () => {
  const list = Array.from({ length: 100 }, (_, i) => `/api/route/${i}`).join("|");
  const matchers = Array.from({ length: 6 }, (_, i) => `l${i}=~"(${list})"`);
  expect(() => parse(`x{${matchers.join(",")}}`)).not.toThrow();
});

test("an expression with a large pattern names the next step", () => {
  expect(() => parse(`x{a=~"${".{0,1000}".repeat(500)}"}`)).toThrow(/bad regular expression: .*write/);
  expect(() => parse(`x{a=~".{0,1000}.{0,1000}.{0,1000}"}`)).toThrow(
    /repeats too much.*write smaller counts/,
  );
});
