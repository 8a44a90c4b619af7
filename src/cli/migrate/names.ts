// The names that a file declares and assigns.
import {
  child,
  children,
  isNode,
  nameIn,
  nameOfProperty,
  pathOf,
  propertyOf,
  type SyntaxNode,
  valuesOf,
  type Visited,
} from "./syntax.ts";

/** The name that a path begins with, with the field of `this`: `orders` or `this.orders`. */
export function rootOf(path: string): string {
  return /^(?:this\.)?[^.]*/.exec(path)?.[0] ?? path;
}

/** Returns a name that a file does not use. */
export function freeName(name: string, used: ReadonlySet<string>): string {
  return used.has(name) ? freeName(`tachymeter_${name}`, used) : name;
}

/** The number of declarations of each name. */
export function declarationCounts(nodes: readonly Visited[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (node: SyntaxNode | undefined): void => {
    const name = node?.type === "Identifier" ? nameIn(node) : undefined;
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    if (node?.type === "ObjectPattern")
      for (const property of children(node, "properties")) count(child(property, "value") ?? property);
    if (node?.type === "ArrayPattern") for (const element of children(node, "elements")) count(element);
    if (node?.type === "AssignmentPattern") count(child(node, "left"));
    if (node?.type === "RestElement") count(child(node, "argument"));
    if (node?.type === "TSParameterProperty") count(child(node, "parameter"));
  };
  for (const { node } of nodes) {
    if (DECLARATIONS.test(node.type)) count(child(node, "id"));
    if (node.type.startsWith("Import") && isNode(node["local"])) count(child(node, "local"));
    if (node.type === "CatchClause") count(child(node, "param"));
    for (const parameter of children(node, "params")) count(parameter);
  }
  return counts;
}

const DECLARATIONS = /^(?:VariableDeclarator|(?:Function|Class)(?:Declaration|Expression))$/;

/** The classes, or functions outside of classes, that declare or assign each field of `this`. */
export function fieldClasses(
  nodes: readonly Visited[],
): ReadonlyMap<string, ReadonlySet<SyntaxNode | undefined>> {
  const classes = new Map<string, Set<SyntaxNode | undefined>>();
  for (const { node, parents } of nodes) {
    const path = fieldOf(node);
    if (path === undefined) continue;
    const own =
      parents.find(({ type }) => type === "ClassBody") ??
      parents.find(({ type }) => /^(?:Function|ObjectMethod)/.test(type));
    const field = rootOf(path);
    classes.set(field, (classes.get(field) ?? new Set()).add(own));
  }
  return classes;
}

function fieldOf(node: SyntaxNode): string | undefined {
  if (node.type === "AssignmentExpression") {
    const path = pathOf(child(node, "left"));
    return path?.startsWith("this.") === true ? path : undefined;
  }
  if (node.type === "TSParameterProperty") {
    const parameter = child(node, "parameter");
    const name = nameIn(child(parameter, "left") ?? parameter);
    return name === undefined ? undefined : `this.${name}`;
  }
  const key = /^Class(?:Private|Accessor)?(?:Property|Method)$/.test(node.type)
    ? nameOfProperty(child(node, "key"))
    : undefined;
  return key === undefined ? undefined : `this.${key}`;
}

/** Paths to which something else than a metric is assigned. A registry returns the metric that is created here. */
export function mixedPaths(
  nodes: readonly Visited[],
  promName: (node: SyntaxNode | undefined) => string | undefined,
): ReadonlySet<string> {
  const paths = nodes.flatMap(({ node }): readonly string[] => {
    const isDeclared = node.type === "VariableDeclarator";
    if (!isDeclared && node.type !== "AssignmentExpression") return [];
    const path = pathOf(child(node, isDeclared ? "id" : "left"));
    const isMetric = (value: SyntaxNode): boolean =>
      /^(?:NullLiteral|BooleanLiteral)$/.test(value.type) ||
      [path, "undefined"].includes(pathOf(value)) ||
      promName(child(value, "callee")) !== undefined ||
      propertyOf(child(value, "callee")) === "getSingleMetric";
    const isMixed = !valuesOf(child(node, isDeclared ? "init" : "right")).every(isMetric);
    return path !== undefined && isMixed ? [path] : [];
  });
  return new Set(paths);
}
