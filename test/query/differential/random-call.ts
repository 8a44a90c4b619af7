// Random calls of functions, with arguments that mean something to them.
import fc from "fast-check";
import type { ValueType } from "../../../src/query/expression.ts";
import { type FunctionName, signatureOf } from "../../../src/query/function-signatures.ts";
import { concat } from "./random-text.ts";

/** Texts of expressions by type. */
export type Operands = { readonly [type in ValueType]: string };

type Arbitraries = { readonly [type in ValueType]: fc.Arbitrary<string> };

/** Calls of all functions that return the type. */
export function calls(
  operands: Arbitraries,
  names: readonly FunctionName[],
  returned: ValueType,
): fc.Arbitrary<string> {
  const fitting = names.filter((name) => signatureOf(name).returns === returned);
  return fc.oneof(...fitting.map((name) => concat(name, "(", args(operands, name), ")")));
}

function args(operands: Arbitraries, name: FunctionName): fc.Arbitrary<string> {
  const of = signatureOf(name);
  const special = SPECIAL[name]?.(operands);
  if (special !== undefined) return special;
  const listed = of.args.map((type) => anyOf(operands, type));
  const given = of.optional === 0 ? [0] : [0, of.optional];
  return fc.oneof(...given.map((omitted) => commaList(listed.slice(0, listed.length - omitted))));
}

// Now and then of a wrong type.
function anyOf(operands: Arbitraries, type: ValueType): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 200, arbitrary: operands[type] },
    { weight: 1, arbitrary: fc.oneof(operands.scalar, operands.string, operands.vector) },
  );
}

function commaList(parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return concat(...parts.flatMap((part, i) => (i === 0 ? [part] : [", ", part])));
}

const share = fc.constantFrom("0.5", "0.9", "0.95", "0", "1", "-1", "2", "NaN");
const label = fc.constantFrom('"job"', '"instance"', '"new"', '"nothing"', '"__name__"', '"code"');
const labels = fc.constantFrom(
  '{version=~".+"}',
  "{}",
  '{__name__=~"target_info|build_info"}',
  '{nothing="x"}',
);
const separator = fc.constantFrom('"-"', '""', '","');
const replacement = fc.constantFrom('"$1-x"', '"${1}"', '""', '"z"', '"$0"', '"$name"');
const regex = fc.constantFrom('"(.*)"', '"a|b"', '"([0-9])"', '"(?P<name>.).*"', '"x(.*)"', '"("');
const smoothing = fc.constantFrom("0.5", "0.1", "0.9", "1", "0");
const bound = fc.constantFrom("-1", "0", "0.1", "1", "5", "Inf", "-Inf", "NaN");

const buckets = fc.constantFrom(
  "latency_bucket",
  "rate(latency_bucket[5m])",
  "sum by (le) (rate(latency_bucket[5m]))",
  "size",
  "rate(size[5m])",
  "sum(rate(size[2m]))",
  "wait",
  "sum by (job) (rate(wait[5m]))",
  "size_gauge",
);

const smoothed: Special = ({ matrix }) => commaList([matrix, smoothing, smoothing]);

type Special = (operands: Arbitraries) => fc.Arbitrary<string>;

const SPECIAL: { readonly [name in FunctionName]?: Special } = {
  double_exponential_smoothing: smoothed,
  holt_winters: smoothed,
  histogram_fraction: ({ vector }) => commaList([bound, bound, fc.oneof(buckets, vector)]),
  histogram_quantile: ({ vector }) => commaList([share, fc.oneof(buckets, vector)]),
  histogram_avg: ({ vector }) => fc.oneof(buckets, vector),
  histogram_count: ({ vector }) => fc.oneof(buckets, vector),
  histogram_stddev: ({ vector }) => fc.oneof(buckets, vector),
  histogram_stdvar: ({ vector }) => fc.oneof(buckets, vector),
  histogram_sum: ({ vector }) => fc.oneof(buckets, vector),
  label_join: ({ vector }) =>
    fc.oneof(
      commaList([vector, label, separator, label, label]),
      commaList([vector, label, separator, label]),
      commaList([vector, label, separator]),
    ),
  label_replace: ({ vector }) => commaList([vector, label, replacement, label, regex]),
  info: ({ vector }) => fc.oneof(vector, commaList([vector, labels])),
  quantile_over_time: ({ matrix }) => commaList([share, matrix]),
  sort_by_label: ({ vector }) => commaList([vector, label, label]),
  sort_by_label_desc: ({ vector }) => commaList([vector, label]),
};
