// The functions of Prometheus 3.14, and `holt_winters` of Prometheus 2. `double_exponential_smoothing` is experimental in
// Prometheus, but not here.

/** Type of an expression's value. */
export type ValueType = "scalar" | "string" | "vector" | "matrix";

/** Types of a function's arguments and result. */
export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** Number of the last arguments that may be omitted. */
  readonly optional: number;
  /** Whether the last argument may be repeated. */
  readonly isVariadic: boolean;
  /** Maximum number of arguments if one is repeated. `undefined` without one. */
  readonly max?: number | undefined;
  readonly returns: ValueType;
}

function signature(
  args: readonly ValueType[],
  {
    returns = "vector",
    optional = 0,
    isVariadic = false,
    max,
  }: Partial<Omit<FunctionSignature, "args">> = {},
): FunctionSignature {
  return { args, optional, isVariadic, returns, max };
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
  "end",
  "exp",
  "first_over_time",
  "floor",
  "histogram_avg",
  "histogram_count",
  "histogram_fraction",
  "histogram_quantile",
  "histogram_quantiles",
  "histogram_stddev",
  "histogram_stdvar",
  "histogram_sum",
  "holt_winters",
  "hour",
  "idelta",
  "increase",
  "info",
  "irate",
  "label_join",
  "label_replace",
  "last_over_time",
  "ln",
  "log10",
  "log2",
  "mad_over_time",
  "max_of",
  "max_over_time",
  "min_of",
  "min_over_time",
  "minute",
  "month",
  "pi",
  "predict_linear",
  "present_over_time",
  "quantile_over_time",
  "rad",
  "range",
  "rate",
  "resets",
  "round",
  "scalar",
  "sgn",
  "sin",
  "sinh",
  "sort",
  "sort_by_label",
  "sort_by_label_desc",
  "sort_desc",
  "sqrt",
  "start",
  "stddev_over_time",
  "stdvar_over_time",
  "step",
  "sum_over_time",
  "tan",
  "tanh",
  "time",
  "timestamp",
  "ts_of_first_over_time",
  "ts_of_last_over_time",
  "ts_of_max_over_time",
  "ts_of_min_over_time",
  "vector",
  "year",
] as const;

/** Name of a function. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

const EXPERIMENTAL: ReadonlySet<FunctionName> = new Set([
  ...(["end", "max_of", "min_of", "range", "start", "step"] as const),
  ...(["histogram_quantiles", "info", "mad_over_time", "sort_by_label", "sort_by_label_desc"] as const),
  ...([
    "ts_of_first_over_time",
    "ts_of_last_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
  ] as const),
]);

/** Whether a function is behind a feature flag in Prometheus. */
export function isExperimental(name: FunctionName): boolean {
  return EXPERIMENTAL.has(name);
}

const OF_VECTOR = signature(["vector"]);
const OF_RANGE = signature(["matrix"]);
const OF_TIME = signature(["vector"], { optional: 1 });
const SCALAR = signature([], { returns: "scalar" });
const OF_TWO_SCALARS = signature(["scalar", "scalar"], { returns: "scalar" });
const BY_LABEL = signature(["vector", "string"], { optional: 1, isVariadic: true });
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
  end: SCALAR,
  histogram_fraction: signature(["scalar", "scalar", "vector"]),
  histogram_quantile: signature(["scalar", "vector"]),
  histogram_quantiles: signature(["vector", "string", "scalar", "scalar"], {
    optional: 1,
    isVariadic: true,
    max: 12,
  }),
  holt_winters: SMOOTHING,
  hour: OF_TIME,
  info: signature(["vector", "vector"], { optional: 1 }),
  label_join: signature(["vector", "string", "string", "string"], { optional: 1, isVariadic: true }),
  label_replace: signature(["vector", "string", "string", "string", "string"]),
  max_of: OF_TWO_SCALARS,
  min_of: OF_TWO_SCALARS,
  minute: OF_TIME,
  month: OF_TIME,
  pi: SCALAR,
  predict_linear: signature(["matrix", "scalar"]),
  quantile_over_time: signature(["scalar", "matrix"]),
  range: SCALAR,
  round: signature(["vector", "scalar"], { optional: 1 }),
  scalar: signature(["vector"], { returns: "scalar" }),
  sort_by_label: BY_LABEL,
  sort_by_label_desc: BY_LABEL,
  start: SCALAR,
  step: SCALAR,
  time: SCALAR,
  vector: signature(["scalar"]),
  year: OF_TIME,
};

/** Types of the arguments and the result of a function. */
export function signatureOf(name: FunctionName): FunctionSignature {
  const isOverRange = name.endsWith("_over_time") || OVER_RANGES.has(name);
  return OTHERS[name] ?? (isOverRange ? OF_RANGE : OF_VECTOR);
}
