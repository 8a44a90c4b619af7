// An expression in words: what is selected, over which time, grouped by what.
import { durationText } from "../text/times.ts";
import type { Tree } from "./unit.ts";

const OPERATORS: Readonly<Record<string, string>> = {
  "+": "plus",
  "-": "minus",
  "*": "times",
  "/": "divided by",
  "%": "modulo",
  "^": "to the power of",
  "==": "if equal to",
  "!=": "if not equal to",
  ">": "if above",
  "<": "if below",
  ">=": "if at least",
  "<=": "if at most",
  and: "if also in",
  or: "or else",
  unless: "if not in",
};
const AGGREGATIONS: Readonly<Record<string, string>> = {
  sum: "the sum",
  avg: "the mean",
  min: "the lowest",
  max: "the highest",
  count: "the number of series",
  group: "the presence",
  stddev: "the standard deviation",
  stdvar: "the variance",
};
const CALLS: Readonly<Record<string, string>> = {
  rate: "the rate per second",
  irate: "the latest rate per second",
  increase: "the increase",
  delta: "the change",
  deriv: "the slope per second",
  resets: "the number of resets",
  changes: "the number of changes",
  absent: "1 in the absence",
  histogram_count: "the number of measurements",
  histogram_sum: "the sum of measurements",
  histogram_avg: "the mean of measurements",
  avg_over_time: "the mean",
  min_over_time: "the lowest value",
  max_over_time: "the highest value",
  sum_over_time: "the sum",
  count_over_time: "the number of samples",
  last_over_time: "the last value",
  abs: "the absolute value",
};
const MATCHES: Readonly<Record<string, string>> = {
  "=": "is",
  "!=": "is not",
  "=~": "matches",
  "!~": "does not match",
};

/** One sentence about an expression. */
export function inWords(tree: Tree): string {
  // Names of metrics and functions stay as they are.
  return `${phrase(tree).replace(/^the /, "The ")}.`;
}

function phrase(tree: Tree): string {
  const { type, op = "", args = [], expr, lhs, rhs, range = 0, step = 0, offset = 0 } = tree;
  const inner = expr === undefined ? "" : phrase(expr);
  switch (type) {
    case "numberLiteral":
      return tree.val ?? "";
    case "stringLiteral":
      return JSON.stringify(tree.val ?? "");
    case "vectorSelector":
      return `${selected(tree)}${earlier(offset)}`;
    case "matrixSelector":
      return `${selected(tree)} over ${time(range)}${earlier(offset)}`;
    case "subquery":
      return `${inner}, ${step > 0 ? `each ${time(step)} ` : ""}over ${time(range)}${earlier(offset)}`;
    case "call":
      return called(tree.func?.name ?? "", args);
    case "aggregation":
      return `${aggregated(op, tree.param ?? undefined, inner)}${grouped(tree)}`;
    case "binaryExpr":
      return lhs === undefined || rhs === undefined
        ? ""
        : joined(phrase(lhs), `${OPERATORS[op] ?? op} ${phrase(rhs)}`);
    case "unaryExpr":
      return `the negative of ${inner}`;
    case "parenExpr":
      return inner;
    default:
      return "";
  }
}

// The comma shows that the rest belongs to the whole.
function joined(left: string, rest: string): string {
  return `${left}${left.includes(", ") ? "," : ""} ${rest}`;
}

function selected({ name = "", matchers = [] }: Tree): string {
  const conditions = matchers
    .filter((matcher) => matcher.name !== "__name__" || matcher.value !== name)
    .map((matcher) => `${matcher.name} ${MATCHES[matcher.type] ?? ""} ${JSON.stringify(matcher.value)}`);
  const subject = name === "" ? "all series" : name;
  return conditions.length === 0 ? subject : `${subject} where ${conditions.join(" and ")}`;
}

function called(name: string, args: readonly Tree[]): string {
  const [first, second] = args;
  if (name === "histogram_quantile" && first !== undefined && second !== undefined)
    return `the ${first.type === "numberLiteral" ? ordinal(Number(first.val)) : phrase(first)} of ${phrase(second)}`;
  if (name === "quantile_over_time" && first !== undefined && second !== undefined)
    return `the ${ordinal(Number(first.val))} of ${phrase(second)}`;
  const words = CALLS[name];
  if (words !== undefined && first !== undefined) return `${words} of ${phrase(first)}`;
  return `${name}(${args.map(phrase).join(", ")})`;
}

function aggregated(op: string, parameter: Tree | undefined, inner: string): string {
  const given = parameter === undefined ? "" : phrase(parameter);
  if (op === "topk") return `the ${given} highest of ${inner}`;
  if (op === "bottomk") return `the ${given} lowest of ${inner}`;
  if (op === "quantile") return `the ${ordinal(Number(given))} of ${inner}`;
  const words = AGGREGATIONS[op];
  return words === undefined ? `${op} ${given} of ${inner}` : `${words} of ${inner}`;
}

function grouped({ grouping = [], without = false, op = "" }: Tree): string {
  // Label `le` is that of the buckets of a histogram.
  const labels = without ? grouping : grouping.filter((label) => label !== "le");
  if (without) return `, for all labels but ${labels.join(", ")}`;
  if (labels.length > 0) return `, for each ${labels.join(", ")}`;
  return grouping.length > 0 || op.endsWith("k") ? "" : " of all series";
}

function ordinal(quantile: number): string {
  return quantile === 0.5 ? "median" : `${Number((100 * quantile).toPrecision(6))}th percentile`;
}

function time(millis: number): string {
  return durationText(millis / 1_000);
}

function earlier(offset: number): string {
  return offset === 0 ? "" : `, ${time(offset)} earlier`;
}
