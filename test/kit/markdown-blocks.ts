/** A fenced block of a Markdown document that is run by the tests. */
export interface MarkdownBlock {
  /** The line of its fence, from 1. */
  readonly line: number;
  /** `js`, `ts` or `sh`. */
  readonly language: string;
  /** The code; that of a hidden set-up block comes first. */
  readonly text: string;
  /** `file=…` of the info string: the block is written to that file instead of being run by itself. */
  readonly file: string | undefined;
  /** `until="…"` of the info string: the block continues in the background once its output matches this pattern. */
  readonly until: string | undefined;
  /** The text of the following `text output` block, if there is one. */
  readonly output: string | undefined;
}

const LANGUAGES: readonly string[] = ["js", "ts", "sh"];

/** The runnable blocks of a document, in order; the convention is in CONTRIBUTING.md, "Examples are tests". */
export function markdownBlocks(document: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let setUp: MarkdownBlock | undefined;
  const fences = fencesOf(document);
  for (const [index, fence] of fences.entries()) {
    const block = runnableBlock(fence, fences[index + 1]);
    if (block === undefined) continue;
    if (setUp !== undefined && (fence.isSetUp || block.language !== setUp.language))
      throw withoutExample(setUp);
    if (fence.isSetUp && block.language !== "sh" && block.file === undefined) {
      setUp = block;
      continue;
    }
    blocks.push(setUp === undefined ? block : { ...block, text: setUp.text + block.text });
    setUp = undefined;
  }
  if (setUp !== undefined) throw withoutExample(setUp);
  return blocks;
}

function withoutExample({ line, language }: MarkdownBlock): Error {
  return new Error(`line ${line}: this set-up block must come before a ${language} block; put one behind it`);
}

function runnableBlock({ line, info, text }: Fence, next: Fence | undefined): MarkdownBlock | undefined {
  const [language = "", ...rest] = info.split(/\s+/);
  if (!LANGUAGES.includes(language)) return undefined;
  const attribute = (name: string): string | undefined =>
    new RegExp(`\\b${name}=(?:"([^"]*)"|(\\S+))`).exec(info)?.slice(1).find(Boolean);
  const unknown = rest
    .join(" ")
    .replaceAll(/\b(?:file|until)=(?:"[^"]*"|\S+)/g, "")
    .trim();
  if (unknown !== "") throw new Error(`line ${line}: "${unknown}" is neither file=… nor until="…"`);
  return {
    line,
    language,
    text,
    file: attribute("file"),
    until: attribute("until"),
    output: next?.info === "text output" ? next.text : undefined,
  };
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

/** A fenced block of any language. */
export interface Fence {
  readonly line: number;
  /** The text behind the opening fence, such as `yaml file=compose.yaml`. */
  readonly info: string;
  readonly text: string;
  /** Whether it is in a comment `<!-- setup … -->`, which the reader does not see. */
  readonly isSetUp: boolean;
}

/** All fenced blocks of a document, in order. */
export function fencesOf(document: string): Fence[] {
  const fences: Fence[] = [];
  const lines = document.split("\n");
  let start = -1;
  let isSetUp = false;
  for (const [index, line] of lines.entries()) {
    if (start < 0 && line.trim() === "<!-- setup") isSetUp = true;
    // It ends the comment, in a block as well.
    if (line.includes("-->")) {
      if (isSetUp && start >= 0)
        throw new Error(`line ${index + 1}: "-->" ends the comment within its block`);
      isSetUp = false;
    }
    if (!line.startsWith("```")) continue;
    if (start < 0) {
      start = index;
      continue;
    }
    const info = lines[start]!.slice(3).trim();
    fences.push({ line: start + 1, info, text: `${lines.slice(start + 1, index).join("\n")}\n`, isSetUp });
    start = -1;
  }
  if (start >= 0) throw new Error(`line ${start + 1}: the fence is never closed`);
  return fences;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
