// A tree of calls as text for a terminal.
import { shownText } from "../../diagnostics/foreign-text.ts";
import type { CallNode } from "./call-tree.ts";

const MIN_SHARE = 0.02;
const MAX_DEPTH = 24;
const MAX_LINES = 60;

/** Lines of the calls with at least 2 % of the busy time: total, own time, function, place. */
export function treeText(root: CallNode): string {
  if (root.total === 0) return "The process was idle.\n";
  const lines = [" total    self  function"];
  const add = (node: CallNode, depth: number): void => {
    if (node.total < MIN_SHARE || lines.length > MAX_LINES) return;
    const indent = "  ".repeat(Math.min(depth, MAX_DEPTH));
    const place = node.place === "" ? "" : `  ${shownText(node.place)}`;
    lines.push(`${percent(node.total)}  ${percent(node.self)}  ${indent}${shownText(node.name)}${place}`);
    for (const child of node.children) add(child, depth + 1);
  };
  for (const child of root.children) add(child, 0);
  return `${lines.join("\n")}\n`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`.padStart(6);
}
