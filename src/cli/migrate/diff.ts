// A unified diff of two texts.

const CONTEXT = 3;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Returns a unified diff; an empty text if nothing has changed. A missing `before` is a new file. */
export function unifiedDiff(name: string, before: string | undefined, after: string): string {
  if (before === after) return "";
  const lines = changes(linesOf(before ?? ""), linesOf(after));
  const head = [`--- ${before === undefined ? "/dev/null" : `a/${name}`}`, `+++ b/${name}`];
  return [...head, ...hunks(lines)].map((line) => `${line}\n`).join("");
}

function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  return text.replace(/\n$/, "").split("\n");
}

// Longest common subsequence of the part between equal beginnings and ends, which is short in a migration.
function changes(before: readonly string[], after: readonly string[]): readonly Line[] {
  let from = 0;
  while (from < before.length && from < after.length && before[from] === after[from]) from++;
  let behind = 0;
  const isEqualEnd = (): boolean => before.at(-1 - behind) === after.at(-1 - behind);
  while (behind < Math.min(before.length, after.length) - from && isEqualEnd()) behind++;
  const keep = (text: string): Line => ({ sign: " ", text });
  return [
    ...before.slice(0, from).map(keep),
    ...middle(before.slice(from, before.length - behind), after.slice(from, after.length - behind)),
    ...before.slice(before.length - behind).map(keep),
  ];
}

function middle(before: readonly string[], after: readonly string[]): readonly Line[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old = "", next = ""] = [before[i], after[j]];
    if (i < before.length && j < after.length && old === next) {
      lines.push({ sign: " ", text: old });
      i++;
      j++;
    } else if (i < before.length && (j >= after.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: "-", text: old });
      i++;
    } else {
      lines.push({ sign: "+", text: next });
      j++;
    }
  }
  return lines;
}

function hunks(lines: readonly Line[]): readonly string[] {
  const texts: string[] = [];
  let [oldLine, newLine, at] = [1, 1, 0];
  while (at < lines.length) {
    const first = lines.findIndex((line, index) => index >= at && line.sign !== " ");
    if (first < 0) break;
    const start = Math.max(at, first - CONTEXT);
    let end = first;
    // Changes with few lines between them share a hunk.
    for (let index = first; index < lines.length && index <= end + 2 * CONTEXT; index++) {
      if (lines[index]?.sign !== " ") end = index;
    }
    const stop = Math.min(lines.length, end + 1 + CONTEXT);
    oldLine += start - at;
    newLine += start - at;
    const part = lines.slice(start, stop);
    const olds = part.filter(({ sign }) => sign !== "+").length;
    const news = part.filter(({ sign }) => sign !== "-").length;
    texts.push(`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@`);
    for (const { sign, text } of part) texts.push(`${sign}${text}`);
    [oldLine, newLine, at] = [oldLine + olds, newLine + news, stop];
  }
  return texts;
}

function range(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`;
}
