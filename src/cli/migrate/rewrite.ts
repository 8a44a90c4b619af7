// Moves one file from prom-client to Tachymeter.
import { moveCall, noteUse } from "./calls.ts";
import { Edits } from "./edits.ts";
import { importLine, importList, KEPT } from "./import-line.ts";
import {
  type Creation,
  type FileModel,
  isKind,
  isUnmovableCall,
  type Kind,
  type Known,
  type PromImport,
} from "./model.ts";
import { rootOf } from "./names.ts";
import type { Needs } from "./needs.ts";
import {
  child,
  children,
  isMember,
  isPropertyName,
  nameIn,
  type SyntaxNode,
  type Visited,
} from "./syntax.ts";
import { literalBuckets, stringsOf } from "./values.ts";

const DEFAULT_BUCKETS = "[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]";
const REGISTER: Readonly<Record<Kind, string>> = {
  Counter: "registerCounter",
  Gauge: "registerGauge",
  Histogram: "registerHistogram",
};
const OPTIONS: ReadonlySet<string> = new Set(["name", "help", "labelNames", "buckets", "registers"]);
const BUCKETS: ReadonlySet<string> = new Set(["linearBuckets", "exponentialBuckets"]);

/** A moved file. */
export interface Rewritten {
  readonly edits: Edits;
  readonly needs: Needs;
  /** Whether the file collects prom-client's default metrics. */
  readonly hasDefaultMetrics: boolean;
}

/** Whether a metric can be moved; else the reason, for the reader. */
export function refusalOf(model: FileModel, { visited, name, path }: Creation): string | undefined {
  if (name === "Registry") return undefined;
  if (!isKind(name)) return `${name} has no counterpart here; it stays with prom-client's API`;
  const [config, ...others] = children(visited.node, "arguments");
  if (config?.type !== "ObjectExpression" || others.length > 0)
    return `the options of ${name} are not written here; move it by hand`;
  for (const property of children(config, "properties")) {
    const key = nameIn(child(property, "key"));
    if (property.type === "SpreadElement" || key === undefined)
      return `the options of ${name} are not written here; move it by hand`;
    if (!OPTIONS.has(key) || property.type !== "ObjectProperty")
      return `option "${key}" of ${name} has no counterpart here; it stays with prom-client's API`;
    const registers = child(property, "value");
    if (key === "registers" && children(registers, "elements").length === 0)
      return `${name} is in no registry that is written here; move it by hand`;
  }
  // The value of a statement is not used.
  if (path === undefined)
    return visited.parents[0]?.type === "ExpressionStatement"
      ? undefined
      : `${name} is not assigned to one name; move it by hand`;
  if (model.isAmbiguous(path)) return ambiguous(path);
  return model.isMixed(path) ? `"${path}" is not always a metric; move it by hand` : undefined;
}

/** The reason for which a metric is not moved: its name in a file may mean different things. */
export function ambiguous(path: string, file?: string): string {
  const place = file === undefined ? "" : ` in ${file}`;
  return `"${rootOf(path)}" is declared more than once${place}; move it by hand`;
}

/** Moves a file whose metrics and registries, its own and imported ones, are `known` by path. */
export function rewrite(
  model: FileModel,
  known: ReadonlyMap<string, Known>,
  refused: ReadonlyMap<SyntaxNode, string>,
): Rewritten {
  const edits = new Edits(
    model.text,
    model.nodes.flatMap(({ node }) => (/^(?:Template|JSX)/.test(node.type) ? node : [])),
  );
  const needs: Needs = { collector: false, registries: new Set(), registryMethods: new Set() };
  let hasDefaultMetrics = false;
  // Inner nodes first, so that the text of an outer one has their changes.
  for (const visited of model.nodes.toReversed()) {
    const { node } = visited;
    if (node.type === "CallExpression" || node.type === "OptionalCallExpression") {
      const callee = child(node, "callee");
      const name = model.promName(callee);
      if (name === "collectDefaultMetrics") {
        hasDefaultMetrics = true;
        defaultMetrics(edits, visited);
      } else if (name !== undefined && BUCKETS.has(name)) {
        const buckets = literalBuckets(name, children(node, "arguments"));
        if (buckets === undefined) edits.note(node, `write the buckets of ${name} as an array`);
        else edits.replace(node, buckets);
      } else if (name === undefined) moveCall(edits, needs, model, known, visited);
    } else if (node.type === "NewExpression") create(edits, needs, model, visited, refused);
    else if (model.promName(node) === "register" && isMemberInUse(model, visited)) {
      // The call gets a comment, and works with prom-client's API.
      if (isUnmovableCall(visited)) continue;
      needs.registries.add(model.localNames.registry);
      edits.replace(node, model.localNames.registry);
    } else if (node.type === "TSTypeReference") typeReference(edits, needs, model, node);
    else noteUse(edits, known, visited);
  }
  return { edits, needs, hasDefaultMetrics };
}

function create(
  edits: Edits,
  needs: Needs,
  model: FileModel,
  { node, parents }: Visited,
  refused: ReadonlyMap<SyntaxNode, string>,
): void {
  const name = model.promName(child(node, "callee"));
  if (name === undefined) return;
  const reason = refused.get(node);
  if (reason !== undefined) {
    // It registers itself with the registry that its options name.
    needs.registryMethods.add("registerMetric");
    return edits.note(node, reason);
  }
  const { collector, registry } = model.localNames;
  if (name === "Registry") {
    needs.registries.add(registry);
    const [, statement, program] = parents;
    return statement !== undefined && statement === model.ownRegistry
      ? edits.remove(statement, program)
      : edits.replace(node, registry);
  }
  if (!isKind(name)) return;
  const options = new Map(
    children(children(node, "arguments")[0], "properties").map((property) => [
      nameIn(child(property, "key")),
      child(property, "value"),
    ]),
  );
  const text = (option: string): string | undefined => {
    const value = options.get(option);
    return value === undefined ? undefined : edits.textOf(value);
  };
  const [help, labels] = [text("help") ?? '""', text("labelNames")];
  const ofHistogram = [
    `buckets: ${text("buckets") ?? DEFAULT_BUCKETS}`,
    ...(labels === undefined ? [] : [`labels: ${labels}`]),
  ];
  const last =
    name === "Histogram" ? [`{ ${ofHistogram.join(", ")} }`] : labels === undefined ? [] : [labels];
  needs.collector = true;
  edits.replace(node, `${collector}.${REGISTER[name]}(${[text("name") ?? '""', help, ...last].join(", ")})`);
}

function defaultMetrics(edits: Edits, { node, parents }: Visited): void {
  const [statement, block] = parents;
  if (statement?.type !== "ExpressionStatement")
    return edits.note(node, "Tachymeter collects default metrics by itself; remove this call");
  edits.note(
    statement,
    "default metrics are collected by start(), under OpenTelemetry's names; see tachymeter/docs/from-prom-client.md#default-metrics",
  );
  edits.remove(statement, block);
}

function typeReference(edits: Edits, needs: Needs, model: FileModel, node: SyntaxNode): void {
  const name = model.promName(child(node, "typeName"));
  if (name === "Registry") {
    needs.registries.add(model.localNames.registry);
    edits.replace(node, `typeof ${model.localNames.registry}`);
  } else if (name !== undefined && isKind(name)) {
    needs.collector = true;
    edits.replace(node, `ReturnType<typeof ${model.localNames.collector}.${REGISTER[name]}>`);
  }
}

// Whether a node is a member expression, but not that of an import: `const register = require("prom-client").register`.
function isMemberInUse({ imports }: FileModel, { node, parents }: Visited): boolean {
  return isMember(node) && !imports.some(({ statement }) => parents.includes(statement));
}

/** Replaces the imports of prom-client by `added`; what is still used of it stays. */
export function rewriteImports(model: FileModel, { edits }: Rewritten, added: string): void {
  for (const node of model.loads) {
    if (edits.covers(node)) continue;
    edits.replace(node, JSON.stringify(KEPT));
    edits.note(node, "what is loaded here stays with prom-client's API; its registry has no other metrics");
  }
  const isOnly = model.imports.length === 1 && model.loads.length === 0;
  const place = model.imports.find(({ parent }) => parent?.type === "Program" || isOnly);
  if (place === undefined && added !== "") {
    const start = children(model.nodes[0]?.node, "body")[0]?.start ?? 0;
    edits.replace({ start, end: start }, `${added}\n`);
  }
  for (const each of model.imports) {
    const used = [...each.bindings].filter(
      ([local, name]) => name !== "register" && isUsed(model, edits, local, each),
    );
    for (const [local] of used) noteKept(model, edits, local, each);
    const kept = keptImport(each, used, edits);
    const text = [kept, each === place ? added : ""].filter((line) => line !== "").join("\n");
    if (text === "") edits.remove(each.statement, each.parent);
    else edits.replace(each.statement, text);
  }
}

// Values of prom-client that are still used, such as the class of a metric as an argument. Types do no harm.
function noteKept(model: FileModel, edits: Edits, local: string, each: PromImport): void {
  for (const { node, parents } of usesOf(model, edits, local, each))
    if (!/^(?:TS(?!As|NonNull|Satisfies|ExportAssignment)|Export)/.test(parents[0]?.type ?? ""))
      edits.noteOnce(node, `"${local}" stays with prom-client's API here; check it`);
}

function keptImport(
  { statement, isRequire }: PromImport,
  used: readonly (readonly [string, string])[],
  edits: Edits,
): string {
  if (used.length === 0) return "";
  const names = used.flatMap(([local, name]) => (name === "*" ? [] : [[name, local] as const]));
  if (names.length === used.length) return importLine(names, KEPT, isRequire);
  // Beside the whole module, only the names that stay.
  return edits
    .textOf(statement)
    .replace(/,\s*\{[^}]*\}/, names.length === 0 ? "" : `, ${importList(names)}`)
    .replace(/(["'])prom-client\1/, `$1${KEPT}$1`);
}

export function isUsed(model: FileModel, edits: Edits, local: string, each: PromImport): boolean {
  // An argument that could not be moved may be part of a changed text.
  return edits.mentions(local) || usesOf(model, edits, local, each).length > 0;
}

function usesOf(
  model: FileModel,
  edits: Edits,
  local: string,
  { statement }: PromImport,
): readonly Visited[] {
  return model.nodes.filter(
    ({ node, parents }) =>
      node.type === "Identifier" &&
      nameIn(node) === local &&
      !(statement.start <= node.start && node.end <= statement.end) &&
      !isPropertyName(node, parents[0]) &&
      !edits.covers(node),
  );
}

/** Labels of a metric that is created; `undefined` if they are not literal. */
export function labelNamesOf({ visited }: Creation): readonly string[] | undefined {
  const properties = children(children(visited.node, "arguments")[0], "properties");
  const labels = properties.find((property) => nameIn(child(property, "key")) === "labelNames");
  return labels === undefined ? [] : stringsOf(child(labels, "value"));
}
