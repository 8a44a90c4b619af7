/** The tables and examples of the documents for users of other systems. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { markdownBlocks } from "../kit/markdown-blocks.ts";

const docs = resolve(import.meta.dirname, "..", "..", "docs");

/** A chapter, `##`, of such a document. */
export interface Chapter {
  readonly title: string;
  /** Its tables with the header `there | here`. */
  readonly rows: readonly Row[];
  /** All of its `js`, `ts` and `sh` examples, and their output. */
  readonly examples: string;
}

/** A row of a table: a name of another system, and its replacement. */
export interface Row {
  /** The heading, `###`, above the table; empty if it is missing. */
  readonly part: string;
  /** The code in the first column. */
  readonly there: readonly string[];
  /** The code in the second column; empty if it is `—`. */
  readonly here: readonly string[];
  /** The third column. */
  readonly remark: string;
}

/** The chapters of a document in `docs/` that have such tables. */
export function chaptersOf(document: string): readonly Chapter[] {
  const text = readFileSync(join(docs, document), "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((chapter) => ({
      title: chapter.slice(0, chapter.indexOf("\n")),
      rows: rowsOf(chapter),
      examples: markdownBlocks(chapter)
        .flatMap((block) => [block.text, block.output ?? ""])
        .join("\n"),
    }))
    .filter(({ rows }) => rows.length > 0);
}

function rowsOf(chapter: string): readonly Row[] {
  const rows: Row[] = [];
  let part = "";
  let isOurs = false;
  for (const line of chapter.replaceAll(/^```[^]*?^```$/gm, "").split("\n")) {
    if (line.startsWith("### ")) part = line.slice("### ".length);
    if (!line.startsWith("|")) isOurs = false;
    const [, there = "", here = "", remark = ""] = line.split("|").map((cell) => cell.trim());
    if (there === "there" && here === "here") isOurs = true;
    else if (isOurs && !there.startsWith("---")) {
      if (here !== "—" && codeIn(here).length === 0) throw new Error(`neither code nor —: ${line}`);
      rows.push({ part, there: codeIn(there), here: codeIn(here), remark });
    }
  }
  return rows;
}

function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}
