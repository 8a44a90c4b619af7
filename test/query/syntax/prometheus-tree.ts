// Our tree as Prometheus' endpoint `parse_query` returns it.
import type { Expression, Selector, TimeShift } from "../../../src/query/expression.ts";
import { FUNCTIONS, type FunctionSignature } from "../../../src/query/function-signatures.ts";
import { format } from "../../../src/query/syntax/format.ts";

/** The document of `parse_query` for a tree. */
export function prometheusTree(tree: Expression): unknown {
  switch (tree.kind) {
    case "number":
      return { type: "numberLiteral", val: format({ ...tree, isDuration: false }) };
    case "string":
      return { type: "stringLiteral", val: tree.value };
    case "selector":
      return { type: "vectorSelector", ...selection(tree), ...shift(tree) };
    case "range":
      return {
        type: "matrixSelector",
        range: tree.rangeMillis,
        ...selection(tree.selector),
        ...shift(tree.selector),
      };
    case "subquery":
      return {
        type: "subquery",
        expr: prometheusTree(tree.expression),
        range: tree.rangeMillis,
        step: tree.stepMillis ?? 0,
        ...shift(tree),
      };
    case "call":
      return {
        type: "call",
        func: functionOf(tree.name, FUNCTIONS[tree.name]),
        args: tree.args.map(prometheusTree),
      };
    case "aggregation":
      return {
        type: "aggregation",
        op: tree.operator,
        expr: prometheusTree(tree.expression),
        param: tree.parameter === undefined ? null : prometheusTree(tree.parameter),
        grouping: tree.grouping,
        without: tree.isWithout,
      };
    case "binary":
      return {
        type: "binaryExpr",
        op: tree.operator,
        lhs: prometheusTree(tree.left),
        rhs: prometheusTree(tree.right),
        bool: tree.returnsBool,
        matching:
          tree.matching === undefined
            ? null
            : {
                card: tree.matching.cardinality,
                labels: tree.matching.labels,
                on: tree.matching.isOn,
                include: tree.matching.include,
              },
      };
    case "unary":
      return { type: "unaryExpr", op: tree.operator, expr: prometheusTree(tree.expression) };
    case "parentheses":
      return { type: "parenExpr", expr: prometheusTree(tree.expression) };
    default:
      return tree satisfies never;
  }
}

// Prometheus has the name apart only if it is outside of braces.
function selection({ name, matchers }: Selector): object {
  return {
    name: { asymmetricMatch: (theirs: unknown) => theirs === name || theirs === "" },
    matchers: matchers.map(({ label, operator, value }) => ({ name: label, type: operator, value })),
  };
}

function shift({ offsetMillis, at }: TimeShift): object {
  return {
    offset: offsetMillis,
    timestamp: typeof at === "number" ? at : null,
    startOrEnd: typeof at === "string" ? at : null,
  };
}

function functionOf(name: string, { args, optional, isVariadic, returns }: FunctionSignature): object {
  return { name, argTypes: args, variadic: isVariadic ? -1 : optional, returnType: returns };
}
