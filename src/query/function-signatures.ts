// The functions of Prometheus 3 that need no feature flag, and `holt_winters` of Prometheus 2. `sort_by_label`,
// `sort_by_label_desc`, `mad_over_time`, `double_exponential_smoothing`, `info` and the `ts_of_` functions are
// experimental in Prometheus; of these, only the smoothing is built.
import type { ValueType } from "./expression.ts";

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

const ofVector = signature(["vector"]);
const ofMatrix = signature(["matrix"]);
const ofTime = signature(["vector"], { optional: 1 });
const smoothing = signature(["matrix", "scalar", "scalar"]);

/** Signatures by the names of functions. A vector that may be omitted is `vector(time())`. */
export const FUNCTIONS = {
  abs: ofVector,
  absent: ofVector,
  absent_over_time: ofMatrix,
  acos: ofVector,
  acosh: ofVector,
  asin: ofVector,
  asinh: ofVector,
  atan: ofVector,
  atanh: ofVector,
  avg_over_time: ofMatrix,
  ceil: ofVector,
  changes: ofMatrix,
  clamp: signature(["vector", "scalar", "scalar"]),
  clamp_max: signature(["vector", "scalar"]),
  clamp_min: signature(["vector", "scalar"]),
  cos: ofVector,
  cosh: ofVector,
  count_over_time: ofMatrix,
  day_of_month: ofTime,
  day_of_week: ofTime,
  day_of_year: ofTime,
  days_in_month: ofTime,
  deg: ofVector,
  delta: ofMatrix,
  deriv: ofMatrix,
  double_exponential_smoothing: smoothing,
  exp: ofVector,
  floor: ofVector,
  histogram_avg: ofVector,
  histogram_count: ofVector,
  histogram_fraction: signature(["scalar", "scalar", "vector"]),
  histogram_quantile: signature(["scalar", "vector"]),
  histogram_stddev: ofVector,
  histogram_stdvar: ofVector,
  histogram_sum: ofVector,
  holt_winters: smoothing,
  hour: ofTime,
  idelta: ofMatrix,
  increase: ofMatrix,
  irate: ofMatrix,
  label_join: signature(["vector", "string", "string", "string"], { optional: 1, isVariadic: true }),
  label_replace: signature(["vector", "string", "string", "string", "string"]),
  last_over_time: ofMatrix,
  ln: ofVector,
  log10: ofVector,
  log2: ofVector,
  max_over_time: ofMatrix,
  min_over_time: ofMatrix,
  minute: ofTime,
  month: ofTime,
  pi: signature([], { returns: "scalar" }),
  predict_linear: signature(["matrix", "scalar"]),
  present_over_time: ofMatrix,
  quantile_over_time: signature(["scalar", "matrix"]),
  rad: ofVector,
  rate: ofMatrix,
  resets: ofMatrix,
  round: signature(["vector", "scalar"], { optional: 1 }),
  scalar: signature(["vector"], { returns: "scalar" }),
  sgn: ofVector,
  sin: ofVector,
  sinh: ofVector,
  sort: ofVector,
  sort_desc: ofVector,
  sqrt: ofVector,
  stddev_over_time: ofMatrix,
  stdvar_over_time: ofMatrix,
  sum_over_time: ofMatrix,
  tan: ofVector,
  tanh: ofVector,
  time: signature([], { returns: "scalar" }),
  timestamp: ofVector,
  vector: signature(["scalar"]),
  year: ofTime,
} as const satisfies Readonly<Record<string, FunctionSignature>>;

/** Name of a function. */
export type FunctionName = keyof typeof FUNCTIONS;
