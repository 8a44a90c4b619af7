// The typed syntax tree of PromQL.
import type { Matcher } from "./source.ts";
import type { FunctionName, ValueType } from "./function-signatures.ts";

export type { ValueType } from "./function-signatures.ts";

/** Place of a part of an expression, in UTF-16 code units; `end` is excluded. */
export interface Place {
  /** Offset of the first character. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

/** A node of the tree; `kind` decides which. Types are checked: each node has the type that it has in Prometheus. */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | Selector
  | Range
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary
  | Parentheses;

/** `1.5`, `0x1f`, `Inf`, `1h`: a scalar. */
export interface NumberLiteral extends Place {
  /** Always `number`. */
  readonly kind: "number";
  /** Type of the value. */
  readonly type: "scalar";
  /** The number; seconds for a duration. */
  readonly value: number;
  /** Whether it was written as a duration, such as `5m`. */
  readonly isDuration: boolean;
}

/** `"text"`: a string. */
export interface StringLiteral extends Place {
  /** Always `string`. */
  readonly kind: "string";
  /** Type of the value. */
  readonly type: "string";
  /** The text, without quotes and escapes. */
  readonly value: string;
}

/** Arithmetic of durations, such as `5m * 2`. */
export type DurationExpression = NumberLiteral | DurationOperation;

/** An operation of {@link DurationExpression}. The experimental ones are those with names. */
export interface DurationOperation extends Place {
  /** Always `duration`. */
  readonly kind: "duration";
  /** The operator; `step` and `range` are those of the query. */
  readonly operator: "+" | "-" | "*" | "/" | "%" | "^" | "min_of" | "max_of" | "step" | "range";
  /** The left operand; `undefined` for a sign. */
  readonly left: DurationExpression | undefined;
  /** The right operand; `undefined` for `step` and `range`. */
  readonly right: DurationExpression | undefined;
  /** Whether it is in parentheses. */
  readonly isWrapped: boolean;
}

/** Time at which a selector or subquery is evaluated, by `@` and `offset`. */
export interface TimeShift {
  /** By `offset`, subtracted from the time of evaluation. Negative if it was written so. 0 without it. */
  readonly offsetMillis: number;
  /** The offset, if it is arithmetic. With `step` or `range`, `offsetMillis` is 0 until the expression is evaluated. */
  readonly offsetExpression?: DurationExpression | undefined;
  /** By `@`: a time in Unix milliseconds, or an end of the range of evaluation. */
  readonly at: number | "start" | "end" | undefined;
}

/** `http_requests_total{code="200"} offset 5m`: an instant vector. */
export interface Selector extends Place, TimeShift {
  /** Always `selector`. */
  readonly kind: "selector";
  /** Type of the value. */
  readonly type: "vector";
  /** The metric's name as it was written, outside of braces or in quotes within them. It is among `matchers` too. `undefined` if there are several. */
  readonly name: string | undefined;
  /** All matchers; that of the name has the label `__name__`. */
  readonly matchers: readonly Matcher[];
  /** The experimental modifier after the selector or its range. */
  readonly extension?: "anchored" | "smoothed" | undefined;
}

/** `x[5m]`: a matrix. Its `offset` and `@` are those of the selector. */
export interface Range extends Place {
  /** Always `range`. */
  readonly kind: "range";
  /** Type of the value. */
  readonly type: "matrix";
  /** Selector of the series. */
  readonly selector: Selector;
  /** Length of the range, in milliseconds. */
  readonly rangeMillis: number;
  /** The range, if it is arithmetic. With `step` or `range`, `rangeMillis` is 0 until the expression is evaluated. */
  readonly rangeExpression?: DurationExpression | undefined;
}

/** `expression[1h:5m]`: a matrix. */
export interface Subquery extends Place, TimeShift {
  /** Always `subquery`. */
  readonly kind: "subquery";
  /** Type of the value. */
  readonly type: "matrix";
  /** Expression that is evaluated at each step. */
  readonly expression: Expression;
  /** Length of the range, in milliseconds. */
  readonly rangeMillis: number;
  /** As that of a range. */
  readonly rangeExpression?: DurationExpression | undefined;
  /** `undefined` if it was omitted: the default of the engine. */
  readonly stepMillis: number | undefined;
  /** As that of a range. */
  readonly stepExpression?: DurationExpression | undefined;
}

/** `rate(x[5m])`. Omitted optional arguments are missing in `args`. */
export interface Call extends Place {
  /** Always `call`. */
  readonly kind: "call";
  /** Type of the value. */
  readonly type: ValueType;
  /** Name of the function. */
  readonly name: FunctionName;
  /** The arguments. */
  readonly args: readonly Expression[];
  /** Whether an increase is the exact one, as {@link exactTree} marks it. @internal */
  readonly isExact?: boolean | undefined;
}

/** Operators of {@link Aggregation}. */
export type AggregationOperator =
  | "sum"
  | "avg"
  | "count"
  | "min"
  | "max"
  | "group"
  | "stddev"
  | "stdvar"
  | "topk"
  | "bottomk"
  | "quantile"
  | "count_values"
  | "limitk"
  | "limit_ratio";

/** `topk by (job) (5, x)`: an instant vector. */
export interface Aggregation extends Place {
  /** Always `aggregation`. */
  readonly kind: "aggregation";
  /** Type of the value. */
  readonly type: "vector";
  /** The operator, as it is written. */
  readonly operator: AggregationOperator;
  /** The aggregated vector. */
  readonly expression: Expression;
  /** A scalar for `topk`, `bottomk`, `quantile`, `limitk` and `limit_ratio`; a string for `count_values`; otherwise `undefined`. */
  readonly parameter: Expression | undefined;
  /** Labels of `by` or `without`; empty without either. */
  readonly grouping: readonly string[];
  /** Whether `grouping` is that of `without`. */
  readonly isWithout: boolean;
}

/** Arithmetic operators of {@link Binary}. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
/** Comparisons of {@link Binary}. */
export type ComparisonOperator = "==" | "!=" | ">" | "<" | ">=" | "<=";
/** Operators of {@link Binary} that remove the observations above or below a number from native histograms. */
export type TrimOperator = "</" | ">/";
/** Set operators of {@link Binary}, between two vectors. */
export type SetOperator = "and" | "or" | "unless";

/** Matching of the series of two vectors. */
export interface Matching {
  /** `many-to-many` for set operators; `many-to-one` for `group_left`, `one-to-many` for `group_right`. */
  readonly cardinality: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  /** Whether `labels` are those of `on`; otherwise those of `ignoring`. */
  readonly isOn: boolean;
  /** Labels of `on` or `ignoring`. */
  readonly labels: readonly string[];
  /** Labels copied from the "one" side, those of `group_left` or `group_right`. */
  readonly include: readonly string[];
  /** Values of missing series, by the experimental `fill`, `fill_left` and `fill_right`. */
  readonly fill?: Fill | undefined;
}

/** Values for series that are missing on a side of an operator. */
export interface Fill {
  /** By `fill_left`. */
  readonly left: number | undefined;
  /** By `fill_right`. */
  readonly right: number | undefined;
}

/** `a / on (job) b`: a scalar or an instant vector. */
export interface Binary extends Place {
  /** Always `binary`. */
  readonly kind: "binary";
  /** Type of the value. */
  readonly type: "scalar" | "vector";
  /** The operator, as it is written. */
  readonly operator: ArithmeticOperator | ComparisonOperator | TrimOperator | SetOperator;
  /** The left operand. */
  readonly left: Expression;
  /** The right operand. */
  readonly right: Expression;
  /** Whether `bool` is given: the result is 0 or 1. */
  readonly returnsBool: boolean;
  /** `undefined` unless both sides are vectors. */
  readonly matching: Matching | undefined;
}

/** `-x`: a scalar or an instant vector. */
export interface Unary extends Place {
  /** Always `unary`. */
  readonly kind: "unary";
  /** Type of the value. */
  readonly type: "scalar" | "vector";
  /** The operator, as it is written. */
  readonly operator: "+" | "-";
  /** The operand. */
  readonly expression: Expression;
}

/** `(x)`. */
export interface Parentheses extends Place {
  /** Always `parentheses`. */
  readonly kind: "parentheses";
  /** Type of the value. */
  readonly type: ValueType;
  /** The expression within. */
  readonly expression: Expression;
}
