import fc from "fast-check";
import { expect, test } from "vitest";
import { AGGREGATES, type AggregateName, type MetricType, type Where } from "../../src/history/question.ts";
import {
  type Dialect,
  expressionOf,
  type ExpressedMetric,
  unsupported,
} from "../../src/history/question-expression.ts";
import { formatTree } from "../../src/query/syntax/expression-text.ts";
import { parse } from "../../src/query/syntax/parse.ts";

interface Given {
  readonly aggregate?: AggregateName | undefined;
  readonly type?: MetricType;
  readonly isNative?: boolean;
  readonly where?: Where;
  readonly by?: readonly string[] | undefined;
  readonly quantile?: number;
  readonly sumStepMillis?: number | undefined;
  readonly bucketLabels?: readonly string[];
}

function compiled(given: Given): ReturnType<typeof expressionOf> {
  const { type = "gauge", isNative = false, aggregate, where = {}, by, quantile = 0.95 } = given;
  const metric: ExpressedMetric = { type, isNative, name: "m" };
  const dialect: Dialect = {
    labelOf: (key) => key.replaceAll(".", "_"),
    windowMillis: 59_999,
    wholeMillis: 60_000,
    sumStepMillis: "sumStepMillis" in given ? given.sumStepMillis : 10_000,
    bucketLabels: given.bucketLabels ?? ["le"],
  };
  return expressionOf({ aggregate, where, by, quantile }, metric, dialect);
}

test.each<[Given, string]>([
  [{}, "m[59s999ms]"],
  [{ by: ["a.b"] }, "(sum by (a_b) (m))[59s999ms:10s]"],
  [{ aggregate: "MEAN", by: [] }, "avg_over_time((sum(m))[59s999ms:10s])"],
  [{ aggregate: "MEAN", by: [], sumStepMillis: undefined }, "avg_over_time(m[59s999ms])"],
  [{ aggregate: "QUANTILE", quantile: 0.5 }, "quantile_over_time(0.5, m[59s999ms])"],
  [{ aggregate: "RATE", type: "counter", by: ["a"] }, "sum by (a) (increase(m[59s999ms])) / 60"],
  [{ aggregate: "INCREASE", type: "counter" }, "increase(m[59s999ms])"],
  [{ type: "histogram" }, "m_count[59s999ms]"],
  [{ type: "histogram", isNative: true }, "m[59s999ms]"],
  [
    { type: "histogram", aggregate: "MEAN", by: [] },
    "sum(increase(m_sum[59s999ms])) / sum(increase(m_count[59s999ms]))",
  ],
  [{ type: "histogram", isNative: true, aggregate: "SUM" }, "histogram_sum(increase(m[59s999ms]))"],
  [{ type: "histogram", isNative: true, aggregate: "LAST" }, "histogram_count(last_over_time(m[59s999ms]))"],
  [
    { type: "histogram", aggregate: "QUANTILE", by: ["a"], bucketLabels: ["le", "vmrange"] },
    "histogram_quantile(0.95, sum by (a, le, vmrange) (increase(m_bucket[59s999ms])))",
  ],
  [
    { type: "histogram", isNative: true, aggregate: "QUANTILE", by: ["a"] },
    "histogram_quantile(0.95, sum by (a) (increase(m[59s999ms])))",
  ],
  [
    { type: "histogram", aggregate: "MIN" },
    "histogram_quantile(0.000000000000001, increase(m_bucket[59s999ms]))",
  ],
  [
    { where: { "a.b": "x", c: { not: 'y"' }, d: ["1", "2+"], e: [] } },
    String.raw`m{a_b="x",c!="y\"",d=~"1|2\\+",e=~"[^\\s\\S]"}[59s999ms]`,
  ],
])("%j is compiled to %s", (given, text) => {
  expect(formatTree(compiled(given))).toBe(text);
});

test("a compiled expression is the one that its text is parsed to", () => {
  const texts = fc.string({ unit: "grapheme", maxLength: 8 });
  const keys = fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "ä"), minLength: 1, maxLength: 5 });
  const where = fc.dictionary(
    keys,
    fc.oneof(
      texts,
      fc.array(texts, { maxLength: 3 }),
      texts.map((not) => ({ not })),
    ),
    { maxKeys: 3, noNullPrototype: true },
  );
  const given = fc.record({
    aggregate: fc.option(fc.constantFrom(...AGGREGATES), { nil: undefined }),
    type: fc.constantFrom<MetricType>("counter", "gauge", "histogram"),
    isNative: fc.boolean(),
    where,
    by: fc.option(fc.array(keys, { maxLength: 3 }), { nil: undefined }),
    quantile: fc.double({ min: 0, max: 1, noNaN: true }),
    sumStepMillis: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(given, (each) => {
      const tree = compiled(each);
      expect(comparable(parse(formatTree(tree)))).toEqual(comparable(tree));
    }),
  );
});

test("increases of gauges and deviations of histograms are not supported", () => {
  const refused = AGGREGATES.flatMap((aggregate) =>
    (["counter", "gauge", "histogram"] as const)
      .filter((type) => unsupported(aggregate, type) !== undefined)
      .map((type) => `${aggregate} of a ${type}`),
  );
  expect(refused).toEqual(["RATE of a gauge", "INCREASE of a gauge", "STDDEV of a histogram"]);
});

// Without places, and with matchers in any order.
function comparable(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) => {
      if (key === "start" || key === "end") return undefined;
      if (key !== "matchers" || !Array.isArray(value)) return value;
      return value.map((each: unknown) => JSON.stringify(each)).toSorted();
    }),
  );
}
