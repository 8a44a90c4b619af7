// Nodes of expressions that are composed rather than parsed, so they have no places.
import type {
  Aggregation,
  Binary,
  Call,
  Expression,
  Range,
  Selector,
  Subquery,
} from "../query/expression.ts";
import type { FunctionName } from "../query/function-signatures.ts";
import type { Matcher } from "../query/source.ts";

const NO_PLACE = { start: 0, end: 0 } as const;
const NO_SHIFT = { offsetMillis: 0, at: undefined } as const;

/** `{matchers}`. */
export function selectorNode(name: string | undefined, matchers: readonly Matcher[]): Selector {
  return { kind: "selector", type: "vector", name, matchers, ...NO_SHIFT, ...NO_PLACE };
}

/** `selector[range]`. */
export function rangeNode(selector: Selector, rangeMillis: number): Range {
  return { kind: "range", type: "matrix", selector, rangeMillis, ...NO_PLACE };
}

/** `expression[range:step]`. */
export function subqueryNode(expression: Expression, rangeMillis: number, stepMillis: number): Subquery {
  return { kind: "subquery", type: "matrix", expression, rangeMillis, stepMillis, ...NO_SHIFT, ...NO_PLACE };
}

/** A function whose result is an instant vector. */
export function callNode(name: FunctionName, ...args: readonly Expression[]): Call {
  return { kind: "call", type: "vector", name, args, ...NO_PLACE };
}

/** `sum by (labels) (expression)`. */
export function sumNode(labels: readonly string[], expression: Expression): Aggregation {
  const [operator, parameter] = ["sum", undefined] as const;
  return {
    kind: "aggregation",
    type: "vector",
    operator,
    expression,
    parameter,
    grouping: labels,
    isWithout: false,
    ...NO_PLACE,
  };
}

/** An operation whose left side is an instant vector. */
export function binaryNode(operator: "/" | "or", left: Expression, right: Expression): Binary {
  const cardinality = operator === "or" ? "many-to-many" : "one-to-one";
  const matching = { cardinality, isOn: false, labels: [], include: [] } as const;
  return {
    kind: "binary",
    type: "vector",
    operator,
    left,
    right,
    returnsBool: false,
    matching: right.type === "vector" ? matching : undefined,
    ...NO_PLACE,
  };
}

/** A number. */
export function numberNode(value: number): Expression {
  return { kind: "number", type: "scalar", value, isDuration: false, ...NO_PLACE };
}

/** `(expression)`. */
export function parenthesesNode(expression: Expression): Expression {
  return { kind: "parentheses", type: expression.type, expression, ...NO_PLACE };
}
