/** A fenced block of a Markdown document that is run by the tests. */
export interface MarkdownBlock {
  /** The line of its fence, from 1. */
  readonly line: number;
  /** `js`, `ts` or `sh`. */
  readonly language: string;
  readonly text: string;
  /** `file=…` of the info string: the block is written to that file instead of being run by itself. */
  readonly file: string | undefined;
  /** `until="…"` of the info string: the block continues in the background once its output matches this pattern. */
  readonly until: string | undefined;
  /** The text of the following `text output` block, if there is one. */
  readonly output: string | undefined;
}

/** The runnable blocks of a document, in order; the convention is in CONTRIBUTING.md, "Examples are tests". */
export function markdownBlocks(document: string): MarkdownBlock[] {
  const fences = fencesOf(document);
  return fences.flatMap(({ line, info, text }, index) => {
    const [language = "", ...rest] = info.split(/\s+/);
    if (!["js", "ts", "sh"].includes(language)) return [];
    const attribute = (name: string): string | undefined =>
      new RegExp(`\\b${name}=(?:"([^"]*)"|(\\S+))`).exec(info)?.slice(1).find(Boolean);
    const unknown = rest
      .join(" ")
      .replaceAll(/\b(?:file|until)=(?:"[^"]*"|\S+)/g, "")
      .trim();
    if (unknown !== "") throw new Error(`line ${line}: "${unknown}" is neither file=… nor until="…"`);
    const next = fences[index + 1];
    return [
      {
        line,
        language,
        text,
        file: attribute("file"),
        until: attribute("until"),
        output: next?.info === "text output" ? next.text : undefined,
      },
    ];
  });
}

/**
 * Whether a text matches the output in a document. `…` in the document stands for the rest of a word or line, and alone
 * on a line for any number of lines. White space at the end is ignored.
 */
export function isAsShown(text: string, shown: string): boolean {
  const pattern = shown
    .trimEnd()
    .split("\n")
    .map((line) => (line.trim() === "…" ? "(?:.*\n)*?" : `${line.split("…").map(escaped).join(".*")}\n`))
    .join("");
  return new RegExp(`^${pattern}$`).test(`${text.trimEnd()}\n`);
}

interface Fence {
  readonly line: number;
  readonly info: string;
  readonly text: string;
}

function fencesOf(document: string): Fence[] {
  const fences: Fence[] = [];
  const lines = document.split("\n");
  let start = -1;
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("```")) continue;
    if (start < 0) {
      start = index;
      continue;
    }
    const info = lines[start]!.slice(3).trim();
    fences.push({ line: start + 1, info, text: `${lines.slice(start + 1, index).join("\n")}\n` });
    start = -1;
  }
  if (start >= 0) throw new Error(`line ${start + 1}: the fence is never closed`);
  return fences;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
