// A flame graph as one HTML file, without code from elsewhere.
import { htmlText } from "../../diagnostics/foreign-text.ts";
import type { CallNode } from "./call-tree.ts";

const ROW_PIXELS = 18;
const MIN_SHARE = 0.001;
const MAX_BOXES = 20_000;

const STYLE = `body{font:12px system-ui,sans-serif;margin:1em}
#graph{position:relative;overflow:hidden}
#graph div{position:absolute;height:${ROW_PIXELS - 1}px;line-height:${ROW_PIXELS - 1}px;overflow:hidden;white-space:nowrap;
box-sizing:border-box;padding:0 3px;color:#222;border-radius:2px;cursor:pointer}
.a{background:#f6c174}.p{background:#b7d3ea}.n{background:#dcdcdc}`;

// A click shows a function and what it called in the whole width; a click on the first row shows all again.
const SCRIPT = `const boxes=[...document.querySelectorAll("#graph div")];
document.getElementById("graph").onclick=({target})=>{if(!target.dataset.x)return;
const x=+target.dataset.x,w=+target.dataset.w;for(const b of boxes){
const bx=+b.dataset.x,bw=+b.dataset.w,l=Math.max(bx,x),r=Math.min(bx+bw,x+w);
b.style.display=r>l+1e-9?"":"none";b.style.left=100*(l-x)/w+"%";b.style.width=100*(r-l)/w+"%"}}`;

/** A page with a box for each call: its width is the time, above are its callers. All names are escaped. */
export function flameGraph(root: CallNode): string {
  const boxes: string[] = [];
  let rows = 0;
  const add = (node: CallNode, left: number, row: number): void => {
    if (node.total < MIN_SHARE || boxes.length >= MAX_BOXES) return;
    rows = Math.max(rows, row + 1);
    boxes.push(box(node, left, row));
    let at = left;
    for (const child of node.children) {
      add(child, at, row + 1);
      at += child.total;
    }
  };
  add({ ...root, name: "all" }, 0, 0);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Profile</title>
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>${STYLE}</style>
<p>The width of a box is its part of the busy time; the order from left to right is not that of time. Click a box to enlarge it.</p>
<div id="graph" style="height:${rows * ROW_PIXELS}px">
${boxes.join("\n")}
</div>
<script>${SCRIPT}</script>
</html>
`;
}

function box({ name, place, self, total }: CallNode, left: number, row: number): string {
  const kind = place === "" || place.startsWith("node:") ? "n" : place.includes("node_modules") ? "p" : "a";
  const figures = `${(100 * total).toFixed(1)} %, itself ${(100 * self).toFixed(1)} %`;
  const title = htmlText(`${name} ${place}\u00A0\u00A0${figures}`);
  const style = `left:${(100 * left).toFixed(4)}%;width:${(100 * total).toFixed(4)}%;top:${row * ROW_PIXELS}px`;
  return `<div class="${kind}" style="${style}" data-x="${left}" data-w="${total}" title="${title}">${htmlText(name)}</div>`;
}
