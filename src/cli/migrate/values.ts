// Arguments of prom-client's calls, as text for our own.
import { child, children, nameIn, type SyntaxNode } from "./syntax.ts";

/** Returns the literal strings of an array; `undefined` for other nodes and arrays. */
export function stringsOf(node: SyntaxNode | undefined): readonly string[] | undefined {
  const array = node?.type === "TSAsExpression" ? child(node, "expression") : node;
  if (array?.type !== "ArrayExpression") return undefined;
  const elements = children(array, "elements");
  const texts = elements.flatMap((element) =>
    element.type === "StringLiteral" ? (nameIn(element) ?? []) : [],
  );
  return texts.length === elements.length ? texts : undefined;
}

/** The buckets of `linearBuckets` or `exponentialBuckets` with literal numbers; `undefined` for others. */
export function literalBuckets(name: string, args: readonly SyntaxNode[]): string | undefined {
  const [start, step, count, ...others] = args.map((node) =>
    node.type === "NumericLiteral" ? node["value"] : NaN,
  );
  if (typeof start !== "number" || typeof step !== "number" || typeof count !== "number") return undefined;
  if (others.length > 0 || !Number.isInteger(count) || count < 1 || count > 1_000) return undefined;
  if (Number.isNaN(start) || Number.isNaN(step)) return undefined;
  const buckets: number[] = [];
  let value = start;
  for (let i = 0; i < count; i++) {
    buckets.push(name === "linearBuckets" ? start + i * step : value);
    value *= step;
  }
  return `[${buckets.join(", ")}]`;
}

const NUMBERS: ReadonlySet<string> = new Set([
  "NumericLiteral",
  "UnaryExpression",
  "BinaryExpression",
  "UpdateExpression",
]);

/** Meaning of one argument of `inc`, `dec`, `set` or `observe`: the labels, the value, or either. */
export function meaningOf(node: SyntaxNode): "labels" | "value" | "unknown" {
  if (node.type === "ObjectExpression") return "labels";
  return NUMBERS.has(node.type) ? "value" : "unknown";
}

/** The labels of `labels("a", "b")` as an object; `undefined` if the names of the labels are not known. */
export function labelsText(
  args: readonly SyntaxNode[],
  names: readonly string[] | undefined,
  textOf: (node: SyntaxNode) => string,
): string | undefined {
  const [first] = args;
  if (args.length === 1 && first?.type === "ObjectExpression") return textOf(first);
  if (names === undefined || names.length !== args.length) return undefined;
  if (args.some(({ type }) => type === "SpreadElement")) return undefined;
  const fields = names.map((name, index) => {
    const argument = args[index];
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `${key}: ${argument === undefined ? "undefined" : textOf(argument)}`;
  });
  return `{ ${fields.join(", ")} }`;
}
