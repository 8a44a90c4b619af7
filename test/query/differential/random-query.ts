// Random well-typed expressions over the metrics of `random-series.ts`, and times to evaluate them at.
import fc from "fast-check";
import { FUNCTION_NAMES, type FunctionName } from "../../../src/query/function-signatures.ts";
import type { ValueType } from "../../../src/query/expression.ts";
import { calls, type Operands } from "./random-call.ts";
import { FIRST_MILLIS, LAST_MILLIS } from "./random-series.ts";
import { concat, duration, labelList, literal, metricName, selector, unixSeconds } from "./random-text.ts";

/** An expression, and the times of its evaluation, in seconds. */
export interface RandomQuery {
  readonly text: string;
  readonly time: number;
  readonly range: { readonly from: number; readonly to: number; readonly step: number };
}

/** Options of {@link randomQuery}. */
export interface RandomQueryOptions {
  /** Without native histograms, UTF-8 names, subqueries, and functions unknown to Prometheus 2. */
  readonly isPlain: boolean;
}

/** Operators that {@link randomQuery} reaches. */
export const OPERATORS = {
  arithmetic: ["+", "-", "*", "/", "%", "^", "atan2"],
  comparison: ["==", "!=", ">", "<", ">=", "<="],
  set: ["and", "or", "unless"],
  aggregation: ["sum", "avg", "count", "min", "max", "group", "stddev", "stdvar"],
  parameterized: ["topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"],
} as const;

/** Functions that Prometheus 2.42 does not have. */
const NEWER: readonly FunctionName[] = [
  "double_exponential_smoothing",
  "info",
  "mad_over_time",
  "sort_by_label",
  "sort_by_label_desc",
  "ts_of_last_over_time",
  "ts_of_max_over_time",
  "ts_of_min_over_time",
  "histogram_avg",
  "histogram_stddev",
  "histogram_stdvar",
];

const SINCE_3_5: readonly FunctionName[] = [
  ...(["end", "first_over_time", "histogram_quantiles", "max_of", "min_of"] as const),
  ...(["range", "start", "step", "ts_of_first_over_time"] as const),
];

/** Functions that Prometheus 3.5 has, too, by its feature flag or without. */
export const COMPARED_FUNCTIONS = FUNCTION_NAMES.filter((name) => !SINCE_3_5.includes(name));

/** Random queries, which shrink to shorter ones. */
export function randomQuery({ isPlain }: RandomQueryOptions): fc.Arbitrary<RandomQuery> {
  const functions = COMPARED_FUNCTIONS.filter((name) => !isPlain || !NEWER.includes(name));
  const { top } = fc.letrec<Operands & { top: string; call: string; aggregation: string; binary: string }>(
    (tie) => {
      const operands = {
        vector: tie("vector"),
        scalar: tie("scalar"),
        matrix: tie("matrix"),
        string: literal,
      };
      const nested = (type: ValueType) => calls(operands, functions, type);
      return {
        top: fc.oneof(
          { weight: 12, arbitrary: tie("vector") },
          { weight: 1, arbitrary: tie("scalar") },
          { weight: 1, arbitrary: tie("matrix") },
        ),
        vector: fc.oneof(
          { maxDepth: 4, depthIdentifier: "expression", withCrossShrink: true },
          { weight: 2, arbitrary: selector(isPlain) },
          { weight: 5, arbitrary: tie("call") },
          { weight: 3, arbitrary: tie("aggregation") },
          { weight: 3, arbitrary: tie("binary") },
          { weight: 1, arbitrary: concat("(", tie("vector"), ")") },
          { weight: 1, arbitrary: concat("-", tie("vector")) },
        ),
        call: nested("vector"),
        aggregation: aggregations(operands, isPlain),
        binary: binaries(operands, isPlain),
        scalar: fc.oneof(
          { maxDepth: 4, depthIdentifier: "expression", withCrossShrink: true },
          { weight: 6, arbitrary: number },
          { weight: 2, arbitrary: nested("scalar") },
          {
            weight: 1,
            arbitrary: concat("(", tie("scalar"), operator(OPERATORS.arithmetic), tie("scalar"), ")"),
          },
          {
            weight: 1,
            arbitrary: concat("(", tie("scalar"), bool(OPERATORS.comparison), tie("scalar"), ")"),
          },
          { weight: 1, arbitrary: concat("-", tie("scalar")) },
        ),
        matrix: fc.oneof(
          { maxDepth: 4, depthIdentifier: "expression", withCrossShrink: true },
          { weight: 4, arbitrary: selector(isPlain, duration) },
          ...(isPlain ? [] : [{ weight: 1, arbitrary: subqueries(operands) }]),
        ),
        string: literal,
      };
    },
  );
  return fc.record({ text: top, time: unixSeconds, range });
}

const number = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("0", "1", "2", "0.5", "0.9", "-1", "10", "1e3", "0x1f") },
  { weight: 1, arbitrary: fc.constantFrom("Inf", "-Inf", "NaN", "1e300") },
);

const range = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 5, max: 100 }) },
      { weight: 1, arbitrary: fc.integer({ min: -4, max: 150 }) },
    ),
    fc.constantFrom(0, 0, 0, 7.5, 0.137),
    fc.constantFrom(7, 15, 15, 30, 60, 60, 300),
    fc.integer({ min: 0, max: 24 }),
  )
  .map(([interval, shift, step, steps]) => {
    const from = FIRST_MILLIS / 1_000 + interval * 15 + shift;
    return { from, to: Math.min(from + step * steps, LAST_MILLIS / 1_000 + 600 + shift), step };
  });

function operator(symbols: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...symbols).map((symbol) => ` ${symbol} `);
}

function bool(symbols: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...symbols).map((symbol) => ` ${symbol} bool `);
}

function aggregations({ vector, scalar }: Arbitraries, isPlain: boolean): fc.Arbitrary<string> {
  const grouping = fc.oneof(
    { weight: 1, arbitrary: fc.constant("") },
    { weight: 3, arbitrary: concat(" by (", labelList, ") ") },
    { weight: 2, arbitrary: concat(" without (", labelList, ") ") },
  );
  const parameter = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("1", "2", "3", "0.5", "0.9") },
    { weight: 1, arbitrary: scalar },
  );
  const plain = concat(fc.constantFrom(...OPERATORS.aggregation), grouping, "(", vector, ")");
  const quantiles = concat("quantile", grouping, "(", parameter, ", ", vector, ")");
  const ranking = fc.constantFrom("topk", "bottomk");
  // Any of equal values may be among the largest.
  const ranked = fc.oneof(
    concat(ranking, grouping, "(", parameter, ", ", distinct, ")"),
    concat(ranking, grouping, "(1000, ", vector, ")"),
  );
  // Which series `limitk` keeps depends on their order.
  const limited = fc.oneof(
    fc
      .tuple(grouping, parameter, distinct)
      .map(([groups, limit, text]) => `count${groups}(limitk${groups}(${limit}, ${text}))`),
    concat("limit_ratio", grouping, "(", fc.constantFrom("0.3", "-0.6", "0.9", "2", "0"), ", ", vector, ")"),
  );
  const values = concat('count_values("', fc.constantFrom("value", "job"), '", ', vector, ")", grouping);
  return fc.oneof(
    { weight: 6, arbitrary: plain },
    { weight: 1, arbitrary: quantiles },
    { weight: 2, arbitrary: ranked },
    { weight: 1, arbitrary: values },
    ...(isPlain ? [] : [{ weight: 1, arbitrary: limited }]),
  );
}

// Vectors of which hardly two values are equal.
const distinct = fc.oneof(
  concat("rate(requests_total[", duration, "])"),
  concat("sum by (job, instance) (avg_over_time(temperature[", duration, "]))"),
  fc.constantFrom("latency_sum", "requests_total", "temperature", "sparse * 2"),
);

type Arbitraries = { readonly [type in keyof Operands]: fc.Arbitrary<string> };

function binaries({ vector, scalar }: Arbitraries, isPlain: boolean): fc.Arbitrary<string> {
  const symbols = [...OPERATORS.arithmetic, ...OPERATORS.comparison];
  const any = fc.oneof(operator(symbols), operator(symbols), bool(OPERATORS.comparison));
  const matching = fc.oneof(
    fc.constant(""),
    concat("on (", labelList, ") "),
    concat("ignoring (", labelList, ") "),
  );
  const set = concat(operator(OPERATORS.set), matching);
  const include = fc.constantFrom("()", "()", "(room)", "(version, code)");
  const few = fc.constantFrom("job", "job, instance", "instance");
  const grouped = fc
    .tuple(few, vector, any, include, vector, fc.boolean())
    .map(([labels, many, symbol, labelsOfOne, one, isLeft]) => {
      const match = `${symbol}on (${labels}) ${isLeft ? "group_left" : "group_right"}${labelsOfOne} `;
      const single = `max by (${labels}) (${one})`;
      return isLeft ? `(${many})${match}${single}` : `${single}${match}(${many})`;
    });
  return fc.oneof(
    { weight: 2, arbitrary: concat("(", vector, ")", any, scalar) },
    { weight: 2, arbitrary: concat(scalar, any, "(", vector, ")") },
    { weight: 2, arbitrary: concat("(", vector, ")", any, matching, "(", vector, ")") },
    { weight: 2, arbitrary: concat("(", vector, ")", set, "(", vector, ")") },
    { weight: 2, arbitrary: sameMetric(isPlain, any, matching) },
    { weight: 2, arbitrary: grouped },
  );
}

// Operands whose labels agree, so that something matches.
function sameMetric(
  isPlain: boolean,
  any: fc.Arbitrary<string>,
  matching: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  const change = fc.constantFrom(" offset 1m", "", ' and {job="a"}', " * 2");
  return fc
    .tuple(metricName(isPlain), any, matching, change)
    .map(([name, symbol, match, changed]) => `${name}${symbol}${match}(${name}${changed})`);
}

function subqueries({ vector, scalar }: Arbitraries): fc.Arbitrary<string> {
  const step = fc.constantFrom("", "15s", "30s", "1m", "7s");
  const offset = fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: concat(" offset ", duration) },
    { weight: 1, arbitrary: concat(" @ ", unixSeconds.map(String)) },
  );
  const inner = fc.oneof({ weight: 8, arbitrary: vector }, { weight: 1, arbitrary: scalar });
  return concat("(", inner, ")[", duration, ":", step, "]", offset);
}
