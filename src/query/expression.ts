// The typed syntax tree of PromQL.
import type { Matcher } from "./source.ts";
import type { FunctionName } from "./function-signatures.ts";
import type { ValueType } from "./value-type.ts";

export type { ValueType } from "./value-type.ts";

/** Place of a part of an expression, in UTF-16 code units; `end` is excluded. */
export interface Place {
  readonly start: number;
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
  readonly kind: "number";
  readonly type: "scalar";
  readonly value: number;
  /** Whether it was written as a duration, such as `5m`. */
  readonly isDuration: boolean;
}

/** `"text"`: a string. */
export interface StringLiteral extends Place {
  readonly kind: "string";
  readonly type: "string";
  readonly value: string;
}

/** Time at which a selector or subquery is evaluated, by `@` and `offset`. */
export interface TimeShift {
  /** By `offset`, subtracted from the time of evaluation. Negative if it was written so. 0 without it. */
  readonly offsetMillis: number;
  /** By `@`: a time in Unix milliseconds, or an end of the range of evaluation. */
  readonly at: number | "start" | "end" | undefined;
}

/** `http_requests_total{code="200"} offset 5m`: an instant vector. */
export interface Selector extends Place, TimeShift {
  readonly kind: "selector";
  readonly type: "vector";
  /** The metric's name as it was written, outside of braces or in quotes within them. It is among `matchers` too. `undefined` if there are several. */
  readonly name: string | undefined;
  /** All matchers; that of the name has the label `__name__`. */
  readonly matchers: readonly Matcher[];
}

/** `x[5m]`: a matrix. Its `offset` and `@` are those of the selector. */
export interface Range extends Place {
  readonly kind: "range";
  readonly type: "matrix";
  readonly selector: Selector;
  readonly rangeMillis: number;
}

/** `expression[1h:5m]`: a matrix. */
export interface Subquery extends Place, TimeShift {
  readonly kind: "subquery";
  readonly type: "matrix";
  readonly expression: Expression;
  readonly rangeMillis: number;
  /** `undefined` if it was omitted: the default of the engine. */
  readonly stepMillis: number | undefined;
}

/** `rate(x[5m])`. Omitted optional arguments are missing in `args`. */
export interface Call extends Place {
  readonly kind: "call";
  readonly type: ValueType;
  readonly name: FunctionName;
  readonly args: readonly Expression[];
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
  | "count_values";

/** `topk by (job) (5, x)`: an instant vector. */
export interface Aggregation extends Place {
  readonly kind: "aggregation";
  readonly type: "vector";
  readonly operator: AggregationOperator;
  readonly expression: Expression;
  /** A scalar for `topk`, `bottomk` and `quantile`; a string for `count_values`; otherwise `undefined`. */
  readonly parameter: Expression | undefined;
  /** Labels of `by` or `without`; empty without either. */
  readonly grouping: readonly string[];
  readonly isWithout: boolean;
}

/** Operators of {@link Binary}. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export type ComparisonOperator = "==" | "!=" | ">" | "<" | ">=" | "<=";
export type SetOperator = "and" | "or" | "unless";

/** Matching of the series of two vectors. */
export interface Matching {
  /** `many-to-many` for set operators; `many-to-one` for `group_left`, `one-to-many` for `group_right`. */
  readonly cardinality: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  /** Whether `labels` are those of `on`; otherwise those of `ignoring`. */
  readonly isOn: boolean;
  readonly labels: readonly string[];
  /** Labels copied from the "one" side, those of `group_left` or `group_right`. */
  readonly include: readonly string[];
}

/** `a / on (job) b`: a scalar or an instant vector. */
export interface Binary extends Place {
  readonly kind: "binary";
  readonly type: "scalar" | "vector";
  readonly operator: ArithmeticOperator | ComparisonOperator | SetOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly returnsBool: boolean;
  /** `undefined` unless both sides are vectors. */
  readonly matching: Matching | undefined;
}

/** `-x`: a scalar or an instant vector. */
export interface Unary extends Place {
  readonly kind: "unary";
  readonly type: "scalar" | "vector";
  readonly operator: "+" | "-";
  readonly expression: Expression;
}

/** `(x)`. */
export interface Parentheses extends Place {
  readonly kind: "parentheses";
  readonly type: ValueType;
  readonly expression: Expression;
}
