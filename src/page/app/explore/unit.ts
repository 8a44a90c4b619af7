// The unit of an expression: that of its metrics, as far as its operations keep or change it.
import { ucumUnit } from "../../panels/ucum.ts";

/** A syntax tree in the form of Prometheus' path `parse_query`, as far as units and words depend on it. */
export interface Tree {
  readonly type: string;
  /** Name of a metric. */
  readonly name?: string;
  readonly op?: string;
  readonly bool?: boolean;
  readonly func?: { readonly name: string };
  readonly args?: readonly Tree[];
  readonly expr?: Tree;
  readonly lhs?: Tree;
  readonly rhs?: Tree;
  /** Value of a literal. */
  readonly val?: string;
  readonly matchers?: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  /** In milliseconds, as `step` and `offset`. */
  readonly range?: number;
  readonly step?: number;
  readonly offset?: number;
  /** Parameter of an aggregation. */
  readonly param?: Tree | null;
  readonly grouping?: readonly string[];
  readonly without?: boolean;
}

// The result is a value of the argument, a mean or a sum of them.
const KEEPS =
  /^(?:sum|avg|min|max|topk|bottomk|limitk|limit_ratio|quantile|stddev|increase|i?delta|(?:avg|sum|min|max|first|last|mad|quantile|stddev)_over_time|abs|ceil|floor|round|clamp(?:_min|_max)?|sort\w*|label_\w+|predict_linear|holt_winters|double_exponential_smoothing|scalar|vector|info)$/;
const PER_SECOND = /^(?:i?rate|deriv)$/;
const OF_BOUNDS = /^histogram_(?:quantiles?|avg|stddev)$/;
const FILTER = /^(?:and|unless|[<>]=?|[=!]=)$/;
const COUNT = "{value}";

/** The unit in UCUM; empty if it is unknown or there is no unit. */
export function unitOf(tree: Tree | undefined): string {
  if (tree === undefined) return "";
  switch (tree.type) {
    case "vectorSelector":
    case "matrixSelector":
      return /_(?:bucket|count)$/.test(tree.name ?? "") ? COUNT : unitOfName(tree);
    case "call":
      return unitOfCall(tree.func?.name ?? "", tree.args ?? []);
    case "aggregation":
      return KEEPS.test(tree.op ?? "") ? unitOf(tree.expr) : "";
    case "binaryExpr":
      return unitOfBinary(tree);
    case "parenExpr":
    case "unaryExpr":
    case "subquery":
      return unitOf(tree.expr);
    default:
      return "";
  }
}

function unitOfCall(name: string, args: readonly Tree[]): string {
  // Other arguments are scalars or texts.
  const argument = args.find(({ type }) => !type.endsWith("Literal"));
  if (PER_SECOND.test(name)) return perSecond(unitOf(argument));
  if (KEEPS.test(name)) return unitOf(argument);
  if (name === "histogram_sum") return unitOf(argument);
  if (name === "histogram_count") return unitOf(argument).endsWith("/s") ? `${COUNT}/s` : COUNT;
  if (name === "histogram_fraction") return "1";
  return OF_BOUNDS.test(name) ? unitOfName(selectorIn(argument)) : "";
}

function unitOfBinary({ op = "", bool = false, lhs, rhs }: Tree): string {
  const [left, right] = [unitOf(lhs), unitOf(rhs)];
  const isNumber = (side: Tree | undefined): boolean => side?.type === "numberLiteral";
  if (FILTER.test(op)) return bool ? "" : left;
  if (op === "or") return left === right ? left : "";
  if (op === "+" || op === "-") return left === right || isNumber(rhs) ? left : isNumber(lhs) ? right : "";
  // A sum divided by the count is a mean.
  const of = (unit: string): string => unit.replace(/\/s$/, "");
  const isMean = op === "/" && of(right) === COUNT && of(left) !== COUNT;
  return isMean && left.endsWith("/s") === right.endsWith("/s") ? of(left) : "";
}

function perSecond(unit: string): string {
  return unit === "" || unit === "1" ? `${COUNT}/s` : `${unit}/s`;
}

// The default translation ends names with the unit.
function unitOfName(tree: Tree | undefined): string {
  const [, words = ""] =
    /_((?:bytes|bits)_per_second|[a-z]+)(?:_total|_sum|_bucket|_count)?$/.exec(tree?.name ?? "") ?? [];
  const unit = ucumUnit(words);
  return unit === words ? "" : unit;
}

function selectorIn(tree: Tree | undefined): Tree | undefined {
  if (tree === undefined || tree.type.endsWith("Selector")) return tree;
  for (const part of [tree.expr, tree.lhs, ...(tree.args ?? [])]) {
    const found = selectorIn(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
