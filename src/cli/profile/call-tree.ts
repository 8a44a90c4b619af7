// A profile as a tree of calls with their time.
import { isObject } from "../../options/check.ts";

/** A call of a function, with the calls within it, the longest first. Times are parts of the whole profile. */
export interface CallNode {
  readonly name: string;
  /** Path of the file and line, as `file:line`; empty without a file. */
  readonly place: string;
  readonly self: number;
  readonly total: number;
  readonly children: readonly CallNode[];
}

interface RawNode {
  readonly name: string;
  readonly place: string;
  readonly children: readonly number[];
  micros: number;
}

const MAX_NODES = 200_000;
const MAX_DEPTH = 1_000;
const IDLE = "(idle)";

/** Reads a profile from outside. Idle time is left out. `undefined` if it is something else, or damaged. */
export function callTree(profile: unknown): CallNode | undefined {
  if (!isObject(profile) || !Array.isArray(profile["nodes"]) || profile["nodes"].length > MAX_NODES)
    return undefined;
  const nodes = new Map<number, RawNode>();
  for (const each of profile["nodes"]) {
    if (!isObject(each) || typeof each["id"] !== "number") return undefined;
    nodes.set(each["id"], rawNode(each["callFrame"], each["children"]));
  }
  const { samples, timeDeltas } = profile;
  if (!Array.isArray(samples) || !Array.isArray(timeDeltas)) return undefined;
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const node = nodes.get(Number(id));
    const micros = Number(timeDeltas[index + 1] ?? 0);
    if (node === undefined || node.name === IDLE || !(micros > 0)) continue;
    node.micros += micros;
    busy += micros;
  }
  const [root] = nodes.values();
  return root === undefined ? undefined : called(root, nodes, Math.max(busy, 1), new Set(), 0);
}

function rawNode(frame: unknown, children: unknown): RawNode {
  const { functionName, url, lineNumber } = isObject(frame) ? frame : {};
  const file =
    typeof url === "string"
      ? url
          .split(/[?#]/, 1)
          .join()
          .replace(/^file:\/\//, "")
      : "";
  return {
    name: typeof functionName === "string" && functionName !== "" ? functionName.slice(0, 128) : "anonymous",
    place: file === "" ? "" : `${shortened(file)}:${Number(lineNumber) + 1}`,
    children: Array.isArray(children) ? children.map(Number) : [],
    micros: 0,
  };
}

// From the package on, or the last parts of the path.
function shortened(file: string): string {
  if (file.startsWith("data:")) return "data:";
  const inPackage = file.lastIndexOf("node_modules/");
  const cut = inPackage < 0 ? file.split("/").slice(-3).join("/") : file.slice(inPackage + 13);
  return cut.slice(-128);
}

// A damaged profile may have circles.
function called(
  node: RawNode,
  nodes: ReadonlyMap<number, RawNode>,
  busy: number,
  seen: Set<RawNode>,
  depth: number,
): CallNode {
  seen.add(node);
  const children = node.children
    .flatMap((id) => nodes.get(id) ?? [])
    .filter((child) => depth < MAX_DEPTH && !seen.has(child) && child.name !== IDLE)
    .map((child) => called(child, nodes, busy, seen, depth + 1))
    .filter(({ total }) => total > 0)
    .toSorted((one, other) => other.total - one.total);
  const self = node.micros / busy;
  const total = children.reduce((sum, child) => sum + child.total, self);
  return { name: node.name, place: node.place, self, total, children };
}
