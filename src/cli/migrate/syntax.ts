// The syntax tree of a source file, in the parts that a migration reads.
import { parse, type ParserOptions } from "@babel/parser";

/** A node of the tree. `start` and `end` are offsets in the text. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A node with its parents, the nearest first. */
export interface Visited {
  readonly node: SyntaxNode;
  readonly parents: readonly SyntaxNode[];
}

/**
 * Parses a file of JavaScript or TypeScript by the ending of its name.
 *
 * @throws SyntaxError with the position
 */
export function parsedFile(name: string, text: string): readonly Visited[] {
  const isTypeScript = /\.[cm]?tsx?$/.test(name);
  const isJsx = /\.(?:js|jsx|tsx|mjs|cjs)$/.test(name);
  const plugins: ParserOptions["plugins"] = [
    ...(isTypeScript ? (["typescript", "decorators"] as const) : []),
    ...(isJsx ? (["jsx"] as const) : []),
  ];
  const tree: unknown = parse(text, {
    sourceType: "unambiguous",
    allowReturnOutsideFunction: true,
    plugins,
  }).program;
  const visited: Visited[] = [];
  const visit = (node: SyntaxNode, parents: readonly SyntaxNode[]): void => {
    visited.push({ node, parents });
    for (const each of childrenOf(node)) visit(each, [node, ...parents]);
  };
  if (isNode(tree)) visit(tree, []);
  return visited;
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    "start" in value
  );
}

function* childrenOf(node: SyntaxNode): Generator<SyntaxNode> {
  for (const [field, value] of Object.entries(node)) {
    if (field.endsWith("Comments")) continue;
    for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) yield each;
  }
}

/** Returns the node in a field; `undefined` if it is missing. */
export function child(node: SyntaxNode | undefined, field: string): SyntaxNode | undefined {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
}

/** Returns the nodes in a field that holds a list. */
export function children(node: SyntaxNode | undefined, field: string): readonly SyntaxNode[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The name of an identifier, or the text of a literal string; `undefined` for other nodes. */
export function nameIn(node: SyntaxNode | undefined): string | undefined {
  if (node?.type === "Identifier" && typeof node["name"] === "string") return node["name"];
  return node?.type === "StringLiteral" && typeof node["value"] === "string" ? node["value"] : undefined;
}

/** The path of an expression such as `orders`, `this.orders` or `metrics.orders`; `undefined` for others. */
export function pathOf(node: SyntaxNode | undefined): string | undefined {
  switch (node?.type) {
    case "Identifier":
      return nameIn(node);
    case "ThisExpression":
      return "this";
    case "TSNonNullExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSTypeAssertion":
      return pathOf(child(node, "expression"));
    case "MemberExpression":
    case "OptionalMemberExpression": {
      const object = pathOf(child(node, "object"));
      const property = node["computed"] === true ? undefined : nameOfProperty(child(node, "property"));
      return object === undefined || property === undefined ? undefined : `${object}.${property}`;
    }
    default:
      return undefined;
  }
}

/** The name of a property or a field; private fields have a `#`. */
export function nameOfProperty(node: SyntaxNode | undefined): string | undefined {
  if (node?.type !== "PrivateName") return nameIn(node);
  const name = nameIn(child(node, "id"));
  return name === undefined ? undefined : `#${name}`;
}

/** Whether an identifier is the name of a property, such as `orders` in `all.orders`, and no variable. */
export function isPropertyName(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent?.["computed"] === true) return false;
  return parent?.["property"] === node || (parent?.["key"] === node && parent["shorthand"] !== true);
}

/** Whether a node is `object.property` or `object?.property`. */
export function isMember(node: SyntaxNode | undefined): boolean {
  return node?.type === "MemberExpression" || node?.type === "OptionalMemberExpression";
}

/** The name of the property that a member expression reads; `undefined` if it is computed. */
export function propertyOf(node: SyntaxNode | undefined): string | undefined {
  const property = child(node, "property");
  const isComputed = node?.["computed"] === true && property?.type !== "StringLiteral";
  return isComputed ? undefined : nameIn(property);
}

/** The possible values of an expression: the branches of a condition, and both sides of `??`, `||` and `&&`. */
export function valuesOf(node: SyntaxNode | undefined): readonly SyntaxNode[] {
  if (node === undefined) return [];
  switch (node.type) {
    case "ConditionalExpression":
      return [...valuesOf(child(node, "consequent")), ...valuesOf(child(node, "alternate"))];
    case "LogicalExpression":
      return [...valuesOf(child(node, "left")), ...valuesOf(child(node, "right"))];
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
      return valuesOf(child(node, "expression"));
    default:
      return [node];
  }
}

/** The module that a call of `require` names; `undefined` for other nodes. */
export function requiredBy(node: SyntaxNode | undefined): string | undefined {
  if (node?.type !== "CallExpression" || pathOf(child(node, "callee")) !== "require") return undefined;
  const [argument] = children(node, "arguments");
  return argument?.type === "StringLiteral" ? nameIn(argument) : undefined;
}

/** The path to which the value of a node is assigned; `undefined` if it is used otherwise. */
export function targetOf({ parents }: Pick<Visited, "parents">): string | undefined {
  const [parent, ...others] = parents;
  switch (parent?.type) {
    case "VariableDeclarator":
      return pathOf(child(parent, "id"));
    case "AssignmentExpression":
      // In `a = b = …` the value has two names.
      return others[0]?.type === "ExpressionStatement" ? pathOf(child(parent, "left")) : undefined;
    case "ClassProperty":
    case "ClassPrivateProperty": {
      const key = nameOfProperty(child(parent, "key"));
      return key === undefined ? undefined : `this.${key}`;
    }
    case "ObjectProperty": {
      const key = parent["computed"] === true ? undefined : nameIn(child(parent, "key"));
      const object = others[0];
      if (object?.type !== "ObjectExpression" || key === undefined) return undefined;
      const target = targetOf({ parents: others.slice(1) });
      return target === undefined ? undefined : `${target}.${key}`;
    }
    case "ConditionalExpression":
    case "LogicalExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return targetOf({ parents: others });
    default:
      return undefined;
  }
}
