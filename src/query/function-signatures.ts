// The functions of Prometheus 3.14 that need no feature flag, and `holt_winters` of Prometheus 2. `sort_by_label`,
// `sort_by_label_desc`, `mad_over_time`, `double_exponential_smoothing`, `info` and the `ts_of_` functions are
// experimental in Prometheus; of these, only the smoothing is built.

/** Type of an expression's value. */
export type ValueType = "scalar" | "string" | "vector" | "matrix";

/** Types of a function's arguments and result. */
export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** Number of the last arguments that may be omitted. */
  readonly optional: number;
  /** Whether the last argument may be repeated. */
  readonly isVariadic: boolean;
  readonly returns: ValueType;
}

function signature(
  args: readonly ValueType[],
  { returns = "vector", optional = 0, isVariadic = false }: Partial<Omit<FunctionSignature, "args">> = {},
): FunctionSignature {
  return { args, optional, isVariadic, returns };
}

/** Names of all functions. */
export const FUNCTION_NAMES = [
  "abs",
  "absent",
  "absent_over_time",
  "acos",
  "acosh",
  "asin",
  "asinh",
  "atan",
  "atanh",
  "avg_over_time",
  "ceil",
  "changes",
  "clamp",
  "clamp_max",
  "clamp_min",
  "cos",
  "cosh",
  "count_over_time",
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "days_in_month",
  "deg",
  "delta",
  "deriv",
  "double_exponential_smoothing",
  "exp",
  "first_over_time",
  "floor",
  "histogram_avg",
  "histogram_count",
  "histogram_fraction",
  "histogram_quantile",
  "histogram_stddev",
  "histogram_stdvar",
  "histogram_sum",
  "holt_winters",
  "hour",
  "idelta",
  "increase",
  "irate",
  "label_join",
  "label_replace",
  "last_over_time",
  "ln",
  "log10",
  "log2",
  "max_over_time",
  "min_over_time",
  "minute",
  "month",
  "pi",
  "predict_linear",
  "present_over_time",
  "quantile_over_time",
  "rad",
  "rate",
  "resets",
  "round",
  "scalar",
  "sgn",
  "sin",
  "sinh",
  "sort",
  "sort_desc",
  "sqrt",
  "stddev_over_time",
  "stdvar_over_time",
  "sum_over_time",
  "tan",
  "tanh",
  "time",
  "timestamp",
  "vector",
  "year",
] as const;

/** Name of a function. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

const OF_VECTOR = signature(["vector"]);
const OF_RANGE = signature(["matrix"]);
const OF_TIME = signature(["vector"], { optional: 1 });
const SMOOTHING = signature(["matrix", "scalar", "scalar"]);

// Beside those that end in `_over_time`.
const OVER_RANGES: ReadonlySet<FunctionName> = new Set([
  "changes",
  "delta",
  "deriv",
  "idelta",
  "increase",
  "irate",
  "rate",
  "resets",
]);

// All but those of one vector or one range, whose result is a vector. A vector that may be omitted is `vector(time())`.
const OTHERS: Readonly<Partial<Record<FunctionName, FunctionSignature>>> = {
  clamp: signature(["vector", "scalar", "scalar"]),
  clamp_max: signature(["vector", "scalar"]),
  clamp_min: signature(["vector", "scalar"]),
  day_of_month: OF_TIME,
  day_of_week: OF_TIME,
  day_of_year: OF_TIME,
  days_in_month: OF_TIME,
  double_exponential_smoothing: SMOOTHING,
  histogram_fraction: signature(["scalar", "scalar", "vector"]),
  histogram_quantile: signature(["scalar", "vector"]),
  holt_winters: SMOOTHING,
  hour: OF_TIME,
  label_join: signature(["vector", "string", "string", "string"], { optional: 1, isVariadic: true }),
  label_replace: signature(["vector", "string", "string", "string", "string"]),
  minute: OF_TIME,
  month: OF_TIME,
  pi: signature([], { returns: "scalar" }),
  predict_linear: signature(["matrix", "scalar"]),
  quantile_over_time: signature(["scalar", "matrix"]),
  round: signature(["vector", "scalar"], { optional: 1 }),
  scalar: signature(["vector"], { returns: "scalar" }),
  time: signature([], { returns: "scalar" }),
  vector: signature(["scalar"]),
  year: OF_TIME,
};

/** Types of the arguments and the result of a function. */
export function signatureOf(name: FunctionName): FunctionSignature {
  const isOverRange = name.endsWith("_over_time") || OVER_RANGES.has(name);
  return OTHERS[name] ?? (isOverRange ? OF_RANGE : OF_VECTOR);
}
