/** The tables of the documents for those who come from another system, and the examples beside them. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { markdownBlocks } from "../kit/markdown-blocks.ts";

const docs = resolve(import.meta.dirname, "..", "..", "docs");

/** A chapter, `##`, of such a document. */
export interface Chapter {
  readonly title: string;
  /** Its tables with the header `there | here`. */
  readonly rows: readonly Row[];
  /** All of its `js`, `ts` and `sh` examples, and what they print. */
  readonly examples: string;
}

/** A row of a table: what another system has, and what stands for it here. */
export interface Row {
  /** The heading, `###`, above the table; empty where there is none. */
  readonly part: string;
  /** The code in the first column. */
  readonly there: readonly string[];
  /** The code in the second column; none where it is `—`. */
  readonly here: readonly string[];
  /** The third column. */
  readonly remark: string;
}

/** The chapters of a document in `docs/`, as far as they have such tables. */
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
