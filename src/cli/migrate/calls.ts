// Moves the calls of metrics and registries.
import type { Edits } from "./edits.ts";
import type { FileModel, Known } from "./model.ts";
import type { Needs } from "./needs.ts";
import { child, children, nameIn, pathOf, type SyntaxNode, type Visited } from "./syntax.ts";
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
  const method = nameIn(child(callee, "property"));
  const object = child(callee, "object");
  const args = children(node, "arguments");
  passed(edits, known, node);
  if (method === undefined || object === undefined) return;
  const target = known.get(pathOf(object) ?? "");
  if (target?.kind === "Registry") {
    // `client.register` stays as it is.
    const isKept = model.promName(object) === "register" && object.type === "MemberExpression";
    // A metric that is not moved registers itself with prom-client's registry.
    const registered = pathOf(args[0]) ?? "";
    const isLeft = !known.has(registered) && model.creations.some(({ path }) => path === registered);
    if (method === "registerMetric" && parents[0]?.type === "ExpressionStatement" && !isLeft)
      return edits.remove(parents[0]);
    return ofRegistry(edits, isKept && !isLeft ? undefined : needs, node, method);
  }
  if (target !== undefined) {
    // `labels` is moved with the call that follows it.
    const next = parents[0];
    if (method === "labels" && next?.type === "MemberExpression" && parents[1]?.type === "CallExpression")
      return;
    return record(edits, node, { method, on: edits.textOf(object), metric: target, args });
  }
  if (object.type !== "CallExpression" || nameIn(child(child(object, "callee"), "property")) !== "labels")
    return;
  const bare = child(child(object, "callee"), "object");
  const metric = known.get(pathOf(bare) ?? "");
  if (bare === undefined || metric === undefined || metric.kind === "Registry") return;
  const labels = labelsText(children(object, "arguments"), metric.labelNames, (each) => edits.textOf(each));
  if (labels === undefined) return edits.note(node, "pass the labels as an object to each call");
  record(edits, node, { method, on: edits.textOf(bare), metric, args, labels });
}

/** Notes metrics among the arguments, since the receiver may use them under another name. */
export function passed(edits: Edits, known: ReadonlyMap<string, Known>, node: SyntaxNode): void {
  for (const argument of children(node, "arguments")) {
    const metric = known.get(pathOf(argument) ?? "");
    if (metric !== undefined && metric.kind !== "Registry")
      edits.note(node, `"${edits.textOf(argument)}" is passed on; check how it is used there`);
  }
}

interface Recorded {
  readonly method: string;
  readonly on: string;
  readonly metric: Exclude<Known, { readonly kind: "Registry" }>;
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
  const call = (name: string, ...given: readonly (string | undefined)[]): void =>
    edits.replace(node, `${on}.${name}(${given.filter((each) => each !== undefined).join(", ")})`);
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
