// Syntax trees in the form of Prometheus' path `parse_query`.
import type { Expression, Selector, TimeShift } from "../expression.ts";
import { type FunctionSignature, signatureOf } from "../function-signatures.ts";
import { formatTree } from "../syntax/expression-text.ts";

/** The document of a tree, which was parsed from `text`. */
export function treeDocument(tree: Expression, text: string): object {
  const documentOf = (part: Expression): object => treeDocument(part, text);
  switch (tree.kind) {
    case "number":
      return { type: "numberLiteral", val: formatTree({ ...tree, isDuration: false }) };
    case "string":
      return { type: "stringLiteral", val: tree.value };
    case "selector":
      return { type: "vectorSelector", ...selection(tree, text), ...shift(tree) };
    case "range":
      return {
        type: "matrixSelector",
        range: tree.rangeMillis,
        ...selection(tree.selector, text),
        ...shift(tree.selector),
      };
    case "subquery":
      return {
        type: "subquery",
        expr: documentOf(tree.expression),
        range: tree.rangeMillis,
        step: tree.stepMillis ?? 0,
        ...shift(tree),
      };
    case "call":
      return {
        type: "call",
        func: functionOf(tree.name, signatureOf(tree.name)),
        args: tree.args.map(documentOf),
      };
    case "aggregation":
      return {
        type: "aggregation",
        op: tree.operator,
        expr: documentOf(tree.expression),
        param: tree.parameter === undefined ? null : documentOf(tree.parameter),
        grouping: tree.grouping,
        without: tree.isWithout,
      };
    case "binary":
      return {
        type: "binaryExpr",
        op: tree.operator,
        lhs: documentOf(tree.left),
        rhs: documentOf(tree.right),
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
      return { type: "unaryExpr", op: tree.operator, expr: documentOf(tree.expression) };
    case "parentheses":
      return { type: "parenExpr", expr: documentOf(tree.expression) };
    default:
      return tree satisfies never;
  }
}

// The name is apart only if it is outside of braces.
function selection({ name, matchers, start }: Selector, text: string): object {
  return {
    name: text[start] === "{" ? "" : name,
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
