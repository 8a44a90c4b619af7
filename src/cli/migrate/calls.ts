// Moves the calls of metrics and registries.
import type { Edits } from "./edits.ts";
import type { FileModel, Known } from "./model.ts";
import type { Needs } from "./needs.ts";
import {
  child,
  children,
  isMember,
  isPropertyName,
  pathOf,
  propertyOf,
  type SyntaxNode,
  type Visited,
} from "./syntax.ts";
import { labelsText, meaningOf } from "./values.ts";

/** Moves a call of a metric or a registry. */
export function moveCall(
  edits: Edits,
  needs: Needs,
  model: FileModel,
  known: ReadonlyMap<string, Known>,
  { node, parents }: Visited,
): void {
  const callee = child(node, "callee");
  const method = propertyOf(callee);
  const object = child(callee, "object");
  const args = children(node, "arguments");
  if (method === undefined || callee === undefined || object === undefined) return;
  const target = known.get(pathOf(object) ?? "");
  if (target?.kind === "Kept") return;
  if (target?.kind === "Registry") {
    // `client.register` stays as it is.
    const isKept = model.promName(object) === "register" && object.type === "MemberExpression";
    // A metric that is not moved registers itself with prom-client's registry.
    const registered = pathOf(args[0]) ?? "";
    const isLeft = known.get(registered)?.kind === "Kept";
    const isStatement =
      parents[0]?.type === "ExpressionStatement" && !model.isAmbiguous(pathOf(object) ?? "");
    if (method === "registerMetric" && parents[0] !== undefined && isStatement && !isLeft)
      return edits.remove(parents[0], parents[1]);
    return ofRegistry(edits, isKept && !isLeft ? undefined : needs, node, method);
  }
  if (target !== undefined) {
    // `labels` is moved with the call that follows it.
    const [next, call] = parents;
    if (method === "labels" && isMember(next) && call !== undefined && child(call, "callee") === next) return;
    return record(edits, node, { method, on: receiver(edits, callee), metric: target, args });
  }
  const inner = propertyOf(child(object, "callee")) === "labels" ? child(object, "callee") : undefined;
  const metric = known.get(pathOf(child(inner, "object")) ?? "");
  if (metric?.kind === "Kept") return;
  if (inner === undefined || metric === undefined || metric.kind === "Registry")
    return noteUnknown(edits, node, object, method);
  const labels = labelsText(children(object, "arguments"), metric.labelNames, (each) => edits.textOf(each));
  if (labels === undefined) return edits.note(node, "pass the labels as an object to each call");
  record(edits, node, { method, on: receiver(edits, inner), metric, args, labels });
}

// The text before the name of a method, such as `orders.`, `orders?.` or `(orders as Orders).`.
function receiver(edits: Edits, callee: SyntaxNode): string {
  const [object, property] = [child(callee, "object"), child(callee, "property")];
  if (object === undefined || property === undefined) return "";
  if (callee["computed"] !== true) return edits.textOf({ start: callee.start, end: property.start });
  return edits.textOf(object) + (callee["optional"] === true ? "?." : ".");
}

const RECORDING: ReadonlySet<string> = new Set(["inc", "dec", "observe", "startTimer", "setToCurrentTime"]);

// A call on something that may be a moved metric, such as the result of a function.
function noteUnknown(edits: Edits, node: SyntaxNode, object: SyntaxNode, method: string): void {
  const [first, second] = children(node, "arguments");
  const isSet = method === "set" && first?.type === "ObjectExpression" && second !== undefined;
  if (!isSet && !RECORDING.has(method)) return;
  // Metrics of other libraries have a name there; observers observe an object.
  if (/^(?:StringLiteral|TemplateLiteral)$/.test(first?.type ?? "")) return;
  if (/^(?:ThisExpression|Super|NewExpression)$/.test(object.type) || /observer$/i.test(pathOf(object) ?? ""))
    return;
  edits.noteOnce(node, `${method} is not moved; check whether this is a moved metric`);
}

const HARMLESS =
  /^(?:Export|Import|TS(?!ExportAssignment)|If|While|DoWhile|For(?!Of)|Unary|Binary|ExpressionStatement|Labeled|Break|Continue)/;

/** Notes a metric that is used otherwise than by a call of it, since that use may need prom-client's API. */
export function noteUse(edits: Edits, known: ReadonlyMap<string, Known>, { node, parents }: Visited): void {
  const path = pathOf(node);
  if (path === undefined || !isMoved(known, path) || isPropertyName(node, parents[0])) return;
  // `orders as Counter` and `orders!` are visited, too.
  const [parent, ...outer] = parents;
  if (parent === undefined || pathOf(parent) === path) return;
  if (isMember(parent)) {
    const isCall = child(outer[0], "callee") === parent && propertyOf(parent) !== undefined;
    const isLonger = !known.has(path) || isMoved(known, pathOf(parent) ?? "");
    if (isCall || (isLonger && parent["computed"] !== true)) return;
  }
  const use = valueUse({ node, parents });
  if (!isMember(parent) && isHarmless(known, use)) return;
  edits.note(node, `"${edits.textOf(node)}" is passed on; check how it is used there`);
}

// Whether a path is that of a moved metric, or of an object with some.
function isMoved(known: ReadonlyMap<string, Known>, path: string): boolean {
  const isMetric = (metric: Known | undefined): boolean =>
    metric !== undefined && metric.kind !== "Registry" && metric.kind !== "Kept";
  if (isMetric(known.get(path))) return true;
  if (/^(?:this|module|exports|module\.exports)$/.test(path)) return false;
  return [...known].some(([each, metric]) => each.startsWith(`${path}.`) && isMetric(metric));
}

// The expression that has the value of a node: `a ?? node` for the node.
function valueUse({ node, parents: [parent, ...outer] }: Visited): Visited {
  const isBranch = /^(?:Logical|Conditional)Expression$/.test(parent?.type ?? "");
  return parent !== undefined && isBranch && !isTest(parent, node)
    ? valueUse({ node: parent, parents: outer })
    : { node, parents: parent === undefined ? [] : [parent, ...outer] };
}

function isTest(parent: SyntaxNode, node: SyntaxNode): boolean {
  return child(parent, "test") === node || (parent["operator"] === "&&" && child(parent, "left") === node);
}

// Whether a name is only tested, declared or assigned, or is exported under a name that other files are searched for.
function isHarmless(
  known: ReadonlyMap<string, Known>,
  { node, parents: [parent, outer, around] }: Visited,
): boolean {
  if (parent === undefined || HARMLESS.test(parent.type) || isTest(parent, node)) return true;
  const target = child(parent, "left") ?? child(parent, "id");
  if (target === node || children(parent, "params").includes(node)) return true;
  if (parent.type === "VariableDeclarator" || parent.type === "AssignmentExpression") {
    const path = pathOf(target) ?? "";
    return known.has(path) || /^(?:module\.)?exports(?:\.\w+)?$/.test(path);
  }
  if (parent.type !== "ObjectProperty") return false;
  if (outer?.type === "ObjectPattern" || around?.type === "ExportDefaultDeclaration") return true;
  return pathOf(child(around, "left")) === "module.exports";
}

interface Recorded {
  readonly method: string;
  /** With the dot: `orders.` or `orders?.`. */
  readonly on: string;
  readonly metric: Extract<Known, { readonly labelNames: unknown }>;
  readonly args: readonly SyntaxNode[];
  /** The labels of `labels(…)`. */
  readonly labels?: string;
}

const RENAMED: Readonly<Record<string, string>> = {
  inc: "increment",
  dec: "decrement",
  set: "set",
  observe: "observe",
};

function record(edits: Edits, node: SyntaxNode, { method, on, metric, args, labels: bound }: Recorded): void {
  const [first, second] = args;
  const text = (each: SyntaxNode | undefined): string | undefined => each && edits.textOf(each);
  const optional = node["optional"] === true ? "?." : "";
  const call = (name: string, ...given: readonly (string | undefined)[]): void =>
    edits.replace(node, `${on}${name}${optional}(${given.filter((each) => each !== undefined).join(", ")})`);
  if (method === "startTimer") {
    if (bound !== undefined) call("startTimer", bound);
    return;
  }
  if (method === "setToCurrentTime") return call("set", "Date.now() / 1000", bound ?? text(first));
  const name = RENAMED[method];
  if (name === undefined)
    return edits.note(
      node,
      `${method} of a metric has no counterpart here; see tachymeter/docs/from-prom-client.md`,
    );
  const isStep = method === "inc" || method === "dec";
  if (bound !== undefined) return call(name, text(first) ?? "1", bound);
  if (second !== undefined) return call(name, text(second), text(first));
  if (first === undefined) return call(name);
  if (!isStep) return call(name, text(first));
  const meaning = meaningOf(first);
  const mayBeLabels = metric.labelNames === undefined || metric.labelNames.length > 0;
  if (meaning === "labels" || (meaning === "unknown" && mayBeLabels)) {
    if (meaning === "unknown") edits.note(node, `"${edits.textOf(first)}" is taken for the labels; check it`);
    return call(name, "1", text(first));
  }
  call(name, text(first));
}

function ofRegistry(edits: Edits, needs: Needs | undefined, node: SyntaxNode, method: string): void {
  if (method === "metrics") return;
  needs?.registryMethods.add(method);
  edits.note(
    node,
    `${method} of a registry has no counterpart here; see tachymeter/docs/from-prom-client.md`,
  );
}
