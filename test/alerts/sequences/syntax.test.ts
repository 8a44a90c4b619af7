import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSequence } from "../../../src/alerts/sequences/format.ts";
import { parseSequence } from "../../../src/alerts/sequences/check-sequence.ts";
import type { EventSequence } from "../../../src/alerts/sequences/rule.ts";
import { SequenceError } from "../../../src/alerts/sequences/tokens.ts";
import { isLong } from "../../kit/test-length.ts";
import { anySequence } from "./kit/random.ts";

test.each([
  [
    "payment.failed followed by payment.failed within 5m by data.order",
    {
      kind: "sequence",
      steps: [{ event: { type: "payment.failed" } }, { event: { type: "payment.failed" } }],
      within: 300,
      by: ["data.order"],
    },
  ],
  [
    "a followed by b without x, y{labels.z = 1} followed by c within 1h30m max gap 90s",
    {
      kind: "sequence",
      steps: [
        { event: { type: "a" } },
        {
          event: { type: "b" },
          without: [{ type: "x" }, { type: "y", where: [{ field: "labels.z", is: "=", value: 1 }] }],
        },
        { event: { type: "c" } },
      ],
      within: 5_400,
      max_gap: 90,
    },
  ],
  [
    "order.created not followed by order.shipped within 1h by labels.order",
    {
      kind: "absence",
      after: { type: "order.created" },
      event: { type: "order.shipped" },
      within: 3_600,
      by: ["labels.order"],
    },
  ],
  ["absent * for 500ms", { kind: "absence", event: {}, within: 0.5 }],
  [
    "count login.failed >= 5 within 10m by source",
    { kind: "count", event: { type: "login.failed" }, at_least: 5, within: 600, by: ["source"] },
  ],
  [
    "distinct data.ip of login >= 3 within 1d by data.user, source",
    {
      kind: "distinct",
      field: "data.ip",
      event: { type: "login" },
      at_least: 3,
      within: 86_400,
      by: ["data.user", "source"],
    },
  ],
  [
    `count "user login"{data.a = "x", b != -1.5, c > 1e3, d =~ "a.*", e in ("p", 1, true), f exists} >= 1 within 1s`,
    {
      kind: "count",
      event: {
        type: "user login",
        where: [
          { field: "data.a", is: "=", value: "x" },
          { field: "b", is: "!=", value: -1.5 },
          { field: "c", is: ">", value: 1_000 },
          { field: "d", is: "=~", value: "a.*" },
          { field: "e", is: "in", value: ["p", 1, true] },
          { field: "f", is: "exists" },
        ],
      },
      at_least: 1,
      within: 1,
    },
  ],
])("the text %s becomes an object", (text, sequence) => {
  expect(parseSequence(text)).toEqual(sequence);
});

test.each([
  ["", 0],
  ["a", 1],
  ["a followed b", 2],
  ["a followed by", 13],
  ["a followed by b", 15],
  ["a followed by b within", 22],
  ["a followed by b within 5", 23],
  ["a followed by b within 5x", 23],
  ["a followed by b within 5m by", 28],
  ["a followed by b within 5m by x y", 31],
  ["a followed by b within 5m within 6m", 26],
  ["a not followed by b without c within 5m", 20],
  ["absent a within 5m", 9],
  ["count a > 5 within 1m", 8],
  ["count a >= five within 1m", 11],
  ["count a{x} >= 5 within 1m", 9],
  ["count a{x = y} >= 5 within 1m", 12],
  ["count a{x = 5m} >= 5 within 1m", 12],
  ['count a{x < "5"} >= 5 within 1m', 12],
  ["count a{x = 1 >= 5 within 1m", 14],
  ['count a{x = "1} >= 5 within 1m', 12],
  ["count a{x in 1} >= 5 within 1m", 13],
  ["count a;b >= 5 within 1m", 7],
  ["distinct a >= 5 within 1m", 11],
])("the text %j has an error at %i, which says what was expected", (text, position) => {
  const error = errorOf(() => parseSequence(text));
  expect(error).toBeInstanceOf(SequenceError);
  expect({ position: error.position, message: error.message }).toMatchSnapshot();
  expect(error.position).toBe(position);
});

test.each([
  "count a >= 0 within 1m",
  "count a >= 1001 within 1m",
  "distinct x of a >= 1 within 1m",
  "count a >= 2 within 0s",
  "count a >= 2 within 2y",
  'count a{x =~ "("} >= 2 within 1m',
  'count a{x =~ "(a{1000}){1000}"} >= 2 within 1m',
  "count a >= 2 within 1m by x, x",
  "count a >= 2 within 1m by data",
  `count a >= 2 within 1m by ${"x.".repeat(200)}x`,
  `${"a followed by ".repeat(10)}a within 1m`,
  `count a >= 2 within 1m${" ".repeat(20_000)}`,
])("the value of %j is refused", (text) => {
  expect(errorOf(() => parseSequence(text))).toBeInstanceOf(SequenceError);
});

test("formatting and parsing a sequence returns an equal one", () => {
  fc.assert(
    fc.property(anySequence, (sequence) => {
      expect(parseSequence(formatSequence(sequence))).toEqual(sequence);
    }),
    { numRuns: isLong ? 20_000 : 120 },
  );
});

test("any text is parsed or refused with a position", () => {
  const words =
    'a followed by not within absent for count distinct of >= 5 5m { } ( ) , = "x" * by max gap without in';
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words.split(" ")), { maxLength: 20 }).map((each) => each.join(" ")),
  );
  fc.assert(
    fc.property(text, (given) => {
      const sequence = parsedOrRefused(given);
      expect(sequence === undefined ? undefined : parseSequence(formatSequence(sequence))).toEqual(sequence);
    }),
    { numRuns: isLong ? 50_000 : 400 },
  );
});

function parsedOrRefused(text: string): EventSequence | undefined {
  try {
    return parseSequence(text);
  } catch (error) {
    if (error instanceof SequenceError) return undefined;
    throw error;
  }
}

function errorOf(run: () => unknown): SequenceError {
  try {
    run();
  } catch (error) {
    if (error instanceof SequenceError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
