// Syntax trees in the form of Prometheus' path `parse_query`.
import type { DurationExpression, Expression, Selector, TimeShift } from "../expression.ts";
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
        ...length("range", tree.rangeMillis, tree.rangeExpression),
        ...selection(tree.selector, text),
        ...shift(tree.selector),
      };
    case "subquery":
      return {
        type: "subquery",
        expr: documentOf(tree.expression),
        ...length("range", tree.rangeMillis, tree.rangeExpression),
        ...length("step", tree.stepMillis ?? 0, tree.stepExpression),
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
                fillValues: { lhs: tree.matching.fill?.left ?? null, rhs: tree.matching.fill?.right ?? null },
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
function selection({ name, matchers, start, extension }: Selector, text: string): object {
  return {
    name: text[start] === "{" ? "" : name,
    matchers: matchers.map(({ label, operator, value }) => ({ name: label, type: operator, value })),
    anchored: extension === "anchored",
    smoothed: extension === "smoothed",
  };
}

// As in Prometheus, the value of arithmetic is 0.
function length(name: string, millis: number, expression: DurationExpression | undefined): object {
  return {
    [name]: expression === undefined ? millis : 0,
    [`${name}Expr`]: expression === undefined ? null : durationDocument(expression),
  };
}

function durationDocument(expression: DurationExpression): object {
  if (expression.kind === "number") {
    const val = formatTree({ ...expression, isDuration: false });
    return { type: "numberLiteral", val, duration: expression.isDuration };
  }
  const { operator, left, right, isWrapped } = expression;
  const [lhs, rhs] = [left, right].map((each) => (each === undefined ? null : durationDocument(each)));
  return { type: "durationExpr", op: operator, lhs, rhs, wrapped: isWrapped };
}

function shift({ offsetMillis, offsetExpression, at }: TimeShift): object {
  return {
    ...length("offset", offsetMillis, offsetExpression),
    timestamp: typeof at === "number" ? at : null,
    startOrEnd: typeof at === "string" ? at : null,
  };
}

function functionOf(name: string, { args, optional, isVariadic, max, returns }: FunctionSignature): object {
  const repeated = max === undefined ? -1 : max - args.length + 1;
  return { name, argTypes: args, variadic: isVariadic ? repeated : optional, returnType: returns };
}
