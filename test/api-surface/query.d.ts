export interface Aggregation extends Place { readonly kind: "aggregation"; readonly type: "vector";
  readonly operator: AggregationOperator; readonly expression: Expression; readonly parameter: Expression | undefined;
  readonly grouping: readonly string[]; readonly isWithout: boolean; }
export type AggregationOperator = "sum" | "avg" | "count" | "min" | "max" | "group" | "stddev" | "stdvar" | "topk" |
    "bottomk" | "quantile" | "count_values" | "limitk" | "limit_ratio";
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export interface Binary extends Place { readonly kind: "binary"; readonly type: "scalar" | "vector";
  readonly operator: ArithmeticOperator | ComparisonOperator | TrimOperator | SetOperator; readonly left: Expression;
  readonly right: Expression; readonly returnsBool: boolean; readonly matching: Matching | undefined; }
export interface Buckets { readonly offset: number; readonly counts: Float64Array; }
export interface Call extends Place { readonly kind: "call"; readonly type: ValueType; readonly name: FunctionName;
  readonly args: readonly Expression[]; }
export type ComparisonOperator = "==" | "!=" | ">" | "<" | ">=" | "<=";
export type DurationExpression = NumberLiteral | DurationOperation;
export interface DurationOperation extends Place { readonly kind: "duration";
  readonly operator: "+" | "-" | "*" | "/" | "%" | "^" | "min_of" | "max_of" | "step" | "range";
  readonly left: DurationExpression | undefined; readonly right: DurationExpression | undefined;
  readonly isWrapped: boolean; }
export type Expression = NumberLiteral | StringLiteral | Selector | Range | Subquery | Call | Aggregation | Binary |
    Unary | Parentheses;
export interface Fill { readonly left: number | undefined; readonly right: number | undefined; }
export type FunctionName = (typeof FUNCTION_NAMES)[number];
export type Labels = Readonly<Record<string, string>>;
export interface Matcher { readonly label: string; readonly operator: "=" | "!=" | "=~" | "!~"; readonly value: string;
  }
export interface Matching { readonly cardinality: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  readonly isOn: boolean; readonly labels: readonly string[]; readonly include: readonly string[];
  readonly fill?: Fill | undefined; }
export interface MatrixSeries { readonly labels: Labels; readonly times: Float64Array; readonly values: Float64Array;
  readonly histograms?: readonly (NativeHistogram | undefined)[] | undefined; }
export interface NativeHistogram { readonly schema: number; readonly count: number; readonly sum: number;
  readonly zeroThreshold: number; readonly zeroCount: number; readonly positive: Buckets; readonly negative: Buckets;
  readonly customBounds?: readonly number[] | undefined;
  readonly resetHint: "unknown" | "reset" | "not-reset" | "gauge"; }
export interface NumberLiteral extends Place { readonly kind: "number"; readonly type: "scalar"; readonly value: number;
  readonly isDuration: boolean; }
export interface Parentheses extends Place { readonly kind: "parentheses"; readonly type: ValueType;
  readonly expression: Expression; }
export interface ParseOptions { readonly experimental?: boolean | undefined; }
export interface Place { readonly start: number; readonly end: number; }
export class QueryError extends Error { readonly name = "QueryError"; readonly code = "TACHYMETER_QUERY";
  readonly kind: QueryErrorKind; readonly position: number | undefined;
  constructor(kind: QueryErrorKind, message: string, position?: number, options?: ErrorOptions); }
export type QueryErrorKind = "bad_data" | "execution" | "timeout" | "canceled" | "internal";
export interface QueryOptions { readonly source: Source; readonly time?: Time | undefined;
  readonly lookback?: number | undefined; readonly experimental?: boolean | undefined;
  readonly signal?: AbortSignal | undefined; readonly exact?: boolean | undefined; }
export interface QueryRangeOptions extends Omit<QueryOptions, "time"> { readonly from: Time;
  readonly to?: Time | undefined; readonly step: number; }
export type QueryResult = { readonly annotations: readonly string[]; } & ({ readonly kind: "scalar";
  readonly time: number; readonly value: number; } | { readonly kind: "string"; readonly time: number;
  readonly value: string; } | { readonly kind: "vector"; readonly series: readonly VectorSeries[]; } | {
  readonly kind: "matrix"; readonly series: readonly MatrixSeries[]; });
export interface Range extends Place { readonly kind: "range"; readonly type: "matrix"; readonly selector: Selector;
  readonly rangeMillis: number; readonly rangeExpression?: DurationExpression | undefined; }
export interface SampleSeries { readonly labels: Labels; readonly times: Float64Array; readonly values: Float64Array;
  readonly histograms?: readonly (NativeHistogram | undefined)[] | undefined; readonly stale?: Uint8Array | undefined; }
export interface Selection { readonly matchers: readonly Matcher[]; readonly from: number; readonly to: number;
  readonly signal?: AbortSignal | undefined; }
export interface Selector extends Place, TimeShift { readonly kind: "selector"; readonly type: "vector";
  readonly name: string | undefined; readonly matchers: readonly Matcher[];
  readonly extension?: "anchored" | "smoothed" | undefined; }
export type SetOperator = "and" | "or" | "unless";
export interface Source { select(selection: Selection): AsyncIterable<SampleSeries>; }
export interface StringLiteral extends Place { readonly kind: "string"; readonly type: "string"; readonly value: string;
  }
export interface Subquery extends Place, TimeShift { readonly kind: "subquery"; readonly type: "matrix";
  readonly expression: Expression; readonly rangeMillis: number;
  readonly rangeExpression?: DurationExpression | undefined; readonly stepMillis: number | undefined;
  readonly stepExpression?: DurationExpression | undefined; }
export type Time = Date | string | number;
export interface TimeShift { readonly offsetMillis: number; readonly offsetExpression?: DurationExpression | undefined;
  readonly at: number | "start" | "end" | undefined; }
export type TrimOperator = "</" | ">/";
export interface Unary extends Place { readonly kind: "unary"; readonly type: "scalar" | "vector";
  readonly operator: "+" | "-"; readonly expression: Expression; }
export type ValueType = "scalar" | "string" | "vector" | "matrix";
export interface VectorSeries { readonly labels: Labels; readonly time: number;
  readonly value: number | NativeHistogram; }
export function explain(expression: string | Expression, options?: ParseOptions): string;
export function format(expression: string | Expression, options?: ParseOptions): string;
export function parse(text: string, options?: ParseOptions): Expression;
export function query(expression: string | Expression, options: QueryOptions): Promise<QueryResult>;
export function queryRange(expression: string | Expression, options: QueryRangeOptions): Promise<QueryResult>;

// Not exported, but named above
export const FUNCTION_NAMES: readonly ["abs", "absent", "absent_over_time", "acos", "acosh", "asin", "asinh", "atan",
    "atanh", "avg_over_time", "ceil", "changes", "clamp", "clamp_max", "clamp_min", "cos", "cosh", "count_over_time",
    "day_of_month", "day_of_week", "day_of_year", "days_in_month", "deg", "delta", "deriv",
    "double_exponential_smoothing", "end", "exp", "first_over_time", "floor", "histogram_avg", "histogram_count",
    "histogram_fraction", "histogram_quantile", "histogram_quantiles", "histogram_stddev", "histogram_stdvar",
    "histogram_sum", "holt_winters", "hour", "idelta", "increase", "info", "irate", "label_join", "label_replace",
    "last_over_time", "ln", "log10", "log2", "mad_over_time", "max_of", "max_over_time", "min_of", "min_over_time",
    "minute", "month", "pi", "predict_linear", "present_over_time", "quantile_over_time", "rad", "range", "rate",
    "resets", "round", "scalar", "sgn", "sin", "sinh", "sort", "sort_by_label", "sort_by_label_desc", "sort_desc",
    "sqrt", "start", "stddev_over_time", "stdvar_over_time", "step", "sum_over_time", "tan", "tanh", "time",
    "timestamp", "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time",
    "vector", "year"];
