// The uses of prom-client in one file: its imports, and the metrics and registries that it declares.
import { declarationCounts, fieldClasses, freeName, mixedPaths, rootOf } from "./names.ts";
import {
  child,
  children,
  isMember,
  isPropertyName,
  nameIn,
  parsedFile,
  pathOf,
  propertyOf,
  requiredBy,
  type SyntaxNode,
  targetOf,
  type Visited,
} from "./syntax.ts";

const MODULE = "prom-client";
const KINDS = ["Counter", "Gauge", "Histogram"] as const;
export type Kind = (typeof KINDS)[number];

/** A metric or a registry, known by a path such as `orders` or `this.orders`. `Kept` is a metric that is not moved. */
export type Known =
  | { readonly kind: Kind; readonly labelNames: readonly string[] | undefined }
  | { readonly kind: "Registry" }
  | { readonly kind: "Kept" };

/** Names under which a file imports what the new file exports. */
export interface LocalNames {
  readonly collector: string;
  readonly registry: string;
}

/** A statement that imports prom-client, and what it binds: local names by the name in the package, or `*` for all. */
export interface PromImport {
  readonly statement: SyntaxNode;
  readonly parent: SyntaxNode | undefined;
  readonly bindings: ReadonlyMap<string, string>;
  readonly isRequire: boolean;
}

/** A name that another file of the project binds. */
interface LocalImport {
  readonly from: string;
  /** The exported name, or `*` for all. */
  readonly name: string;
  readonly local: string;
}

/** `new Counter(…)` and the like. */
export interface Creation {
  readonly visited: Visited;
  readonly name: string;
  readonly path: string | undefined;
}

export interface FileModel {
  readonly file: string;
  readonly text: string;
  readonly nodes: readonly Visited[];
  readonly imports: readonly PromImport[];
  /** The name of the package in other calls that load it, such as `import("prom-client")`. */
  readonly loads: readonly SyntaxNode[];
  /** `export … from "prom-client"`. */
  readonly reExports: readonly SyntaxNode[];
  readonly creations: readonly Creation[];
  readonly localImports: readonly LocalImport[];
  /** Exported names and the paths that they have in the file; `*` is the whole module. */
  readonly exports: ReadonlyMap<string, string>;
  /** The name in prom-client that an expression means; `undefined` for others. */
  readonly promName: (node: SyntaxNode | undefined) => string | undefined;
  /** Whether the name or the field of `this` that a path begins with may mean different things. */
  isAmbiguous(path: string): boolean;
  /** Whether a value that is not a metric is assigned to a path, too. */
  isMixed(path: string): boolean;
  readonly localNames: LocalNames;
  /** The statement `const registry = new Registry()`, in whose place `registry` is imported. */
  readonly ownRegistry: SyntaxNode | undefined;
}

/** @throws SyntaxError if the file cannot be parsed */
export function modelOf(file: string, text: string): FileModel {
  const nodes = parsedFile(file, text);
  const imports = nodes.flatMap((visited) => promImport(visited) ?? []);
  const [names, fields] = [declarationCounts(nodes), fieldClasses(nodes)];
  const bound = new Map(
    imports
      .flatMap(({ bindings }) => [...bindings])
      .filter(([local, name]) => name === "*" || name === "register" || (names.get(local) ?? 0) <= 1),
  );
  const promName = (node: SyntaxNode | undefined): string | undefined => {
    if (node?.type === "Identifier") {
      const name = bound.get(nameIn(node) ?? "");
      return name === "*" ? undefined : name;
    }
    if (node?.type === "TSQualifiedName")
      return isWhole(child(node, "left"), bound) ? nameIn(child(node, "right")) : undefined;
    if (!isMember(node)) return undefined;
    return isWhole(child(node, "object"), bound) ? propertyOf(node) : undefined;
  };
  const creations = nodes.flatMap((visited): Creation[] => {
    if (visited.node.type !== "NewExpression") return [];
    const name = promName(child(visited.node, "callee"));
    return name === undefined ? [] : [{ visited, name, path: targetOf(visited) }];
  });
  const mixed = mixedPaths(nodes, promName);
  const registry = creations.find((each) => isOwnRegistry(each) && names.get("registry") === 1);
  const ownRegistry = registry?.visited.parents[1];
  const used = new Set(
    nodes.flatMap(({ node, parents }) => (isPropertyName(node, parents[0]) ? [] : (nameIn(node) ?? []))),
  );
  const typed = typedMetrics({ nodes, promName });
  return {
    file,
    text,
    nodes,
    imports,
    loads: nodes.flatMap(({ node, parents }) =>
      isLoad(node, parents[0]) && !imports.some(({ statement }) => parents.includes(statement)) ? node : [],
    ),
    reExports: nodes.flatMap(({ node }) =>
      node.type.startsWith("Export") && nameIn(child(node, "source")) === MODULE ? node : [],
    ),
    creations,
    localImports: nodes.flatMap((visited) => importsOf(visited)),
    exports: new Map(nodes.flatMap((visited) => exportsOf(visited))),
    promName,
    isAmbiguous: (path) => {
      const root = rootOf(path);
      const declared = names.get(root) ?? fields.get(root)?.size ?? 0;
      // Several parameters may have one name, if all are metrics.
      return declared > Math.max(1, typed.filter(([each]) => each === root).length);
    },
    isMixed: (path) => mixed.has(path),
    localNames: {
      collector: freeName("collector", used),
      registry: ownRegistry === undefined ? freeName("registry", used) : "registry",
    },
    ownRegistry,
  };
}

function isOwnRegistry({ name, path, visited: { parents } }: Creation): boolean {
  const [declarator, statement, program] = parents;
  return (
    name === "Registry" &&
    path === "registry" &&
    declarator?.type === "VariableDeclarator" &&
    statement?.["kind"] === "const" &&
    children(statement, "declarations").length === 1 &&
    program?.type === "Program"
  );
}

function isLoad(node: SyntaxNode, call: SyntaxNode | undefined): boolean {
  if (node.type !== "StringLiteral" || nameIn(node) !== MODULE) return false;
  return requiredBy(call) === MODULE || child(call, "callee")?.type === "Import";
}

export function isKind(name: string): name is Kind {
  return KINDS.some((kind) => kind === name);
}

function isWhole(node: SyntaxNode | undefined, bound: ReadonlyMap<string, string>): boolean {
  return bound.get(nameIn(node) ?? "") === "*" || requiredBy(node) === MODULE;
}

function promImport({ node, parents }: Visited): PromImport | undefined {
  if (node.type === "ImportDeclaration") {
    if (nameIn(child(node, "source")) !== MODULE) return undefined;
    return { statement: node, bindings: new Map(specifiers(node)), isRequire: false, parent: parents[0] };
  }
  if (node.type === "TSImportEqualsDeclaration") {
    const source = nameIn(child(child(node, "moduleReference"), "expression"));
    const local = nameIn(child(node, "id"));
    return source === MODULE && local !== undefined
      ? { statement: node, bindings: new Map([[local, "*"]]), isRequire: false, parent: parents[0] }
      : undefined;
  }
  const [statement, parent] = parents;
  const isAlone =
    statement?.type === "VariableDeclaration" && children(statement, "declarations").length === 1;
  if (node.type !== "VariableDeclarator" || statement === undefined || !isAlone) return undefined;
  const init = child(node, "init");
  if (init?.type === "MemberExpression" && requiredBy(child(init, "object")) === MODULE) {
    const [local, name] = [nameIn(child(node, "id")), nameIn(child(init, "property"))];
    if (local === undefined || name === undefined || init["computed"] === true) return undefined;
    return { statement, parent, bindings: new Map([[local, name]]), isRequire: true };
  }
  if (requiredBy(init) !== MODULE) return undefined;
  return { statement, parent, bindings: new Map(patternNames(child(node, "id"))), isRequire: true };
}

function specifiers(declaration: SyntaxNode): readonly (readonly [local: string, name: string])[] {
  return children(declaration, "specifiers").map((specifier) => [
    nameIn(child(specifier, "local")) ?? "",
    specifier.type === "ImportSpecifier" ? (nameIn(child(specifier, "imported")) ?? "") : "*",
  ]);
}

function patternNames(id: SyntaxNode | undefined): readonly (readonly [local: string, name: string])[] {
  if (id?.type === "Identifier") return [[nameIn(id) ?? "", "*"]];
  return children(id, "properties").flatMap((property) => {
    const [local, name] = [nameIn(child(property, "value")), nameIn(child(property, "key"))];
    return local === undefined || name === undefined ? [] : [[local, name] as const];
  });
}

function importsOf({ node }: Visited): readonly LocalImport[] {
  if (node.type === "ImportDeclaration") {
    const from = nameIn(child(node, "source")) ?? "";
    if (!from.startsWith(".")) return [];
    return children(node, "specifiers").map((specifier) => ({
      from,
      local: nameIn(child(specifier, "local")) ?? "",
      name:
        specifier.type === "ImportSpecifier"
          ? (nameIn(child(specifier, "imported")) ?? "")
          : specifier.type === "ImportDefaultSpecifier"
            ? "default"
            : "*",
    }));
  }
  if (node.type !== "VariableDeclarator") return [];
  const from = requiredBy(child(node, "init"));
  if (from?.startsWith(".") !== true) return [];
  return patternNames(child(node, "id")).map(([local, name]) => ({ from, local, name }));
}

function exportsOf({ node }: Visited): readonly (readonly [name: string, path: string])[] {
  if (node.type === "ExportNamedDeclaration") {
    const declared = children(child(node, "declaration"), "declarations").flatMap(
      (declarator) => nameIn(child(declarator, "id")) ?? [],
    );
    const listed = children(node, "specifiers").map(
      (specifier) =>
        [nameIn(child(specifier, "exported")) ?? "", nameIn(child(specifier, "local")) ?? ""] as const,
    );
    return [...declared.map((name) => [name, name] as const), ...listed];
  }
  if (node.type === "ExportDefaultDeclaration") {
    const declaration = child(node, "declaration");
    const path = pathOf(declaration);
    return path === undefined ? propertiesOf(declaration) : [["default", path]];
  }
  if (node.type !== "AssignmentExpression") return [];
  const [left, right] = [pathOf(child(node, "left")), child(node, "right")];
  const name = /^(?:module\.)?exports\.(\w+)$/.exec(left ?? "")?.[1];
  if (name !== undefined && left !== undefined) return [[name, pathOf(right) ?? left]];
  if (left !== "module.exports") return [];
  if (right?.type !== "ObjectExpression") return [["*", pathOf(right) ?? left]];
  return propertiesOf(right);
}

function propertiesOf(object: SyntaxNode | undefined): readonly (readonly [name: string, path: string])[] {
  return children(object, "properties").flatMap((property) => {
    const key = nameIn(child(property, "key"));
    if (key === undefined) return [];
    return [[key, pathOf(child(property, "value")) ?? `module.exports.${key}`] as const];
  });
}

/** Variables, parameters and fields whose type is a metric of prom-client, by their paths. */
export function typedMetrics({
  nodes,
  promName,
}: Pick<FileModel, "nodes" | "promName">): readonly (readonly [path: string, kind: Kind])[] {
  return nodes.flatMap(({ node, parents }) => {
    const type = child(child(node, "typeAnnotation"), "typeAnnotation");
    // `Counter | undefined` is a counter, too.
    const [kind, ...others] = (type?.type === "TSUnionType" ? children(type, "types") : [type])
      .filter((each) => !/^TS(?:Undefined|Null)Keyword$/.test(each?.type ?? ""))
      .map((each) => promName(child(each, "typeName")));
    if (kind === undefined || !isKind(kind) || others.length > 0) return [];
    const name = nameIn(node.type === "ClassProperty" ? child(node, "key") : node);
    if (name === undefined) return [];
    if (node.type === "ClassProperty") return [[`this.${name}`, kind] as const];
    const isField = parents[0]?.type === "TSParameterProperty";
    return isField ? [[name, kind] as const, [`this.${name}`, kind] as const] : [[name, kind] as const];
  });
}

/** Whether a registry is the object of a call that has no counterpart here. */
export function isUnmovableCall({ node, parents: [member, call] }: Visited): boolean {
  if (member?.type !== "MemberExpression" || child(member, "object") !== node) return false;
  if (call?.type !== "CallExpression" || child(call, "callee") !== member) return false;
  return !["metrics", "registerMetric"].includes(nameIn(child(member, "property")) ?? "metrics");
}
